/**
 * What the Bird Channels API and, behind it, WhatsApp set limits to. Bird hands messages on to Meta's Cloud API and documents no
 * lengths of its own for WhatsApp, so Meta's hold. "Chars" are UTF-16 code units, which are never fewer than what is counted.
 */

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages
export const maxTextChars = 4096;

// https://docs.bird.com/api/channels-api/message-types/text (actions); lengths:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
export const maxButtons = 3;
export const maxButtonTitleChars = 20;
export const maxButtonPayloadChars = 256;
export const maxButtonBodyChars = 1024;

// https://docs.bird.com/api/channels-api/message-types/list; lengths:
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
export const maxListRows = 10;
export const maxListTitleChars = 24;
/** A row is an action, and an action has no description: a question whose choices have some is asked as text. */
export const maxListDescriptionChars = 0;
export const maxListPayloadChars = 200;
export const maxListBodyChars = 4096;
export const maxListLabelChars = 20;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates
/** Of the body with its variables set. */
export const maxTemplateBodyChars = 1024;
export const maxTemplateButtons = 10;
export const maxTemplatePayloadChars = 128;

/** Bird documents no limit for `reference`; our ids are far shorter. */
export const maxReferenceChars = 255;

const mebibyte = 1024 * 1024;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
export const maxMediaBytes = {
  image: 5 * mebibyte,
  audio: 16 * mebibyte,
  video: 16 * mebibyte,
  document: 100 * mebibyte,
  sticker: mebibyte / 2,
} as const;

/** The hosts that keep what patients send; a URL on any other is not fetched. Unconfirmed: as integrations report them. */
export const mediaHosts: readonly string[] = ['media.api.bird.com', 'media.nest.messagebird.com'];

const hourMs = 3_600_000;

/** Retries carry the first attempt's timestamp for about a day. */
export const minSignatureAgeMs = 24 * hourMs;
export const defaultSignatureAgeMs = 25 * hourMs;
/** How far the two clocks may differ. */
export const maxSignatureLeadMs = hourMs / 12;
