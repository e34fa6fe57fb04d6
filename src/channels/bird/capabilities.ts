import { type Capabilities, whatsappMediaTypes } from '../capabilities.ts';

const mebibyte = 1024 * 1024;
const docs = 'https://docs.bird.com/api/channels-api';

/**
 * What WhatsApp can do by the Bird Channels API (not by Bird's platform API, which is another product). Bird hands messages on to Meta's
 * Cloud API and documents no lengths of its own for WhatsApp, so Meta's hold.
 */
export const capabilities: Capabilities = {
  // …/message-types/text (actions)
  buttons: { max: 3, titleChars: 20, idChars: 256, bodyChars: 1024 },
  // …/message-types/list: a row is an action, and an action has no description
  list: {
    rows: 10,
    titleChars: 24,
    descriptionChars: 0,
    idChars: 200,
    bodyChars: 4096,
    labelChars: 20,
  },
  flows: 'with-content',
  templates: { style: 'project', bodyChars: 1024, buttons: 10, payloadChars: 128 },
  typing: false,
  readReceipts: false,
  bsuidIn: true,
  bsuidOut: true,
  reactionsIn: false,
  contactRequest: 'no',
  media: {
    kinds: ['image', 'audio', 'video', 'document', 'sticker'],
    types: whatsappMediaTypes,
    maxBytes: {
      image: 5 * mebibyte,
      audio: 16 * mebibyte,
      video: 16 * mebibyte,
      document: 100 * mebibyte,
      sticker: 500 * 1024,
    },
  },
  textChars: 4096,
  idempotency: 'reference',
  inboundRetries:
    'A delivery that is not taken is sent again at growing intervals, by its page for 8 hours and by reports for about 24, each time with the timestamp of the first attempt.',
  agreement: {
    hipaaBaa: 'unconfirmed',
    note: "No page says whether an agreement covers WhatsApp; Meta's part cannot be covered.",
  },
  feePerMessage: "By Bird's plan (targeted contacts); Meta's fees are passed on.",
  sources: [
    `${docs}/supported-channels/programmable-whatsapp/sending-whatsapp-messages`,
    `${docs}/supported-channels/programmable-whatsapp/business-scoped-user-ids`,
    `${docs}/message-types/text`,
    `${docs}/message-types/list`,
    `${docs}/message-status-and-interactions`,
    `${docs}/message-status-and-interactions/message-failure-codes`,
    `${docs}/rate-limit`,
    'https://docs.bird.com/api/notifications-api/api-reference/webhooks',
    'https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook',
    'https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/create-a-webhook-subscription',
    'https://docs.bird.com/applications/channels/channels/supported-channels/whatsapp/how-to/create-a-whatsapp-flow/handling-flow-submission',
  ],
  unconfirmed: [
    'The shape of a tap: integrations report a text body with one postback action; list, postback and interactive bodies are read too.',
    "Which kind of control was tapped, and that a list's title names the control that opens it; `choices: numbered` in the account asks by text instead.",
    'Descriptions of list rows: a question whose choices have some is asked as numbered text.',
    'Whether `reference` keeps a message from being sent twice: taken as not, so a send whose outcome is unknown is looked up and not repeated.',
    'Whether template values travel as `parameters` (taken) or `variables`: `templateValues` in the account.',
    "Payloads of a template's quick-reply buttons: set where the account names variables for them; else a tap says its label.",
    'Where read receipts come: as a status `read` and as an interaction; both are read.',
    'Reactions: one that names its message is read, any other is kept as unknown.',
    "The hosts of inbound media, their lifetime, and that the access key opens them: held to a list of two, by Bird's own domains.",
    'The words of refusals (`InvalidPayload` and others): the HTTP status decides, the word is not needed.',
    'The failure codes besides five of them: named by their family.',
    'That a text without `previewUrl` shows no preview of a link, whose fetching would use up a one-time page.',
    "Limits of lengths, of media and of `reference`: Meta's, and 255 characters.",
    'An uptime commitment, and fees per message.',
  ],
};
