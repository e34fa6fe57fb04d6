/**
 * What a portfolio may do in any 24 hours: people to whom it writes first, or money that it spends. It is kept by slots of some
 * minutes, each of which counts until 24 hours after its end; so never too little is counted.
 */

export type Slot = {
  /** Its beginning: milliseconds since 1970. */
  readonly at: number;
  readonly used: number;
};

export const slotMs = 5 * 60_000;
export const dayMs = 24 * 60 * 60_000;

/** When what was used in a slot may be used again. */
const freedAt = (slot: Slot) => slot.at + slotMs + dayMs;

/** The slots that count now. What lies in the future is from before the clock was set back, and counts as if it were of now. */
export function counting(slots: readonly Slot[], now: number): readonly Slot[] {
  const current = slotOf(now);
  return slots
    .map((slot) => (slot.at > current ? { ...slot, at: current } : slot))
    .filter((slot) => freedAt(slot) > now);
}

const slotOf = (now: number) => Math.floor(now / slotMs) * slotMs;

export function usedOf(slots: readonly Slot[], now: number): number {
  const current = slotOf(now);
  return slots.reduce(
    (sum, slot) => (Math.min(slot.at, current) + slotMs + dayMs > now ? sum + slot.used : sum),
    0,
  );
}

export function use(slots: readonly Slot[], amount: number, now: number): readonly Slot[] {
  const at = slotOf(now);
  const kept = counting(slots, now);
  if (amount === 0) return kept;
  const isThis = (slot: Slot) => slot.at === at;
  const before = kept.filter(isThis).reduce((sum, { used }) => sum + used, 0);
  return [...kept.filter((slot) => !isThis(slot)), { at, used: before + amount }];
}

/** When how much may be used again, in order. */
export function freeings(slots: readonly Slot[], now: number): readonly Freeing[] {
  return counting(slots, now)
    .map((slot) => ({ at: freedAt(slot), amount: slot.used }))
    .toSorted((a, b) => a.at - b.at);
}

export type Freeing = { readonly at: number; readonly amount: number };
