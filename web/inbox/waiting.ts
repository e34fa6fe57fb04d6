import type { InboxRow, RoutingAnswer } from '#handoff/contract.ts';

const minuteMs = 60_000;

/** From this part of the allowed time on, a wait counts as "soon too long". */
const soonFrom = 0.5;

export type Wait = {
  readonly ms: number;
  readonly is: 'fine' | 'soon' | 'too-long';
};

/** How long a patient has waited for a person, against what the practice allows; undefined where nobody waits. */
export function waitOf(
  row: Pick<InboxRow, 'waitingSince' | 'priority' | 'state'>,
  now: number,
  limits: RoutingAnswer['waitMinutes'] | undefined,
): Wait | undefined {
  if (row.waitingSince === null || (row.state !== 'waiting' && row.state !== 'taken')) return undefined;
  const ms = Math.max(0, now - Date.parse(row.waitingSince));
  const limitMs = limits?.[row.priority ?? 'normal'];
  if (limitMs === undefined) return { ms, is: 'fine' };
  const part = ms / (limitMs * minuteMs);
  return { ms, is: part >= 1 ? 'too-long' : part >= soonFrom ? 'soon' : 'fine' };
}
