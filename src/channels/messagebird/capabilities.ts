import { type Capabilities, whatsappMediaTypes } from '../capabilities.ts';

const megabyte = 1024 * 1024;

/** MessageBird's Conversations API v1, the API before Bird's. WhatsApp's own limits apply: it hands messages through. */
export const capabilities: Capabilities = {
  buttons: { max: 3, titleChars: 20, idChars: 256, bodyChars: 1024 },
  list: {
    rows: 10,
    titleChars: 24,
    descriptionChars: 72,
    idChars: 200,
    bodyChars: 4096,
    labelChars: 20,
  },
  flows: 'no',
  templates: { style: 'hsm', bodyChars: 1024, buttons: 10, payloadChars: 128 },
  typing: false,
  readReceipts: false,
  bsuidIn: false,
  bsuidOut: false,
  reactionsIn: false,
  contactRequest: 'no',
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    types: whatsappMediaTypes,
    maxBytes: {
      image: 5 * megabyte,
      audio: 16 * megabyte,
      video: 16 * megabyte,
      document: 100 * megabyte,
      sticker: 500 * 1024,
    },
  },
  textChars: 4096,
  idempotency: 'reference',
  inboundRetries:
    'A webhook can be set to repeat a delivery (settings.retry, settings.expected_http_code); how often and for how long is not documented.',
  agreement: {
    hipaaBaa: 'unconfirmed',
    note: "No page says whether an agreement covers WhatsApp; Meta's part cannot be covered.",
  },
  feePerMessage: "By plan, and Meta's fee on top.",
  sources: [
    'https://developers.messagebird.com/api/conversations/',
    'https://developers.messagebird.com/quickstarts/conversations/troubleshooting',
    'https://developers.messagebird.com/quickstarts/whatsapp/troubleshooting-whatsapp',
    'https://github.com/messagebird/messagebird-nodejs/blob/master/lib/webhook-signature-jwt.js',
    'https://github.com/messagebird/messagebird-nodejs/blob/master/types/conversations.d.ts',
    'https://github.com/messagebird/php-rest-api/blob/master/src/MessageBird/Common/ResponseError.php',
    'https://docs.bird.com/connectivity-platform/troubleshooting-voice/failed-api-requests',
    'https://github.com/messagebird/go-rest-api/tree/master/conversation',
    'https://github.com/messagebird/go-rest-api/tree/master/signature_jwt',
  ],
  unconfirmed: [
    'The name of a tap on a list: any reply with an id is taken for a tap, and for one on a list where its type or a description says so.',
    "The shape of a tap on a template's button: Meta's payload and text are understood under `button` and `whatsappButton`, and readers of answers take the label as words.",
    'Whether `source` comes back in `message.updated`: our id also travels in the query of the report URL, where the account has one.',
    'The shape of what is posted to the report URL: whatever holds a message with the direction `sent` is read as its status.',
    'Whether the answer to a send holds the id at its top or in `message`: both are read.',
    'Whether a repeated webhook is signed anew: one with an expired token is refused, and the tolerance (5 seconds) can be set in the account.',
    'That this API answers with the codes 11, 15, 21, 98 and 99 of its siblings: read as there.',
    'The names sub_type and index in the components of a template with payloads: as Meta has them.',
    'Error codes beyond the documented ones: kept as MESSAGEBIRD_<code>, and judged by the HTTP status.',
    'Business-scoped user ids: one that stands where a phone number belongs is kept as the sender, and cannot be answered here.',
    'How long media addresses live, and whether they need the access key: they are fetched at once.',
    'A service level, and the day on which this API is switched off.',
  ],
};
