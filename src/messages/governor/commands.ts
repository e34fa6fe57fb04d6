import { setTimeout as wait } from 'node:timers/promises';
import type { Account, Accounts, HeardNews } from '#channels/index.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { Clock } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import { newShortId } from '#platform/ids.ts';
import type { Queues } from '#platform/queue.ts';
import { sendJob } from '../reactions.ts';
import {
  accountOf,
  changed,
  changedPortfolio,
  changeOf,
  type LimitsChange,
  learned,
  lease,
  lessonOf,
  portfolioOf,
  type Quality,
} from './account.ts';
import { limitsOf } from './limits.ts';
import { grantMs, type Lane } from './rate.ts';
import { conversationsWaitingForPlace, lockLimits, writeLimits } from './rows/commands.ts';

/**
 * What one process may send of its accounts' numbers.
 *
 * It spends tokens that it took from the shared rows some at a time (`rate.ts`), in transactions of their own: a claim waits for no
 * other process's. What it has in hand is forgotten after seconds, so that a process that died holds nothing back.
 */
export type Governor = {
  /** Takes tokens for the practice's accounts that were used lately and have none. `wants`: messages that ask now. */
  readonly prepare: (practiceId: string, lane: Lane, wants: number) => Promise<void>;
  /** Whether `take` would say that this process has no token left. */
  readonly isShort: (account: Account, lane: Lane) => boolean;
  /** One message wants to leave. `cannotWait`: it does, whatever the limits say, and is counted. */
  readonly take: (account: Account, lane: Lane, cannotWait: boolean) => Taken;
  /** It did not leave after all: said before anything else was waited for since it was taken. */
  readonly giveBack: (account: Account, lane: Lane) => void;
  /** Resolves once there may be tokens, and after `patienceMs` at the latest; false: there are none. */
  readonly ready: (account: Account, lane: Lane, patienceMs: number) => Promise<boolean>;
  /** What came of a call for the account. True where this begins a pause. Never rejects. */
  readonly learn: (account: Account, outcome: Outcome<unknown>) => Promise<boolean>;
  /** As the provider told it last. */
  readonly qualityOf: (account: Account) => Quality | undefined;
};

export type Taken =
  | 'go'
  /** This process has no token left; more may be had soon. */
  | 'short'
  /** The account as a whole may not send: milliseconds until it is tried again. */
  | { readonly pausedMs: number };

export type GovernorDeps = { readonly db: Db; readonly clock: Clock };

type Purse = { left: number; until: number };

/** What this process has of one account. Instants are of the monotonic clock, but for `pausedUntil`. */
type Hand = {
  readonly account: Account;
  readonly purses: Readonly<Record<Lane, Purse>>;
  /** Sent without leave since the shared row was told last. */
  overdrawn: number;
  usedAt: number;
  waitMs: Record<Lane, number>;
  pausedUntil: number | undefined;
  isTrying: boolean;
  quality: Quality | undefined;
  readonly asking: Map<Lane, Promise<void>>;
  /** Jobs that wait for tokens. */
  readonly waiting: Record<Lane, number>;
};

/** Milliseconds after its last message in which tokens of an account are taken before they are asked for. */
const inUseMs = 10_000;

export const accountName = ({ channel, id }: { readonly channel: string; readonly id: string }) =>
  `${channel}/${id}`;

export function createGovernor({ db, clock }: GovernorDeps): Governor {
  const holder = newShortId();
  const hands = new Map<string, Hand>();

  function handOf(account: Account): Hand {
    const name = accountName(account);
    const known = hands.get(name);
    if (known !== undefined) return known;
    const hand = newHand(account);
    hands.set(name, hand);
    return hand;
  }

  /** Tokens for one lane; those who ask meanwhile share the answer. */
  function ask(hand: Hand, lane: Lane, wants: number): Promise<void> {
    const under = hand.asking.get(lane);
    if (under !== undefined) return under;
    const asked = refill(db, clock, hand, { holder, lane, wants }).finally(() => hand.asking.delete(lane));
    hand.asking.set(lane, asked);
    return asked;
  }

  return {
    async prepare(practiceId, lane, wants) {
      const now = performance.now();
      const empty = [...hands.values()].filter(
        (hand) =>
          hand.account.practiceId === practiceId &&
          now - hand.usedAt < inUseMs &&
          leftOf(hand.purses[lane]) === 0 &&
          pausedMs(hand, clock) === 0,
      );
      await Promise.all(empty.map((hand) => ask(hand, lane, wants)));
    },

    isShort(account, lane) {
      const hand = handOf(account);
      hand.usedAt = performance.now();
      return pausedMs(hand, clock) === 0 && leftOf(hand.purses[lane]) === 0;
    },

    take(account, lane, cannotWait) {
      const hand = handOf(account);
      const paused = pausedMs(hand, clock);
      if (paused > 0 && !cannotWait) return { pausedMs: paused };
      const purse = hand.purses[lane];
      if (leftOf(purse) > 0) {
        purse.left -= 1;
        return 'go';
      }
      if (!cannotWait) return 'short';
      hand.overdrawn += 1;
      return 'go';
    },

    giveBack(account, lane) {
      handOf(account).purses[lane].left += 1;
    },

    async ready(account, lane, patienceMs) {
      const hand = handOf(account);
      const deadline = performance.now() + patienceMs;
      hand.waiting[lane] += 1;
      try {
        for (;;) {
          if (leftOf(hand.purses[lane]) > 0) return true;
          await ask(hand, lane, hand.waiting[lane]);
          if (leftOf(hand.purses[lane]) > 0 || pausedMs(hand, clock) > 0) return true;
          const left = deadline - performance.now();
          if (left <= hand.waitMs[lane]) return false;
          await wait(hand.waitMs[lane]);
        }
      } finally {
        hand.waiting[lane] -= 1;
      }
    },

    async learn(account, outcome) {
      const hand = handOf(account);
      const lesson = lessonOf(outcome, hand.isTrying);
      if (lesson === undefined) return false;
      const isNew = lesson === 'pause' && hand.pausedUntil === undefined && !hand.isTrying;
      hand.isTrying = false;
      if (lesson === 'pause') hand.pausedUntil = learned(accountOf({}), outcome, now(clock)).pause?.until;
      for (const purse of Object.values(hand.purses)) purse.left = 0;
      // The outcome itself is worth more than what it teaches: it is recorded whether the database takes this or not.
      await db
        .tx(account.practiceId, async (tx) => {
          const [row] = await lockLimits(tx, [accountKey(account)]);
          if (row === undefined) return;
          const state = learned(accountOf(row.state), outcome, {
            ms: clock.now(),
            databaseMs: row.databaseMs,
          });
          writeLimits(tx, [{ ...accountKey(account), state }]);
          hand.pausedUntil = state.pause?.until;
        })
        .catch(() => undefined);
      return isNew;
    },

    qualityOf: (account) => handOf(account).quality,
  };
}

/** Where the database's clock does not matter. */
const now = (clock: Clock) => ({ ms: clock.now(), databaseMs: clock.now() });

const newPurse = (): Purse => ({ left: 0, until: 0 });

const newHand = (account: Account): Hand => ({
  account,
  purses: { urgent: newPurse(), bulk: newPurse() },
  overdrawn: 0,
  usedAt: 0,
  waitMs: { urgent: 0, bulk: 0 },
  pausedUntil: undefined,
  isTrying: false,
  quality: undefined,
  asking: new Map(),
  waiting: { urgent: 0, bulk: 0 },
});

const leftOf = ({ left, until }: Purse) => (performance.now() < until ? left : 0);

function pausedMs({ pausedUntil }: Hand, clock: Clock): number {
  return pausedUntil === undefined ? 0 : Math.max(0, pausedUntil - clock.now());
}

const accountKey = (account: Account) => ({ scope: 'account' as const, name: accountName(account) });

async function refill(
  db: Db,
  clock: Clock,
  hand: Hand,
  ask: { readonly holder: string; readonly lane: Lane; readonly wants: number },
): Promise<void> {
  const { account } = hand;
  const { overdrawn } = hand;
  const before = performance.now();
  await db.tx(account.practiceId, async (tx) => {
    const [row] = await lockLimits(tx, [accountKey(account)]);
    if (row === undefined) throw new Error('the row of limits was not made');
    const now = { ms: clock.now(), databaseMs: row.databaseMs };
    const leased = lease(accountOf(row.state), { ...ask, overdrawn }, limitsOf(account), now);
    writeLimits(tx, [{ ...accountKey(account), state: leased.state }]);
    tx.afterCommit(() => {
      hand.overdrawn -= overdrawn;
      hand.purses[ask.lane].left = leased.granted;
      // From before it was asked for: never longer than the shared row counts it.
      hand.purses[ask.lane].until = before + grantMs;
      hand.waitMs[ask.lane] = leased.waitMs;
      hand.pausedUntil = leased.pausedUntil;
      hand.isTrying = leased.isTry;
      hand.quality = leased.state.quality;
    });
  });
}

/**
 * A provider's notice says that an account's limits have changed: the next messages of every process go by them.
 * @param at when it was so: milliseconds since 1970. What is older than what is known changes nothing
 */
export async function learnLimits(tx: Tx, account: Account, change: LimitsChange, at: number): Promise<void> {
  const portfolioKey = { scope: 'portfolio' as const, name: limitsOf(account).portfolio };
  const isOfPortfolio = change.dailyRecipients !== undefined;
  const rows = await lockLimits(tx, [accountKey(account), ...(isOfPortfolio ? [portfolioKey] : [])]);
  writeLimits(
    tx,
    rows.map(({ scope, name, state }) => ({
      scope,
      name,
      state:
        scope === 'account'
          ? changed(accountOf(state), change, at)
          : changedPortfolio(portfolioOf(state), change, at),
    })),
  );
}

/** Most reminders that a raised limit wakes at once; the others wake when they were to. */
const mostWoken = 10_000;

/**
 * As `learnLimits`, from what was heard of accounts; what says nothing of limits is left out. Where a portfolio's limit is told, the
 * reminders that wait for a place ask again, the nearest visits first.
 */
export async function learnFromNews(
  tx: Tx,
  { accounts, queues }: { readonly accounts: Accounts; readonly queues: Pick<Queues, 'enqueue'> },
  heard: readonly HeardNews[],
): Promise<void> {
  let isOfDay = false;
  // In order, so that two who learn of the same accounts do not wait in a ring.
  const inOrder = heard.toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1));
  for (const { channel, accountId, news, at } of inOrder) {
    const account = accounts.find(channel, accountId);
    if (account === undefined) continue;
    const change = changeOf(news, account.limits?.number);
    if (change === undefined) continue;
    await learnLimits(tx, account, change, Date.parse(at));
    isOfDay ||= change.dailyRecipients !== undefined;
  }
  if (!isOfDay) return;
  const waiting = await conversationsWaitingForPlace(tx, mostWoken);
  await queues.enqueue(
    tx,
    waiting.map((conversationId) => sendJob(tx.practiceId, conversationId, { purpose: 'reminder' })),
  );
}
