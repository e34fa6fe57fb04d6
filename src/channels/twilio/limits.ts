/**
 * What Twilio sets limits to, and where it says so. "Chars" are UTF-16 code units (`string.length`): Twilio counts characters outside of
 * the basic set as several, in a way that it does not spell out for WhatsApp; this unit is never smaller than visible characters.
 */

// https://www.twilio.com/docs/api/errors/21658
/** Of `Body`. WhatsApp itself would take 4,096. */
export const maxTextChars = 1600;
/** Of one value in `ContentVariables`. */
export const maxVariableChars = 1600;

// https://www.twilio.com/docs/content/using-variables-with-content-api
export const maxVariables = 100;

// https://www.twilio.com/docs/content/twilio-quick-reply
/** Within the service window; an approved template may have ten. */
export const maxButtons = 3;
export const maxTemplateButtons = 10;
export const maxButtonTitleChars = 20;
export const maxButtonIdChars = 200;
export const maxButtonBodyChars = 1024;

// https://www.twilio.com/docs/content/twiliolist-picker
export const maxListRows = 10;
export const maxListTitleChars = 24;
export const maxListIdChars = 200;
export const maxListDescriptionChars = 72;
export const maxListBodyChars = 1024;
/** WhatsApp's: Twilio names none. */
export const maxListLabelChars = 20;

// https://www.twilio.com/docs/api/errors/63021
/** Of an approved template with its variables set. */
export const maxTemplateBodyChars = 1024;
/** WhatsApp's, of what a quick reply of a template sends back. */
export const maxTemplatePayloadChars = 128;

/** Our id travels in the query of the status callback's URL; a URL may be long, an id need not. */
export const maxOurIdChars = 512;

// https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
const megabyte = 1024 * 1024;
export const maxImageBytes = 5 * megabyte;
export const maxMediaBytes = 16 * megabyte;

/** How long Twilio keeps a message that it has taken and cannot pass on yet. After that it has failed. */
export const queueLifeMs = 4 * 60 * 60_000;
