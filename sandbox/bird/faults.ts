import { type Faults as AllFaults, commonFaults, createFaults as createAll } from '../provider/faults.ts';

/**
 * Besides the faults of every provider (`throttled` is 429, with `Retry-After` where `delayMs` is given; `failed-after-sent` has one of
 * Meta's codes, 131026 when none is given):
 *
 * - `lost-status`: no status comes of a sent message.
 */
export const birdFaults = [...commonFaults, 'lost-status'] as const;

export type BirdFault = (typeof birdFaults)[number];

export type Faults = AllFaults<BirdFault>;

export const createFaults = createAll<BirdFault>;
