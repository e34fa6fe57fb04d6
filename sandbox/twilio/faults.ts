import { type Faults as AllFaults, commonFaults, createFaults as createAll } from '../provider/faults.ts';

/**
 * Besides the faults of every provider (`http-500` is error 20500, `throttled` HTTP 429 with error 20429 and `Retry-After: 1`,
 * `failed-after-sent` 63024; every attempt that `wrong-signature` meets is spoilt, for Twilio repeats none of them):
 *
 * On a send:
 * - `http-500-after`: done, and error 20500 all the same.
 *
 * On the status of a sent message:
 * - `undelivered`: `undelivered` in place of `delivered`, with `code` (63003 when none is given);
 * - `stuck`: nothing follows `sent`, for the phone is off.
 *
 * On a list, or on a message that is asked for:
 * - `list-500`: not answered but with HTTP 500.
 *
 * On a webhook:
 * - `lost`: of a user's message, never sent. The message is in the list;
 * - `lost-status`: a status that nobody is told of; the message itself has it.
 */
export const twilioFaults = [
  ...commonFaults,
  'http-500-after',
  'undelivered',
  'stuck',
  'list-500',
  'lost',
  'lost-status',
] as const;

export type TwilioFault = (typeof twilioFaults)[number];

export type Faults = AllFaults<TwilioFault>;

export const createFaults = createAll<TwilioFault>;
