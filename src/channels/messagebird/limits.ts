/**
 * What WhatsApp sets limits to; MessageBird hands messages through and documents none of its own. "Chars" are UTF-16 code units
 * (`string.length`), a unit that is never smaller than whatever is counted. Those of titles, rows and texts are in `capabilities.ts`.
 */

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
export const maxButtonIdChars = 256;
export const maxButtonBodyChars = 1024;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
export const maxListIdChars = 200;
export const maxListBodyChars = 4096;
export const maxListLabelChars = 20;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates
export const maxTemplateNameChars = 512;
/** Of the body with its variables set. */
export const maxTemplateBodyChars = 1024;
export const maxTemplateButtons = 10;
/** Of what a quick-reply button sends back. */
export const maxTemplatePayloadChars = 128;

/** Ours: it travels in a URL. MessageBird names no limit. */
export const maxRefChars = 512;
