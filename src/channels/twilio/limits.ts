/**
 * What Twilio itself sets limits to, besides what `capabilities.ts` has. "Chars" are UTF-16 code units (`string.length`): Twilio counts
 * characters outside of the basic set as several, in a way that it does not spell out for WhatsApp.
 */

/** Of one value in `ContentVariables`. https://www.twilio.com/docs/api/errors/21658 */
export const maxVariableChars = 1600;

// https://www.twilio.com/docs/content/using-variables-with-content-api
export const maxVariables = 100;

/** Our id travels in the query of the status callback's URL; a URL may be long, an id need not. */
export const maxOurIdChars = 512;

/** How long Twilio keeps a message that it has taken and cannot pass on yet. After that it has failed. */
export const queueLifeMs = 4 * 60 * 60_000;
