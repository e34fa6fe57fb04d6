import { type Faults as AllFaults, commonFaults, createFaults as createAll } from '../provider/faults.ts';

/**
 * Besides the faults of every provider (`http-500` is error 99, or the documented `code` that is given; `throttled` is HTTP 429 with
 * `Retry-After`; `failed-after-sent` is error 301):
 *
 * On the status of a sent message:
 * - `silent`: no status at all.
 *
 * On a webhook:
 * - `wrong-url`: the first attempt is signed for another URL;
 * - `no-payload-hash`: the first attempt lacks `payload_hash`;
 * - `lost`: never delivered;
 * - `no-contact`: the envelope lacks `contact`.
 */
export const messageBirdFaults = [
  ...commonFaults,
  'silent',
  'wrong-url',
  'no-payload-hash',
  'lost',
  'no-contact',
] as const;

export type MessageBirdFault = (typeof messageBirdFaults)[number];

export type Faults = AllFaults<MessageBirdFault>;

export const createFaults = createAll<MessageBirdFault>;
