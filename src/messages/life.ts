import type { MessageStatus } from '#channels/channel.ts';

/**
 * The life of a message: how long its provider goes on trying to deliver it. What is not delivered by then is dropped, and no webhook
 * tells of it.
 */

/** Milliseconds; of what an older release claimed, which did not write it down. */
const usualLifeMs = 30 * 24 * 60 * 60_000;

/** When the provider gives up on what was claimed: ISO 8601, UTC. */
export function untilOf({ until, at }: { readonly until?: string; readonly at: string }): string {
  return until ?? new Date(Date.parse(at) + usualLifeMs).toISOString();
}

type Progress<State extends string> = { readonly state: State; readonly status?: MessageStatus };

/** Taken, and neither its arrival nor its failure was reported. */
export function isOnItsWay({ state, status }: Progress<string>): boolean {
  return state === 'accepted' && (status === undefined || status === 'sent');
}

/** Its life is over, as far as is known. @param now ISO 8601 */
export function isDueToExpire(message: Progress<string> & { readonly until?: string }, now: string): boolean {
  return isOnItsWay(message) && Date.parse(message.until ?? now) <= Date.parse(now);
}

/** What was given up on is not: more than `sent` was heard of it. The read table keeps the same rule (`updateMessagesSql`). */
export function stateAfter<State extends string>(
  state: State | 'expired',
  status: MessageStatus,
): State | 'expired' | 'accepted' {
  return state === 'expired' && status !== 'sent' ? 'accepted' : state;
}
