import { type Account, type Accounts, type Pace, paceThreads } from '#channels/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { bulkShareOf, type PortfolioState, portfolioOf } from '../account.ts';
import {
  type Allowance,
  type AllowanceAnswer,
  type AllowanceAsk,
  askAllowances,
  bulkRecipientsOf,
  bulkSpendOf,
  planAllowance,
} from '../allowance.ts';
import { accountName, type Governor } from '../commands.ts';
import { dayMs } from '../day.ts';
import { limitsOf } from '../limits.ts';
import { askPair } from '../pair.ts';
import type { Band } from '../plan.ts';
import type { Lane } from '../rate.ts';
import { type LimitsKey, lockLimits, waitingReminders, writeLimits } from '../rows/commands.ts';

/** A message that the door lets pass: may it leave at this moment? */
export type LeaveAsk = {
  readonly conversationId: string;
  readonly account: Account;
  readonly lane: Lane;
  /** It leaves whatever the limits say: an emergency text, the confirmation of a stop. */
  readonly cannotWait: boolean;
  readonly isReminder: boolean;
  /** The name of the template that it is. */
  readonly template: string | undefined;
  /** The patient has not written within a day. */
  readonly writesFirst: boolean;
  /** Of a reminder: when the visit begins, in milliseconds since 1970. */
  readonly visitAt: number | undefined;
  readonly pacedUntil: number | undefined;
  readonly wroteFirstAt: number | undefined;
};

export type LeaveAnswer =
  | 'go'
  | { readonly waitMs: number }
  /** This process must take tokens first. */
  | { readonly short: Account; readonly lane: Lane }
  | Exclude<AllowanceAnswer, 'go'>;

/** For what an allowance was when it was made. */
type Plan = { readonly at: number; readonly bulkMost: number; readonly bands: readonly Band[] };

export type LeaveDeps = {
  readonly accounts: Accounts;
  readonly governor: Governor;
  /** Plans that were made lately. */
  readonly plans: Map<string, Plan>;
};

/**
 * Answers messages of different conversations that want to leave now, whose mailboxes' locks the caller holds, and counts those that
 * go. Costs one statement that nobody waits for; where some of them need a place in an allowance, two more, and now and then a third.
 */
export async function askToLeave(
  tx: Tx,
  deps: LeaveDeps,
  asks: readonly LeaveAsk[],
  now: number,
): Promise<readonly LeaveAnswer[]> {
  const paces = new Map<LeaveAsk, number>();
  const first = new Map(
    asks.map((ask) => [ask, askWithoutPlace(deps.governor, ask, now, (until) => paces.set(ask, until))]),
  );
  const places = await readPlaces(
    tx,
    deps,
    asks.filter((ask) => first.get(ask) === 'go'),
    now,
  );
  // From here to the answer nothing is waited for: tokens that are taken and given back are the same ones.
  const taken = asks.map((ask): LeaveAnswer => {
    const answer = first.get(ask) ?? 'go';
    if (answer !== 'go') return answer;
    const token = deps.governor.take(ask.account, ask.lane, ask.cannotWait);
    if (token === 'short') return { short: ask.account, lane: ask.lane };
    return token === 'go' ? 'go' : { waitMs: token.pausedMs };
  });
  const placed = givePlaces(
    tx,
    places,
    asks.filter((_, i) => taken[i] === 'go'),
    now,
  );
  const answers = asks.map((ask, i): LeaveAnswer => {
    const answer = taken[i] ?? 'go';
    if (answer !== 'go') return answer;
    const place = placed.get(ask) ?? 'go';
    if (place !== 'go') deps.governor.giveBack(ask.account, ask.lane);
    return place;
  });
  paceThreads(
    tx,
    asks.flatMap((ask, i): Pace[] => {
      const pacedUntil = paces.get(ask);
      if (answers[i] !== 'go' || pacedUntil === undefined) return [];
      const { conversationId } = ask;
      return [{ conversationId, pacedUntil, wroteFirstAt: needsPlace(ask, now) ? now : undefined }];
    }),
  );
  return answers;
}

/** @param keep told until when the pair is paced, where it may leave */
function askWithoutPlace(
  governor: Governor,
  ask: LeaveAsk,
  now: number,
  keep: (pacedUntil: number) => void,
): LeaveAnswer {
  const pair = askPair(ask.pacedUntil, limitsOf(ask.account).pair, now);
  if ('pacedUntil' in pair) keep(pair.pacedUntil);
  if (ask.cannotWait) return 'go';
  if ('waitMs' in pair) return pair;
  return governor.isShort(ask.account, ask.lane) ? { short: ask.account, lane: ask.lane } : 'go';
}

/** WhatsApp counts a person once in 24 hours. */
function needsPlace({ writesFirst, wroteFirstAt }: LeaveAsk, now: number): boolean {
  return writesFirst && (wroteFirstAt === undefined || now - wroteFirstAt >= dayMs || wroteFirstAt > now);
}

const keyName = ({ scope, name }: LimitsKey) => `${scope}/${name}`;

const spendKey: LimitsKey = { scope: 'spend', name: 'practice' };

/** How much a message uses of which allowance. */
function usesOf(ask: LeaveAsk, now: number): ReadonlyMap<string, { key: LimitsKey; amount: number }> {
  const { portfolio, dailyRecipients: _, spend } = limitsOf(ask.account);
  const uses = new Map<string, { key: LimitsKey; amount: number }>();
  if (ask.cannotWait) return uses;
  if (needsPlace(ask, now)) {
    const key: LimitsKey = { scope: 'portfolio', name: portfolio };
    uses.set(keyName(key), { key, amount: 1 });
  }
  const cost = ask.template === undefined ? 0 : (spend?.costs[ask.template] ?? 0);
  if (spend !== undefined && cost > 0) uses.set(keyName(spendKey), { key: spendKey, amount: cost });
  return uses;
}

/** The allowances that messages need a place in, as they stand; locked. */
type Places = {
  readonly keys: ReadonlyMap<string, LimitsKey>;
  readonly states: ReadonlyMap<string, PortfolioState>;
  readonly allowances: ReadonlyMap<string, Allowance>;
  readonly plans: ReadonlyMap<string, readonly Band[]>;
};

const noPlaces: Places = { keys: new Map(), states: new Map(), allowances: new Map(), plans: new Map() };

async function readPlaces(tx: Tx, deps: LeaveDeps, asks: readonly LeaveAsk[], now: number): Promise<Places> {
  const needing = asks.map((ask) => ({ ask, uses: usesOf(ask, now) })).filter(({ uses }) => uses.size > 0);
  if (needing.length === 0) return noPlaces;
  const keys = new Map(
    needing.flatMap(({ uses }) => [...uses].map(([name, { key }]) => [name, key] as const)),
  );
  const rows = await lockLimits(tx, [...keys.values()]);
  const states = new Map(rows.map((row) => [keyName(row), portfolioOf(row.state)]));
  const allowances = new Map<string, Allowance>();
  const plans = new Map<string, readonly Band[]>();
  for (const [name, key] of keys) {
    const theirs = needing.filter(({ uses }) => uses.has(name));
    const allowance = allowanceOf(deps.governor, key, states.get(name), theirs[0]?.ask.account);
    // Without a limit there is nothing to count; should one come, counting begins with it.
    if (allowance === undefined) continue;
    allowances.set(name, allowance);
    const unit = Math.max(...theirs.map(({ uses }) => uses.get(name)?.amount ?? 0));
    if (theirs.some(({ ask }) => ask.isReminder))
      plans.set(name, await planFor(tx, deps, key, allowance, unit, now));
  }
  return { keys, states, allowances, plans };
}

function allowanceOf(
  governor: Governor,
  key: LimitsKey,
  state: PortfolioState | undefined,
  account: Account | undefined,
): Allowance | undefined {
  if (account === undefined) return undefined;
  const slots = state?.slots ?? [];
  const { dailyRecipients, spend } = limitsOf(account);
  if (key.scope === 'spend') {
    if (spend === undefined) return undefined;
    return { reason: 'SPEND_LIMIT', slots, most: spend.perDay, bulkMost: bulkSpendOf(spend.perDay) };
  }
  const most = state?.dailyRecipients ?? dailyRecipients;
  if (most === 'unlimited') return undefined;
  const bulkMost = bulkRecipientsOf(most, bulkShareOf(governor.qualityOf(account)));
  return { reason: 'DAY_LIMIT', slots, most, bulkMost };
}

/** Decides, and counts those that go. */
function givePlaces(
  tx: Tx,
  { keys, states, allowances, plans }: Places,
  asks: readonly LeaveAsk[],
  now: number,
): ReadonlyMap<LeaveAsk, AllowanceAnswer> {
  if (allowances.size === 0) return new Map();
  const { answers, left } = askAllowances(
    allowances,
    plans,
    asks.map(
      (ask): AllowanceAsk => ({
        isBulk: ask.isReminder,
        visitAt: ask.visitAt,
        uses: new Map([...usesOf(ask, now)].map(([name, { amount }]) => [name, amount])),
      }),
    ),
    now,
  );
  writeLimits(
    tx,
    [...left].flatMap(([name, { slots }]) => {
      const key = keys.get(name);
      const isSame = slots === allowances.get(name)?.slots;
      return key === undefined || isSame ? [] : [{ ...key, state: { ...states.get(name), slots } }];
    }),
  );
  return new Map(asks.map((ask, i) => [ask, answers[i] ?? 'go']));
}

/** Milliseconds for which a plan holds: it reads all reminders that wait. */
const planMs = 5_000;

async function planFor(
  tx: Tx,
  { accounts, plans }: LeaveDeps,
  key: LimitsKey,
  allowance: Allowance,
  unit: number,
  now: number,
): Promise<readonly Band[]> {
  const name = `${tx.practiceId}/${keyName(key)}`;
  const known = plans.get(name);
  const isOfNow = known !== undefined && now >= known.at && now - known.at < planMs;
  if (isOfNow && known.bulkMost === allowance.bulkMost) return known.bands;
  const own = accounts.all.filter((account) => account.practiceId === tx.practiceId);
  const theirs = own.filter((account) => key.scope === 'spend' || limitsOf(account).portfolio === key.name);
  const since = new Date(now - dayMs).toISOString();
  const waiting = await waitingReminders(tx, theirs.map(accountName), since);
  const bands = planAllowance(allowance, unit, waiting, now);
  plans.set(name, { at: now, bulkMost: allowance.bulkMost, bands });
  return bands;
}
