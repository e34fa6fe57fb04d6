import { dayMs, type Freeing, slotMs } from './day.ts';

/**
 * Whom to remind, where not all can be: the nearest visits first. Whoever cannot be reminded before the visit, though every place that
 * comes free is used for the nearest who can, is told apart at once, so that a person can call while there is time.
 */

/** Reminders that wait, of visits that begin at the same time. */
export type Waiting = {
  /** Milliseconds since 1970. */
  readonly visitAt: number;
  readonly count: number;
};

/** What becomes of those whose visits begin up to `visitAt`, and after those of the band before. */
export type Band = {
  readonly visitAt: number;
  readonly verdict: Verdict;
};

export type Verdict = 'now' | 'never' | { readonly laterAt: number };

/** Milliseconds before a visit by which a reminder that waits should have been sent. */
export const leadMs = 30 * 60_000;

/**
 * Milliseconds that the last of those wait for whom there are places now, where there are not enough for all of the same time: nearer
 * ones are still on their way to theirs.
 */
const soonMs = 60_000;

/**
 * @param waiting in any order
 * @param free people who may be written to now
 * @param frees when more come free
 */
export function planDay(
  waiting: readonly Waiting[],
  free: number,
  frees: readonly Freeing[],
  now: number,
): readonly Band[] {
  const queue = waiting.filter(({ count }) => count > 0).toSorted((a, b) => a.visitAt - b.visitAt);
  const coming: Freeing[] = [{ at: now, amount: free }, ...frees];
  const bands: Band[] = [];
  let next = 0;
  let left = queue[0]?.count ?? 0;
  const pass = (verdict: Verdict) => {
    const { visitAt = 0 } = queue[next] ?? {};
    const last = bands.at(-1);
    if (last !== undefined && sameVerdict(last.verdict, verdict))
      bands[bands.length - 1] = { visitAt, verdict };
    else bands.push({ visitAt, verdict });
  };
  const goOn = () => {
    next += 1;
    left = queue[next]?.count ?? 0;
  };
  for (let i = 0; i < coming.length && next < queue.length; i += 1) {
    const { at, amount } = coming[i] ?? { at: now, amount: 0 };
    let places = amount;
    for (
      let first = queue[next];
      first !== undefined && isTooLate(first.visitAt, at, now);
      first = queue[next]
    ) {
      pass('never');
      goOn();
    }
    for (; places > 0 && next < queue.length; ) {
      const taken = Math.min(places, left);
      const isLast = left > taken && bands.some(({ verdict }) => verdict === 'now');
      pass(at > now ? { laterAt: at } : isLast ? { laterAt: now + soonMs } : 'now');
      places -= taken;
      left -= taken;
      if (left === 0) goOn();
    }
    const used = amount - places;
    // Whoever is written to takes a place for a day.
    if (used > 0) coming.push({ at: Math.max(at, now) + slotMs + dayMs, amount: used });
  }
  for (; next < queue.length; goOn()) pass('never');
  return bands;
}

/** What may leave at once may do so until the visit: some reminders are meant to come shortly before it. */
function isTooLate(visitAt: number, at: number, now: number): boolean {
  return at <= now ? visitAt <= now : visitAt - leadMs < at;
}

function sameVerdict(a: Verdict, b: Verdict): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.laterAt === b.laterAt;
}

/**
 * What the plan says of a visit; undefined where it does not know: more have come since it was made, or others took the places.
 * @param isFree false once nobody more may be written to now: of visits that begin at the same time some may be told `now`, and the
 *   rest something else
 */
export function verdictOf(bands: readonly Band[], visitAt: number, isFree: boolean): Verdict | undefined {
  const place = bands.findIndex((band) => band.visitAt >= visitAt);
  const band = bands[place];
  if (band === undefined) return isFree ? 'now' : undefined;
  if (isFree || band.verdict !== 'now') return band.verdict;
  return band.visitAt === visitAt ? bands[place + 1]?.verdict : undefined;
}
