import { type Capabilities, whatsappMediaTypes } from '../capabilities.ts';

const megabyte = 1024 * 1024;

/** What WhatsApp can do by Twilio's Programmable Messaging. */
export const capabilities: Capabilities = {
  // https://www.twilio.com/docs/content/twilio-quick-reply ; within the service window
  buttons: { max: 3, titleChars: 20, idChars: 200, bodyChars: 1024 },
  // https://www.twilio.com/docs/content/twiliolist-picker ; the label's length is WhatsApp's, Twilio names none
  list: {
    rows: 10,
    titleChars: 24,
    descriptionChars: 72,
    idChars: 200,
    bodyChars: 1024,
    labelChars: 20,
  },
  flows: 'with-content',
  // https://www.twilio.com/docs/api/errors/63021 ; the payload's length is WhatsApp's
  templates: { style: 'content-sid', bodyChars: 1024, buttons: 10, payloadChars: 128 },
  typing: true,
  readReceipts: false,
  bsuidIn: true,
  bsuidOut: true,
  reactionsIn: false,
  contactRequest: 'no',
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    types: whatsappMediaTypes,
    // https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
    maxBytes: {
      image: 5 * megabyte,
      audio: 16 * megabyte,
      video: 16 * megabyte,
      document: 16 * megabyte,
      sticker: 16 * megabyte,
    },
  },
  // https://www.twilio.com/docs/api/errors/21658 ; WhatsApp itself would take 4,096
  textChars: 1600,
  idempotency: 'reference',
  inboundRetries:
    'One more try where the connection failed, within 15 seconds; up to five where the webhook URL ends in #rc=5&rp=ct,rt,5xx. After that the message is only in the list of messages.',
  agreement: {
    hipaaBaa: 'not-eligible',
    note: 'Twilio signs one, and lists WhatsApp as not eligible in any of its products, since Meta signs none; the typing indicator neither.',
  },
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
