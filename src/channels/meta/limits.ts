/**
 * What Meta sets limits to, and where it says so. "Chars" are UTF-16 code units (`string.length`): Meta does not say
 * which unit it counts, and this one is never smaller than code points or visible characters, so a text that
 * passes here passes however Meta counts. The price: an emoji counts as two or more.
 */

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages
export const maxTextChars = 4096;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
export const maxButtons = 3;
export const maxButtonTitleChars = 20;
export const maxButtonIdChars = 256;
export const maxButtonBodyChars = 1024;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
/** Over all sections together. */
export const maxListRows = 10;
export const maxListTitleChars = 24;
export const maxListDescriptionChars = 72;
export const maxListIdChars = 200;
export const maxListBodyChars = 4096;
export const maxListLabelChars = 20;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api
export const maxCallbackDataChars = 512;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/templates
export const maxTemplateNameChars = 512;
/** Of the body with its variables set. */
export const maxTemplateBodyChars = 1024;
export const maxTemplateButtons = 10;
/** Of what a quick-reply button sends back. */
export const maxTemplatePayloadChars = 128;
