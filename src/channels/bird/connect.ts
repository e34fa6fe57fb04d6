import type { Connect } from '../connect.ts';

export const connect: Connect = {
  title: 'Bird',
  product: 'Channels API (workspaces and channels)',
  steps: [
    '`POST https://api.bird.com/workspaces/<workspaceId>/webhook-subscriptions` with `{"service":"channels","event":"whatsapp.inbound","url":"{url}","signingKey":"<yours>","eventFilters":[{"key":"channelId","value":"<channelId>"}]}`.',
    'The same for the events `whatsapp.outbound` (what became of messages) and `whatsapp.interaction` (that they were read), with the same signing key.',
    'The URL must be called exactly as it stands here: it is signed. A proxy may not add a query or a slash.',
  ],
  settings: {
    workspaceId: 'UUID: in the address of the workspace',
    channelId: 'UUID of the WhatsApp channel: Developer → Channels',
    baseUrl: "Bird's API, or a simulator",
    accessKey: 'Settings → Security → Access keys, with a role that may send on the channel',
    signingKeys: 'of the webhook subscriptions: made up by you. Two while one is being replaced',
    maxSignatureAgeMs:
      'how old a signed request may be; 25 hours by default and never under 24, for repeats keep the first attempt’s time',
    templates:
      'each template project as `{ name, language, projectId, version, locale, variables, payloads }`: `variables` and `payloads` are Bird’s names of the places, in our order',
    templateValues: 'whether values travel as `parameters` (default) or as `variables`',
    choices: '`numbered` asks every question as numbered text, should buttons or lists not come through',
  },
};
