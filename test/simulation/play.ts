import { conversationsFor } from '#channels/index.ts';
import type { Written } from './history.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { every, type Product, practiceId, type Sent } from './product.ts';
import { type Random, randomFrom } from './random.ts';

/** Histories as they reach the product: one by one and in order, or however the provider and chance would have it. */

type Fields = Readonly<Record<string, unknown>>;

const begin = Date.parse('2026-11-23T12:00:00Z');
const windowMs = 600_000;

/** One playing of a history: names and numbers that no other one uses. */
export type Playing = {
  readonly run: string;
  readonly phoneOf: (patient: number) => string;
};

let playings = 0;

export function newPlaying(): Playing {
  playings += 1;
  const base = 5_511_955_000_000 + playings * 100;
  return { run: `play${playings}x`, phoneOf: (patient) => String(base + patient) };
}

const idOf = ({ run }: Playing, { patient, place }: Written) => `wamid.${run}-${patient}-${place}`;

/** As it stands in a webhook. A second for each message of a patient: what is written in the same second has no order. */
function messageOf(playing: Playing, written: Written): Fields {
  const seconds = (begin + written.window * windowMs) / 1000 + written.place;
  return {
    from: playing.phoneOf(written.patient),
    id: idOf(playing, written),
    timestamp: String(seconds),
    ...written.content,
  };
}

/** What the provider says of the `n`th message to a patient, in the order in which it happens. */
const statusesInTurn = [
  ['sent', 'delivered', 'read'],
  ['sent', 'delivered'],
  ['sent'],
  ['sent', 'failed'],
  ['sent', 'delivered', 'read', 'played'],
  [],
] as const;

const statusesOf = (n: number): readonly string[] => statusesInTurn[n % statusesInTurn.length] ?? [];

/** The status that a message has when all is said. */
export const lastStatusOf = (n: number): string | null => statusesOf(n).at(-1) ?? null;

function statusUpdates({ ourId, to, externalId }: Sent, n: number, now: number): readonly Fields[] {
  return statusesOf(n).map((status) => ({
    id: externalId,
    status,
    recipient_id: to,
    timestamp: String(Math.floor(now / 1000)),
    biz_opaque_callback_data: ourId,
    ...(status === 'failed' ? { errors: [{ code: 131_026, title: 'x' }] } : {}),
  }));
}

const endOf = (window: number) => begin + (window + 1) * windowMs;

const windowsOf = (history: readonly Written[]) => [
  ...Map.groupBy(history, ({ window }) => window)
    .entries()
    .toArray()
    .toSorted(([a], [b]) => a - b),
];

/** Counts what a patient was sent, so that each message's statuses are the same in every playing. */
function counter() {
  const counts = new Map<string, number>();
  return (to: string): number => {
    const n = counts.get(to) ?? 0;
    counts.set(to, n + 1);
    return n;
  };
}

/** Each message in a delivery of its own, in order; each window read and answered before the next; one worker. */
export async function playInOrder(
  product: Product,
  playing: Playing,
  history: readonly Written[],
): Promise<void> {
  const count = counter();
  for (const [window, written] of windowsOf(history)) {
    product.setNow(endOf(window));
    for (const one of written) {
      await product.deliver({ messages: [messageOf(playing, one)] });
      await product.work({ queues: ['ingest'], workers: 1, seed: 0 });
    }
    await product.work({ queues: ['turns', 'news'], workers: 1, seed: 0 });
    const before = product.sent.length;
    await product.work({ queues: ['sends'], workers: 1, seed: 0 });
    for (const sent of product.sent.slice(before)) {
      for (const status of statusUpdates(sent, count(sent.to), endOf(window)))
        await product.deliver({ statuses: [status] });
      await product.work({ queues: ['ingest'], workers: 1, seed: 0 });
    }
  }
}

/** The updates in deliveries of any size, some of them twice, in any order, all at the same time. */
async function deliverAnyhow(
  product: Product,
  random: Random,
  messages: readonly Fields[],
  statuses: readonly Fields[],
): Promise<void> {
  const twice = <T>(list: readonly T[]) => list.filter(() => random.chance(0.3));
  const updates = random.shuffled([
    ...[...messages, ...twice(messages)].map((message) => ({ message })),
    ...[...statuses, ...twice(statuses)].map((status) => ({ status })),
  ]);
  const deliveries: { messages: Fields[]; statuses: Fields[] }[] = [];
  for (const update of updates) {
    let last = deliveries.at(-1);
    if (last === undefined || random.chance(0.5)) {
      last = { messages: [], statuses: [] };
      deliveries.push(last);
    }
    if ('message' in update) last.messages.push(update.message);
    else last.statuses.push(update.status);
  }
  await Promise.all(deliveries.map((delivery) => product.deliver(delivery)));
}

/**
 * Whatever was written within a window arrives in any order, any number of times, together with repeats and statuses of earlier
 * ones, and is read by racing workers, of whose jobs some run twice. Turns are taken when all of it is there.
 */
export async function playAnyhow(
  product: Product,
  playing: Playing,
  history: readonly Written[],
  seed: number,
): Promise<void> {
  const random = randomFrom(seed);
  const count = counter();
  const earlier: Fields[] = [];
  let statuses: Fields[] = [];
  for (const [window, written] of windowsOf(history)) {
    product.setNow(endOf(window));
    const messages = written.map((one) => messageOf(playing, one));
    const now = statuses.filter(() => random.chance(0.5));
    statuses = statuses.filter((status) => !now.includes(status));
    await deliverAnyhow(product, random, [...messages, ...earlier.filter(() => random.chance(0.3))], now);
    earlier.push(...messages);
    await product.work({ queues: ['ingest'], workers: 4, seed: random.below(1e9), again: 0.2 });
    await product.work({ queues: ['turns', 'news'], workers: 3, seed: random.below(1e9), again: 0.2 });
    const before = product.sent.length;
    await product.work({ queues: ['sends'], workers: 3, seed: random.below(1e9), again: 0.2 });
    for (const sent of product.sent.slice(before))
      statuses.push(...statusUpdates(sent, count(sent.to), endOf(window)));
  }
  await deliverAnyhow(product, random, earlier, statuses);
  await product.work({ queues: every, workers: 4, seed: random.below(1e9), again: 0.2 });
}

/** All of it at once: reading, turns, sends and statuses race, and what was written early may arrive last. */
export async function playRacing(
  product: Product,
  playing: Playing,
  history: readonly Written[],
  seed: number,
): Promise<void> {
  const random = randomFrom(seed);
  const count = counter();
  product.setNow(endOf(history.at(-1)?.window ?? 0));
  product.onSent = async (sent) => {
    // Before the provider has answered us, or while it does.
    const statuses = statusUpdates(sent, count(sent.to), begin);
    if (statuses.length > 0) await deliverAnyhow(product, random, [], statuses);
  };
  try {
    const messages = random.shuffled(history).map((one) => messageOf(playing, one));
    const half = random.below(messages.length);
    await deliverAnyhow(product, random, messages.slice(0, half), []);
    const working = product.work({ queues: every, workers: 6, seed: random.below(1e9), again: 0.2 });
    await deliverAnyhow(product, random, messages.slice(half), []);
    await working;
    await product.work({ queues: every, workers: 6, seed: random.below(1e9), again: 0.2 });
  } finally {
    product.onSent = async () => undefined;
  }
}

export async function conversationsOf(
  product: Product,
  playing: Playing,
  patients: number,
): Promise<readonly Outcome[]> {
  return await product.db.tx(practiceId, async (tx) => {
    const senders = Array.from({ length: patients }, (_, patient) => ({
      accountId: 'aurora-wa',
      user: { phone: playing.phoneOf(patient) },
    }));
    const outcomes: Outcome[] = [];
    for (const id of (await conversationsFor(tx, product.sealer, { senders })).conversationIds) {
      if (id === undefined) throw new Error('a patient who wrote has no conversation');
      outcomes.push(await outcomeOf(tx, product, id));
    }
    return outcomes;
  });
}
