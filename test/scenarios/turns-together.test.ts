import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeTurnJob } from '#conversation/index.ts';
import { mailPerTurn } from '#platform/mailbox.ts';
import { openTurnsWorld, type TurnsWorld } from '../turns-world.ts';

/** Deliveries and turns share transactions; what happens to one of them is its own affair. */

let turns: TurnsWorld;

beforeAll(async () => {
  turns = await openTurnsWorld(12);
});

afterAll(() => turns.close());

let patients = 0;

/** The numbers of patients who never wrote before. */
function phones(count: number): readonly string[] {
  const first = patients;
  patients += count;
  return Array.from({ length: count }, (_, n) => `55119555${10_000 + first + n}`);
}

const wakeOf = (conversationId: string) => ({
  id: conversationId,
  attempt: 1,
  data: { practiceId: turns.practiceId, conversationId },
});

/** How many of a conversation's messages were read, turn by turn. */
async function readIn(conversationId: string): Promise<readonly number[]> {
  const rows = await turns.query<{ data: { kinds: readonly string[] } }>(
    `select data from events where practice_id = $1 and stream = $2 and type = 'MessagesRead' order by version`,
    [`conversation/${conversationId}`],
  );
  return rows.map((row) => row.data.kinds.length);
}

const answersTo = (conversationId: string) =>
  turns.query(`select 1 from views_messages where practice_id = $1 and conversation_id = $2`, [
    conversationId,
  ]);

const waitingIn = async (conversationId: string) =>
  (
    await turns.query(
      'select 1 from mailbox where practice_id = $1 and mailbox_id = $2 and taken_by is null',
      [conversationId],
    )
  ).length;

/** Everyone writes once; returns their conversations. */
async function everyoneWrites(everyone: readonly string[], text: string): Promise<readonly string[]> {
  await Promise.all(everyone.map((phone) => turns.write(phone, text)));
  return await Promise.all(everyone.map((phone) => turns.conversationOf(phone)));
}

const transactions = async (work: () => Promise<unknown>): Promise<number> => {
  let count = 0;
  const { db } = turns.deps;
  const tx: typeof db.tx = (practiceId, inside) => {
    count += 1;
    return db.tx(practiceId, inside);
  };
  Object.assign(turns.deps, { db: { ...db, tx } });
  await work();
  Object.assign(turns.deps, { db });
  return count;
};

test('turns that are due together share a transaction', async () => {
  const ids = await everyoneWrites(phones(20), 'oi');
  const take = takeTurnJob(turns.deps);
  expect(await transactions(() => Promise.all(ids.map((id) => take(wakeOf(id)))))).toBe(1);
  for (const id of ids) expect(await readIn(id)).toEqual([1]);
});

test('one conversation that cannot be read costs no other its turn, and keeps its mail', async () => {
  const ids = await everyoneWrites(phones(9), 'oi');
  const poisoned = ids[4] ?? '';
  await turns.query(
    `update mailbox set body = '\\x01000100'::bytea where practice_id = $1 and mailbox_id = $2`,
    [poisoned],
  );
  const take = takeTurnJob(turns.deps);
  const results = await Promise.allSettled(ids.map((id) => take(wakeOf(id))));
  expect(results.map(({ status }) => status)).toEqual(
    ids.map((id) => (id === poisoned ? 'rejected' : 'fulfilled')),
  );
  for (const id of ids) {
    expect(await waitingIn(id)).toBe(id === poisoned ? 1 : 0);
    expect(await answersTo(id)).toHaveLength(id === poisoned ? 0 : 1);
  }
});

test('one delivery that cannot be read costs no other of its transaction', async () => {
  const everyone = phones(7);
  const jobs = await Promise.all(everyone.map((phone) => turns.deliver(phone, ['oi'])));
  const missing = { ...jobs[3], id: 'x', attempt: 1, data: { ...jobs[3]?.data, deliveryId: 'not-an-id' } };
  const all = jobs.map((job, n) => (n === 3 ? missing : job));
  const results = await Promise.allSettled(all.map((job) => turns.parse(job)));
  expect(results.map(({ status }) => status)).toEqual(
    all.map((job) => (job === missing ? 'rejected' : 'fulfilled')),
  );
  for (const [n, phone] of everyone.entries())
    expect(await waitingIn(await turns.conversationOf(phone))).toBe(n === 3 ? 0 : 1);
});

test('deliveries of one new patient that are read at once begin one conversation', async () => {
  const threads = () => turns.query('select 1 from channel_threads where practice_id = $1');
  const before = (await threads()).length;
  const [phone = ''] = phones(1);
  const jobs = await Promise.all(Array.from({ length: 8 }, (_, n) => turns.deliver(phone, [`oi ${n}`])));
  await Promise.all(jobs.map((job) => turns.parse(job)));
  expect(await threads()).toHaveLength(before + 1);
  expect(await waitingIn(await turns.conversationOf(phone))).toBe(8);
});

test('a conversation that is held elsewhere holds up no other', async () => {
  const ids = await everyoneWrites(phones(5), 'oi');
  const held = ids[2] ?? '';
  const take = takeTurnJob(turns.deps);
  const letGo = Promise.withResolvers<void>();
  const isHeld = Promise.withResolvers<void>();
  const holding = turns.deps.db.tx(turns.practiceId, async (tx) => {
    await tx.query('select 1 from mailboxes where practice_id = $1 and mailbox_id = $2 for update', [
      tx.practiceId,
      held,
    ]);
    isHeld.resolve();
    await letGo.promise;
  });
  await isHeld.promise;
  const jobs = new Map(ids.map((id) => [id, take(wakeOf(id))]));
  await Promise.all(ids.filter((id) => id !== held).map((id) => jobs.get(id)));
  expect(await readIn(held)).toEqual([]);
  letGo.resolve();
  await holding;
  await jobs.get(held);
  expect(await readIn(held)).toEqual([1]);
});

test('two processes that take the same wakes read everything once, in order', async () => {
  const everyone = phones(6);
  const ids = await everyoneWrites(everyone, 'oi');
  const one = takeTurnJob(turns.deps);
  const other = takeTurnJob(turns.deps);
  const rounds = ['Português', 'sim', 'eu'];
  for (const text of rounds) {
    const both = () => ids.flatMap((id) => [one(wakeOf(id)), other(wakeOf(id))]);
    await Promise.all([...both(), ...everyone.map((phone) => turns.write(phone, text)), ...both()]);
    await Promise.all(both());
  }
  for (const id of ids) {
    const read = await readIn(id);
    expect(read.reduce((sum, count) => sum + count, 0)).toBe(1 + rounds.length);
    const facts = await turns.query<{ version: number }>(
      'select version from events where practice_id = $1 and stream = $2 order by position',
      [`conversation/${id}`],
    );
    expect(facts.map(({ version }) => version)).toEqual(facts.map((_, index) => index + 1));
    expect(await waitingIn(id)).toBe(0);
  }
});

test('a flood in one conversation takes a turn at a time; a single message elsewhere is read with its first', async () => {
  const [flooding = '', single = ''] = phones(2);
  const flood = Array.from({ length: mailPerTurn * 2 + 50 }, (_, n) => `oi ${n}`);
  await turns.parse(await turns.deliver(flooding, flood));
  await turns.write(single, 'oi');
  const [floodId, singleId] = [await turns.conversationOf(flooding), await turns.conversationOf(single)];
  const take = takeTurnJob(turns.deps);
  const wakes = () =>
    turns.owed.filter((job) => job.queue === 'turns' && job.data.conversationId === floodId);
  const before = wakes().length;
  await Promise.all([take(wakeOf(floodId)), take(wakeOf(singleId))]);
  expect(await readIn(singleId)).toEqual([1]);
  expect(await readIn(floodId)).toEqual([mailPerTurn]);
  // What is left was woken for again, once per full turn.
  expect(wakes()).toHaveLength(before + 1);
  await take(wakeOf(floodId));
  await take(wakeOf(floodId));
  expect(await readIn(floodId)).toEqual([mailPerTurn, mailPerTurn, 50]);
});

test('messages that are read together are answered in the transaction that reads them', async () => {
  const everyone = phones(12);
  const jobs = await Promise.all(everyone.map((phone) => turns.deliver(phone, ['oi'])));
  const wakes = () => turns.owed.filter((job) => job.queue === 'turns').length;
  const [before, taken] = [wakes(), turns.taken()];
  await Promise.all(jobs.map((job) => turns.parseAndAnswer(job)));
  expect(wakes()).toBe(before);
  expect(turns.taken()).toBe(taken + everyone.length);
  for (const phone of everyone) {
    const id = await turns.conversationOf(phone);
    expect(await readIn(id)).toEqual([1]);
    expect(await answersTo(id)).toHaveLength(1);
    expect(await waitingIn(id)).toBe(0);
  }
});

test('a turn that fails costs neither its own message nor the turns beside it', async () => {
  const everyone = phones(5);
  const ids = await everyoneWrites(everyone, 'oi');
  const poisoned = ids[2] ?? '';
  await turns.query(
    `update mailbox set body = '\\x01000100'::bytea where practice_id = $1 and mailbox_id = $2`,
    [poisoned],
  );
  const wakes = () => turns.owed.filter((job) => job.queue === 'turns').map((job) => job.data.conversationId);
  const before = wakes().length;
  const jobs = await Promise.all(everyone.map((phone) => turns.deliver(phone, ['Português'])));
  await Promise.all(jobs.map((job) => turns.parseAndAnswer(job)));
  expect(wakes().slice(before)).toEqual([poisoned]);
  for (const id of ids) {
    expect(await readIn(id)).toEqual(id === poisoned ? [] : [2]);
    expect(await waitingIn(id)).toBe(id === poisoned ? 2 : 0);
  }
});
