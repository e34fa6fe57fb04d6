import { type Capabilities, whatsappMediaTypes } from '../capabilities.ts';

const docs = 'https://developers.facebook.com/documentation/business-messaging/whatsapp';
const mebibyte = 1024 * 1024;

/** What WhatsApp can do by Meta's own Cloud API. */
export const capabilities: Capabilities = {
  // …/messages/interactive-reply-buttons-messages
  buttons: { max: 3, titleChars: 20, idChars: 256, bodyChars: 1024 },
  // …/messages/interactive-list-messages
  list: {
    rows: 10,
    titleChars: 24,
    descriptionChars: 72,
    idChars: 200,
    bodyChars: 4096,
    labelChars: 20,
  },
  flows: 'yes',
  templates: { style: 'named', bodyChars: 1024, buttons: 10, payloadChars: 128 },
  typing: true,
  readReceipts: true,
  bsuidIn: true,
  bsuidOut: true,
  reactionsIn: true,
  // …/business-scoped-user-ids
  contactRequest: { bodyChars: 1024 },
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    types: whatsappMediaTypes,
    maxBytes: {
      image: 5 * mebibyte,
      audio: 16 * mebibyte,
      video: 16 * mebibyte,
      document: 100 * mebibyte,
      // An animated one; one that stands still has 100 kB.
      sticker: 500 * 1024,
    },
  },
  textChars: 4096,
  idempotency: 'reference',
  inboundRetries:
    'Whatever is not answered 200 comes again, at once and then ever less often, for up to 7 days; there is no list of what was missed.',
  agreement: {
    hipaaBaa: 'none',
    note: 'No offer of a business associate agreement was found; Twilio and Microsoft both say that Meta signs none for WhatsApp.',
  },
  feePerMessage:
    "None besides Meta's own: per message delivered, by category and country; since 2026-10-01 answers within the 24 hours too, after the first 1,000 a month of each number.",
  sources: [
    `${docs}/webhooks/create-webhook-endpoint`,
    `${docs}/webhooks/reference/messages`,
    `${docs}/reference/whatsapp-business-phone-number/message-api`,
    `${docs}/messages/text-messages`,
    `${docs}/messages/interactive-reply-buttons-messages`,
    `${docs}/messages/interactive-list-messages`,
    `${docs}/templates`,
    `${docs}/typing-indicators`,
    `${docs}/business-scoped-user-ids`,
    `${docs}/business-phone-numbers/media`,
    `${docs}/pricing`,
    `${docs}/support/error-codes`,
  ],
  unconfirmed: [
    'Which unit lengths are counted in: UTF-16 code units are taken, which are never fewer than what is counted.',
    'Whether something in flight still bears the old signature after an app secret was reset: two secrets are taken at a time.',
    'Whether the checksum of a file is base64 or hexadecimal where it is fetched: both are understood.',
    'What an uptime commitment covers: none was found that is public.',
  ],
};
