import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeConversationTurn } from '#conversation/index.ts';
import { openTurnsWorld, type TurnsWorld } from '../turns-world.ts';
import { startTestSandbox } from './sandbox.ts';

const racers = 20;
const phone = '5511955500999';

let turns: TurnsWorld;

beforeAll(async () => {
  turns = await openTurnsWorld(racers + 5);
});

afterAll(() => turns.close());

type Fact = {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly turn: string;
  readonly data: { readonly kinds?: readonly string[] };
};

const factsOf = (conversationId: string) =>
  turns.query<Fact>(
    `select stream, version, type, correlation_id as turn, data from events
     where practice_id = $1 and (stream = $2 or stream like 'message/%') order by position`,
    [`conversation/${conversationId}`],
  );

test('twenty racing turns never overlap, lose nothing and answer nothing twice', async () => {
  const { deps, practiceId } = turns;
  await turns.write(phone, 'oi');
  const id = await turns.conversationOf(phone);
  // Half of the messages are read with their turns, the other half's are taken by jobs.
  const race = async (_: unknown, racer: number): Promise<void> => {
    for (const word of ['Português', 'sim', 'eu']) {
      if (racer % 2 === 0) await turns.parseAndAnswer(await turns.deliver(phone, [word]));
      else await turns.write(phone, word);
      await takeConversationTurn(deps, practiceId, id);
    }
  };
  await Promise.all(Array.from({ length: racers }, race));
  expect(await takeConversationTurn(deps, practiceId, id)).toBe(false);
  const total = turns.taken();

  const facts = await factsOf(id);
  const own = facts.filter(({ stream }) => stream.startsWith('conversation/'));
  expect(own.map(({ version }) => version)).toEqual(own.map((_, index) => index + 1));
  const blocks = own.filter(({ turn }, index) => turn !== own[index - 1]?.turn).map(({ turn }) => turn);
  expect(new Set(blocks).size).toBe(blocks.length);
  expect(blocks).toHaveLength(total);

  const read = own.flatMap(({ type, data }) => (type === 'MessagesRead' ? (data.kinds ?? []) : []));
  expect(read).toHaveLength(1 + racers * 3);
  const answered = facts.filter(({ type }) => type === 'MessageQueued').map(({ turn }) => turn);
  expect(new Set(answered).size).toBe(answered.length);
  const waiting = await turns.query('select 1 from mailbox where practice_id = $1 and taken_by is null');
  expect(waiting).toEqual([]);
});

test('in the whole product, twenty messages that arrive at once are all read, once, and answered as they are read', async () => {
  const world = await startTestSandbox();
  try {
    const one = world.patient('p1');
    await one.walks('oi', 'Português');
    await one.taps('Sim');
    await world.settled();
    const before = await world.timeline();
    const heard = one.heard().length;
    for (let i = 0; i < racers; i += 1) one.mutters({ kind: 'text', text: `para quem sabe ${i}` });
    const readNow = async () =>
      (
        await world.query<Fact>(`select data from events where type = 'MessagesRead' order by position`)
      ).flatMap(({ data }) => data.kinds ?? []);
    const readBefore = before.flatMap(({ type, data }) =>
      type === 'MessagesRead' && Array.isArray(data.kinds) ? data.kinds : [],
    );
    await world.eventually(
      async () => (await readNow()).length >= readBefore.length + racers,
      'all of it to be read',
    );
    await world.settled();
    expect(await readNow()).toHaveLength(readBefore.length + racers);
    const after = await world.timeline();
    const turns = after.filter(({ type }) => type === 'MessagesRead').length;
    const turnsBefore = before.filter(({ type }) => type === 'MessagesRead').length;
    expect(one.heard().length - heard).toBeLessThanOrEqual(turns - turnsBefore);
  } finally {
    await world.stop();
  }
});
