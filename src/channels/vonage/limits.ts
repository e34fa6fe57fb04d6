/** What Vonage itself sets limits to; the content's own limits are Meta's (`../meta/capabilities.ts`), since Vonage passes it on. */

// https://developer.vonage.com/en/api/messages
/** Of `client_ref`, which comes back in every status. */
export const maxClientRefChars = 100;

/** Longer than any token that Vonage signs (some 500); keeps the work on a forged one small. */
export const maxTokenChars = 4096;

const secondsPerHour = 3600;

/** Vonage repeats a delivery for 24 hours, and does not say whether it signs the repeat anew. */
export const defaultTokenMaxAgeSeconds = 24 * secondsPerHour + 300;

/** What two clocks may differ by. */
export const clockToleranceSeconds = 60;
