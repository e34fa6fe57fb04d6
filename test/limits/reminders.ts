import { accountOf, lease } from '../../src/messages/governor/account.ts';
import {
  type AllowanceAnswer,
  askAllowances,
  bulkRecipientsOf,
  planAllowance,
} from '../../src/messages/governor/allowance.ts';
import type { Slot } from '../../src/messages/governor/day.ts';
import { limitsOf } from '../../src/messages/governor/limits.ts';
import type { Band } from '../../src/messages/governor/plan.ts';
import { grantMs, type Lane } from '../../src/messages/governor/rate.ts';
import { type Answer, limitedProvider } from './provider.ts';

/**
 * Many reminders due at once under a small tier, with patients who write meanwhile, in several processes: the decisions of the program
 * in virtual time, against a provider that counts for itself.
 */

export type Reminder = {
  readonly id: string;
  readonly visitAt: number;
  /** Milliseconds of virtual time. */
  sentAt?: number;
  blockedAt?: number;
};

export type Played = {
  readonly reminders: readonly Reminder[];
  /** What the provider answered, and how often. */
  readonly answers: ReadonlyMap<Answer, number>;
  readonly replies: number;
  /** The longest that a reply waited: milliseconds. */
  readonly longestReplyMs: number;
};

const hourMs = 3_600_000;
const tickMs = 50;
const planMs = 5_000;
const batch = 50;

/** Numbers that look random, the same in each run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Process = {
  readonly name: string;
  readonly hands: Record<Lane, { left: number; until: number }>;
  plan?: { readonly at: number; readonly bands: readonly Band[] };
};

/** @param repliesPerSecond of patients who write while the first reminders go out */
export function playReminders(options: {
  readonly reminders: number;
  readonly tier: number;
  readonly processes: number;
  /** Visits begin within so many hours. */
  readonly hours: number;
  readonly repliesPerSecond: number;
  readonly seed: number;
}): Played {
  const roll = dice(options.seed);
  const reminders = Array.from({ length: options.reminders }, (_, n): Reminder => {
    // Every quarter of an hour.
    return { id: `p${n}`, visitAt: hourMs + roll(options.hours * 4) * 15 * 60_000 };
  });
  const limits = limitsOf({ channel: 'meta', id: 'wa', limits: { dailyRecipients: options.tier } });
  const provider = limitedProvider({ perSecond: 80, tier: options.tier });
  const answers = new Map<Answer, number>();
  const processes = Array.from({ length: options.processes }, (_, n): Process => {
    return { name: `process-${n}`, hands: { urgent: { left: 0, until: 0 }, bulk: { left: 0, until: 0 } } };
  });
  let account = accountOf({});
  let slots: readonly Slot[] = [];
  /** In no order: as jobs come. */
  let ready = [...reminders];
  const held = new Map<number, Reminder[]>();
  const replies: number[] = [];
  let replied = 0;
  let longestReplyMs = 0;
  const replyUntil = 5 * 60_000;

  const send = (to: string, first: boolean, at: number) => {
    const answer = provider.send(to, first, at);
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  };
  const refill = (process: Process, lane: Lane, wants: number, now: number) => {
    const hand = process.hands[lane];
    if (hand.left > 0 && now < hand.until) return;
    const ask = { holder: process.name, lane, wants, overdrawn: 0 };
    const leased = lease(account, ask, limits, { ms: now, databaseMs: now });
    account = leased.state;
    process.hands[lane] = { left: leased.granted, until: now + grantMs };
  };
  const counts = new Map<number, number>();
  const count = ({ visitAt }: Reminder, by: number) => counts.set(visitAt, (counts.get(visitAt) ?? 0) + by);
  for (const reminder of reminders) count(reminder, 1);
  const waiting = () => [...counts].map(([visitAt, each]) => ({ visitAt, count: each }));
  const allowance = () => ({
    reason: 'DAY_LIMIT' as const,
    slots,
    most: options.tier,
    bulkMost: bulkRecipientsOf(options.tier, 1),
  });

  const reply = (process: Process, now: number) => {
    if (replies.length === 0) return;
    refill(process, 'urgent', replies.length, now);
    const hand = process.hands.urgent;
    const leaving = replies.splice(0, hand.left);
    hand.left -= leaving.length;
    for (const since of leaving) {
      longestReplyMs = Math.max(longestReplyMs, now - since);
      replied += 1;
      send(`w${replied}`, false, now + roll(tickMs));
    }
  };

  const remind = (process: Process, now: number) => {
    if (ready.length === 0) return;
    refill(process, 'bulk', batch, now);
    const hand = process.hands.bulk;
    if (hand.left === 0) return;
    if (process.plan === undefined || now - process.plan.at >= planMs)
      process.plan = { at: now, bands: planAllowance(allowance(), 1, waiting(), now) };
    const some = ready.splice(Math.max(0, ready.length - batch));
    const asks = some.slice(0, hand.left);
    ready.push(...some.slice(asks.length));
    const decided = askAllowances(
      new Map([['portfolio', allowance()]]),
      new Map([['portfolio', process.plan.bands]]),
      asks.map(({ visitAt }) => ({ isBulk: true, visitAt, uses: new Map([['portfolio', 1]]) })),
      now,
    );
    slots = decided.left.get('portfolio')?.slots ?? slots;
    for (const [i, reminder] of asks.entries()) settle(reminder, decided.answers[i] ?? 'go', hand, now);
  };

  const settle = (reminder: Reminder, answer: AllowanceAnswer, hand: { left: number }, now: number) => {
    if (answer === 'go' || 'block' in answer) count(reminder, -1);
    if (answer === 'go') {
      hand.left -= 1;
      reminder.sentAt = now;
      send(reminder.id, true, now + roll(tickMs));
    } else if ('block' in answer) {
      reminder.blockedAt = now;
    } else {
      const those = held.get(answer.holdUntil);
      if (those === undefined) held.set(answer.holdUntil, [reminder]);
      else those.push(reminder);
    }
  };

  for (let now = 0; ready.length > 0 || held.size > 0 || replies.length > 0; now += tickMs) {
    if (now < replyUntil) {
      for (let n = 0; n < options.repliesPerSecond; n += 1) if (roll(1000) < tickMs) replies.push(now);
    } else if (ready.length === 0 && replies.length === 0) {
      now = Math.max(now, Math.min(...held.keys()));
    }
    for (const [at, those] of held) {
      if (at > now) continue;
      held.delete(at);
      ready = ready.concat(those);
    }
    for (const process of processes) {
      reply(process, now);
      remind(process, now);
    }
  }
  return { reminders, answers, replies: replied, longestReplyMs };
}
