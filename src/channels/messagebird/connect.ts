import type { Connect } from '../connect.ts';

export const connect: Connect = {
  title: 'MessageBird',
  product: 'Conversations API v1 (the one before Bird’s)',
  steps: [
    '`POST https://conversations.messagebird.com/v1/webhooks` with `{"events":["message.created","message.updated"],"channelId":"<channelId>","url":"{url}","settings":{"retry":true}}`.',
    'The URL must be called exactly as it stands here: its hash is signed. A proxy may not add a query or a slash.',
    'Dashboard → Developers → API settings → Signing key: the secret of the webhooks, another than the access key.',
  ],
  settings: {
    channelId: 'of the WhatsApp channel: Dashboard → Channels → WhatsApp',
    baseUrl: "MessageBird's API, or a simulator",
    accessKey: 'live, not test: Dashboard → Developers → API access',
    signingKeys: 'signs webhooks: Dashboard → Developers → API settings. Two while one is being replaced',
    templateNamespace: 'of the WhatsApp templates; needed to send any',
    reportUrl: "where statuses come, if not to the account's own webhook URL",
    clockToleranceSeconds: "how far MessageBird's clock and ours may differ; 5 by default",
  },
};
