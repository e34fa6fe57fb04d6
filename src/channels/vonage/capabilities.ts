import { type Capabilities, whatsappMediaTypes } from '../capabilities.ts';
import { capabilities as meta } from '../meta/capabilities.ts';

/** Vonage passes Meta's own objects on (`custom`): what is inside of them has Meta's limits. */
export const capabilities: Capabilities = {
  buttons: meta.buttons,
  list: meta.list,
  flows: 'yes',
  templates: meta.templates,
  typing: true,
  readReceipts: true,
  bsuidIn: true,
  bsuidOut: true,
  reactionsIn: true,
  contactRequest: { bodyChars: 1024 },
  // https://developer.vonage.com/en/messages/concepts/whatsapp ; in bytes, as Meta has them
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    types: whatsappMediaTypes,
    maxBytes: meta.media.maxBytes,
  },
  textChars: meta.textChars,
  idempotency: 'reference',
  inboundRetries:
    'After 429 or 5xx only: about 5 seconds later, then 1, 5 and 15 minutes apart, for 24 hours. What is answered 4xx does not come again.',
  agreement: {
    hipaaBaa: 'unconfirmed',
    note: "A catalogue lists the platform as certified; whether an agreement covers WhatsApp is unconfirmed, and Meta's part cannot be covered.",
  },
  feePerMessage: "Vonage's own fee per message, by contract (reported from USD 0.0002), and Meta's.",
  sources: [
    'https://developer.vonage.com/en/api/messages',
    'https://developer.vonage.com/en/messages/concepts/whatsapp',
    'https://developer.vonage.com/en/messages/guides/handling-whatsapp-usernames-and-bsuids',
    'https://developer.vonage.com/en/getting-started/concepts/webhooks',
    'https://developer.vonage.com/en/api-errors/messages',
    'https://developer.vonage.com/en/api-errors',
    'https://api.support.vonage.com/hc/en-us/articles/360028543292',
  ],
  unconfirmed: [
    'Whether a repeated delivery is signed anew: a token is taken for 24 hours and five minutes, unless the account says otherwise.',
    'Whether every token has `exp` and `application_id`: `exp` counts where it is there; a token without an application is refused, unless the account says otherwise.',
    "Whether media needs a token, and how long it is kept: it is fetched at once, with the application's token.",
    'The shape of a shared contact: one card, a list, or a list under its own name are understood.',
    'Error codes after 2021: an unknown one keeps its number and is judged by the HTTP status.',
    "How a changed phone number or user id is told: Meta's own `system` message is understood, anything else is a notice.",
    'What answers an update (read, typing): 200 or 204 with nothing or with a record that holds no error counts as done.',
    "Whether Meta's button that asks for the number passes as `custom`: it is sent in Meta's own shape, and a number that is typed is taken as well.",
    "Whether a tap was on a button or in a list: a reply with a description is taken for a list's.",
    "Whether a link in a text is fetched for a preview: Vonage's text has no switch for it.",
  ],
};
