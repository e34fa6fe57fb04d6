import type { BlockReason } from '../events.ts';
import { type Freeing, freeings, type Slot, use, usedOf } from './day.ts';
import { type Band, leadMs, planDay, type Verdict, verdictOf, type Waiting } from './plan.ts';

/** What is allowed in any 24 hours, of one kind: people to whom a portfolio writes first, or the practice's money. */
export type Allowance = {
  /** Why a message is blocked that it leaves no place for. */
  readonly reason: Extract<BlockReason, 'DAY_LIMIT' | 'SPEND_LIMIT'>;
  readonly slots: readonly Slot[];
  readonly most: number;
  /** What bulk may use of it. */
  readonly bulkMost: number;
};

export type AllowanceAsk = {
  readonly isBulk: boolean;
  /** Of a reminder: when the visit begins, in milliseconds since 1970. */
  readonly visitAt: number | undefined;
  /** How much it uses of each allowance, by the allowance's name. What it uses nothing of is left out. */
  readonly uses: ReadonlyMap<string, number>;
};

export type AllowanceAnswer =
  | 'go'
  | { readonly holdUntil: number; readonly reason: Allowance['reason'] }
  | { readonly block: Allowance['reason'] };

/** The part of an allowance that bulk leaves to what a person writes. */
const reservedShare = 0.05;

/**
 * People whom reminders may be sent to, of all whom a portfolio may write to first: a person's own template finds a place still.
 * @param bulkShare the part that bulk may use, as the number's quality allows
 */
export function bulkRecipientsOf(most: number, bulkShare: number): number {
  return Math.max(Math.min(1, most), Math.floor(most * (1 - reservedShare) * bulkShare));
}

/** Money that reminders may cost. */
export function bulkSpendOf(perDay: number): number {
  return perDay * (1 - reservedShare);
}

/** How the places of an allowance are given to the reminders that wait, each of which uses `unit` of it. */
export function planAllowance(
  { slots, bulkMost }: Allowance,
  unit: number,
  waiting: readonly Waiting[],
  now: number,
): readonly Band[] {
  const places = (amount: number) => Math.max(0, Math.floor(amount / unit));
  const used = usedOf(slots, now);
  const over = Math.max(0, used - bulkMost);
  const free = places(bulkMost - used);
  return planDay(waiting, free, afterDebt(freeings(slots, now), over, places), now);
}

/** What comes free pays first for what is used beyond the allowance: it was larger once. */
function afterDebt(
  frees: readonly Freeing[],
  over: number,
  places: (amount: number) => number,
): readonly Freeing[] {
  let debt = over;
  return frees.map(({ at, amount }) => {
    const paid = Math.min(debt, amount);
    debt -= paid;
    return { at, amount: places(amount - paid) };
  });
}

/**
 * Answers messages that ask for a place, those that a person wrote first and then the nearest visits, in the order asked for.
 * @param plans of each allowance, where reminders ask for it
 */
export function askAllowances(
  given: ReadonlyMap<string, Allowance>,
  plans: ReadonlyMap<string, readonly Band[]>,
  asks: readonly AllowanceAsk[],
  now: number,
): { readonly answers: readonly AllowanceAnswer[]; readonly left: ReadonlyMap<string, Allowance> } {
  const left = new Map(given);
  const answers: AllowanceAnswer[] = asks.map(() => 'go');
  const order = asks
    .map((ask, place) => ({ ask, place }))
    .toSorted(
      (a, b) =>
        Number(a.ask.isBulk) - Number(b.ask.isBulk) ||
        (a.ask.visitAt ?? Number.POSITIVE_INFINITY) - (b.ask.visitAt ?? Number.POSITIVE_INFINITY),
    );
  for (const { ask, place } of order) {
    const answer = askOne(left, plans, ask, now);
    answers[place] = answer;
    if (answer !== 'go') continue;
    for (const [name, amount] of ask.uses) {
      const allowance = left.get(name);
      if (allowance !== undefined) left.set(name, { ...allowance, slots: use(allowance.slots, amount, now) });
    }
  }
  return { answers, left };
}

function askOne(
  left: ReadonlyMap<string, Allowance>,
  plans: ReadonlyMap<string, readonly Band[]>,
  ask: AllowanceAsk,
  now: number,
): AllowanceAnswer {
  let hold: AllowanceAnswer = 'go';
  for (const [name, amount] of ask.uses) {
    const allowance = left.get(name);
    if (allowance === undefined) continue;
    const verdict = verdictFor(allowance, plans.get(name) ?? [], ask, amount, now);
    const { reason } = allowance;
    if (verdict === 'never') return { block: reason };
    if (verdict === 'now') continue;
    const until = hold === 'go' || !('holdUntil' in hold) ? 0 : hold.holdUntil;
    if (verdict.laterAt > until) hold = { holdUntil: verdict.laterAt, reason };
  }
  return hold;
}

function verdictFor(
  allowance: Allowance,
  bands: readonly Band[],
  { isBulk, visitAt }: AllowanceAsk,
  amount: number,
  now: number,
): Verdict {
  const { slots, most, bulkMost } = allowance;
  const isFree = usedOf(slots, now) + amount <= (isBulk ? bulkMost : most);
  // Who wrote it is there to see that it did not leave.
  if (!isBulk) return isFree ? 'now' : 'never';
  const planned = visitAt === undefined ? undefined : verdictOf(bands, visitAt, isFree);
  if (planned !== undefined && (planned !== 'now' || isFree)) return planned;
  if (isFree) return 'now';
  const next = freeings(slots, now)[0];
  const isInTime = next !== undefined && next.at <= (visitAt ?? Number.POSITIVE_INFINITY) - leadMs;
  return isInTime && bulkMost >= amount ? { laterAt: next.at } : 'never';
}
