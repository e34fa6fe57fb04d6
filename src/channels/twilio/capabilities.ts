import type { Capabilities } from '../capabilities.ts';
import {
  maxButtons,
  maxButtonTitleChars,
  maxImageBytes,
  maxListDescriptionChars,
  maxListRows,
  maxListTitleChars,
  maxMediaBytes,
  maxTextChars,
} from './limits.ts';

export const capabilities: Capabilities = {
  buttons: { max: maxButtons, titleChars: maxButtonTitleChars },
  list: {
    rows: maxListRows,
    titleChars: maxListTitleChars,
    descriptionChars: maxListDescriptionChars,
  },
  flows: 'with-content',
  templates: 'content-sid',
  typing: true,
  readReceipts: false,
  bsuidIn: true,
  bsuidOut: true,
  reactionsIn: false,
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    maxBytes: {
      image: maxImageBytes,
      audio: maxMediaBytes,
      video: maxMediaBytes,
      document: maxMediaBytes,
      sticker: maxMediaBytes,
    },
  },
  textChars: maxTextChars,
  idempotency: 'none',
  inboundRetries:
    'One more try where the connection failed, within 15 seconds; up to five where the webhook URL ends in #rc=5&rp=ct,rt,5xx. After that the message is only in the list of messages.',
  agreement: { hipaaBaa: 'not-eligible' },
  feePerMessage: "USD 0.005 in and out, USD 0.001 for one that failed, on top of Meta's fee.",
  sources: [
    'https://www.twilio.com/docs/messaging/guides/webhook-request',
    'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
    'https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides',
    'https://www.twilio.com/docs/messaging/api/message-resource',
    'https://www.twilio.com/docs/content/twilio-quick-reply',
    'https://www.twilio.com/docs/content/twiliolist-picker',
    'https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource',
    'https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages',
    'https://www.twilio.com/whatsapp/pricing',
  ],
  unconfirmed: [
    'The shape of InteractiveData (the answers of a Flow): any JSON is taken, and what is no JSON is kept as it stands.',
    'A username in what comes in: none is read.',
    'Business-scoped user ids in status callbacks: read where they stand in To, ChannelToAddress or ExternalUserId; a status needs none.',
    'How a reaction comes in: read where MessageType says reaction and a quoted message is named, else as text.',
    'Whether the ids of quick replies may be variables in an approved template: each template says so in its account (payloads: variables or fixed).',
    'Error 63049 (Meta chose not to deliver): taken as MARKETING_CAP.',
    'Whether a message that has not left yet is in the list of messages by its date: not found there is never taken for not sent.',
  ],
};
