import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chartsIn, countsOf, oneOfEach } from './chart.ts';
import { deliver, envelope, messagesChange, statusOf } from './delivery.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
});

afterAll(() => world.stop());

const faults = () => world.sandbox.world.meta.faults;

type Row = {
  readonly state: string;
  readonly status: string | null;
  readonly code: string | null;
  readonly attempts: number;
};

/** Our messages as the provider holds them, with what the product's read table says of each. */
async function sentTo(patientId: string) {
  const messages = world.sandbox.world.meta.ledger.messages({ userId: patientId, direction: 'out' });
  return Promise.all(
    messages.map(async ({ ourId, wamid }) => {
      const sql = 'select state, status, code, attempts from views_messages where message_id = $1';
      const [row] = await world.query<Row>(sql, [ourId]);
      return { ourId: String(ourId), wamid, ...row };
    }),
  );
}

const eventsOf = async (messageId: string) => {
  const sql = 'select type from events where stream = $1 order by version';
  return (await world.query<{ type: string }>(sql, [`message/${messageId}`])).map(({ type }) => type);
};

const last = async (patientId: string) => (await sentTo(patientId)).at(-1);

test('throttled or failing sends are tried again: every message comes once, in order', async () => {
  const one = world.patient('p1');
  faults().set('throttled', { count: 1 });
  faults().set('http-500', { count: 1 });
  expect(await one.says('oi')).toContain('Em que idioma');
  expect(await one.says('Português')).toContain('pode escrever para você');
  expect(await one.taps('Sim')).toContain('Para quem');
  expect(one.heard()).toHaveLength(3);
  const sent = await sentTo('p1');
  expect(sent.map(({ attempts }) => attempts)).toEqual([3, 1, 1]);
  expect(new Set(sent.map(({ ourId }) => ourId)).size).toBe(3);
});

describe('sends of which nobody knows what became', () => {
  const patients = ['p2', 'p3', 'p4'] as const;

  /** Every message that was in doubt, or could have been: the provider gave no answer to its first attempt. */
  beforeAll(async () => {
    for (const fault of ['timeout-before', 'timeout-after', 'html'] as const)
      faults().set(fault, { count: 1 });
    for (const id of patients) {
      world.patient(id).mutters({ kind: 'text', text: 'oi' });
    }
    await world.eventually(() => faults().list().length === 0, 'each fault to meet a send');
    // While the first answer is in doubt the patients go on: what is said next must wait for it.
    for (const id of patients) world.patient(id).mutters({ kind: 'text', text: 'Português' });
    const doubted = async () =>
      (await world.query(`select 1 from events where type = 'MessageOutcomeUnknown'`)).length === 2;
    await world.eventually(doubted, 'the two that were not done to be in doubt');
    await world.advance(40);
    await Promise.all(
      patients.map((id) =>
        world.patient(id).until(({ messages }) => messages.length === 4, `${id} to have heard both answers`),
      ),
    );
  });

  test.each(patients)('%s has heard everything once and in order', (id) => {
    const heard = world
      .patient(id)
      .heard()
      .map(({ text }) => text);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toContain('Em que idioma');
    expect(heard[1]).toContain('pode escrever para você');
  });

  test('what had been done is settled by its status, and was not sent again', async () => {
    const sent = (await Promise.all(patients.map(sentTo))).map(([first]) => first);
    const once = sent.filter((message) => message?.attempts === 1);
    expect(once).toHaveLength(1);
    const types = await eventsOf(once[0]?.ourId ?? '');
    expect(types.slice(0, 4)).toEqual([
      'MessageQueued',
      'MessageClaimed',
      'MessageAccepted',
      'MessageStatusChanged',
    ]);
    expect(types).not.toContain('MessageGivenUpWaiting');
  });

  test('what had not been done is sent again after a wait', async () => {
    const sent = (await Promise.all(patients.map(sentTo))).map(([first]) => first);
    const twice = sent.filter((message) => message?.attempts === 2);
    expect(twice).toHaveLength(2);
    for (const message of twice) {
      expect((await eventsOf(message?.ourId ?? '')).slice(0, 6)).toEqual([
        'MessageQueued',
        'MessageClaimed',
        'MessageOutcomeUnknown',
        'MessageGivenUpWaiting',
        'MessageClaimed',
        'MessageAccepted',
      ]);
    }
  });
});

describe('statuses', () => {
  test('"failed" after "sent" is recorded with its code', async () => {
    faults().set('failed-after-sent', { count: 1, code: 131026 });
    await world.patient('p5').says('oi');
    const failed = await world.eventually(async () => {
      const message = await last('p5');
      return message?.status === 'failed' ? message : undefined;
    }, 'the failure');
    expect(failed).toMatchObject({ state: 'accepted', status: 'failed', code: 'UNDELIVERABLE' });
  });

  test('in any order, and repeated, only ever go up', async () => {
    faults().set('read-without-delivered', { count: 1 });
    const one = world.patient('p6');
    await one.says('oi');
    const sent = await last('p6');
    const tell = async (...statuses: readonly string[]) => {
      const told = statuses.map((status) => statusOf(world, sent?.wamid ?? '', status));
      await deliver(world, { body: envelope(messagesChange(world, { statuses: told })) });
    };
    const reached = (status: string) =>
      world.eventually(async () => (await last('p6'))?.status === status, status);
    await tell('delivered');
    await reached('delivered');
    await tell('sent', 'failed', 'delivered');
    await tell('read');
    await reached('read');
    await tell('delivered', 'sent', 'failed', 'read');
    // The last delivery was read by the time that all of them were.
    const unread = () =>
      world.query(`select 1 from pgboss.job where name = 'ingest' and state <> 'completed'`);
    await world.eventually(async () => (await unread()).length === 0, 'all statuses to be read');
    expect((await last('p6'))?.status).toBe('read');
    const types = await eventsOf(sent?.ourId ?? '');
    expect(types.filter((type) => type === 'MessageStatusChanged').length).toBeLessThanOrEqual(3);
  });
});

test('a patient whose webhooks come twice, wrongly signed, late, in bunches and in reverse has one chart', async () => {
  faults().set('duplicate', { count: 8 });
  faults().set('wrong-signature', { count: 4 });
  faults().set('reorder', { count: 3 });
  faults().set('batch', { count: 3 });
  faults().set('delay', { count: 4, delayMs: 400 });
  const { done, transcript } = await world.plays('p7');
  expect(done).toBe(true);
  const name = world.phone.patients.find(({ user }) => user.id === 'p7')?.persona.name ?? '';
  expect(countsOf(chartsIn(await world.resources()).get(name))).toEqual(oneOfEach);
  const heard = transcript.filter(({ side }) => side === 'practice').map(({ text }) => text);
  expect(new Set(heard).size).toBe(heard.length);
});
