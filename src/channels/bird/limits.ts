/** What the Bird Channels API sets limits to, besides what `capabilities.ts` has. */

/** Bird documents no limit for `reference`; our ids are far shorter. */
export const maxReferenceChars = 255;

/** The hosts that keep what patients send; a URL on any other is not fetched. Unconfirmed: as integrations report them. */
export const mediaHosts: readonly string[] = ['media.api.bird.com', 'media.nest.messagebird.com'];

const hourMs = 3_600_000;

/** Retries carry the first attempt's timestamp for about a day. */
export const minSignatureAgeMs = 24 * hourMs;
export const defaultSignatureAgeMs = 25 * hourMs;
/** How far the two clocks may differ. */
export const maxSignatureLeadMs = hourMs / 12;
