import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FiguresAnswer } from '#analytics/contract.ts';
import { chartsIn, countsOf, oneOfEach } from './chart.ts';
import { deliver, envelope, messagesChange, statusOf } from './delivery.ts';
import { testOf } from './provider-own.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
});

afterAll(() => world.stop());

const faults = () => world.sandbox.world.provider.faults;

type Row = {
  readonly state: string;
  readonly status: string | null;
  readonly code: string | null;
  readonly attempts: number;
};

/** Our messages as the provider holds them, with what the product's read table says of each. */
async function sentTo(patientId: string) {
  const messages = world.sandbox.world.provider.sent(patientId);
  return Promise.all(
    messages.map(async ({ ourId, id: externalId }) => {
      const sql = 'select state, status, code, attempts from views_messages where message_id = $1';
      const [row] = await world.query<Row>(sql, [ourId]);
      return { ourId: String(ourId), externalId, ...row };
    }),
  );
}

/** What each provider says by itself of a message that fails after it was sent. */
const failureCodes = {
  meta: 'UNDELIVERABLE',
  twilio: 'RECIPIENT_INVALID',
  vonage: 'UNDELIVERABLE',
  messagebird: 'SENDING_FAILED',
  bird: 'UNDELIVERABLE',
} as const;

const eventsOf = async (messageId: string) => {
  const sql = 'select type from events where stream = $1 order by version';
  return (await world.query<{ type: string }>(sql, [`message/${messageId}`])).map(({ type }) => type);
};

const last = async (patientId: string) => (await sentTo(patientId)).at(-1);

test('throttled or failing sends are tried again: every message comes once, in order', async () => {
  const one = world.patient('p1');
  faults().set('throttled', { count: 1 });
  // What a partner's own error 500 leaves open is looked up, and not sent again.
  if (world.provider === 'meta') faults().set('http-500', { count: 1 });
  expect(await one.says('oi')).toContain('Em que idioma');
  expect(await one.says('Português')).toContain('pode escrever para você');
  expect(await one.taps('Sim')).toContain('Para quem');
  await world.settled();
  expect(one.heard()).toHaveLength(3);
  const sent = await sentTo('p1');
  expect(sent.map(({ attempts }) => attempts)).toEqual([world.provider === 'meta' ? 3 : 2, 1, 1]);
  expect(new Set(sent.map(({ ourId }) => ourId)).size).toBe(3);
});

testOf('meta', 'the code 133010, and what follows it, is Meta’s own')(
  'a number that is not registered: one call finds out, everybody’s messages wait unharmed, staff are told, and all go out after it',
  async () => {
    const manager = await world.staff('manager');
    const held = async () => (await manager.sees<FiguresAnswer>('/api/figures?days=1')).now.held;
    expect(await held()).toBeNull();
    faults().set('http-500', { count: 1, code: 133010 });
    world.patient('maria').mutters({ kind: 'text', text: 'oi' });
    await world.eventually(async () => (await held())?.messages === 1, 'staff to be told');
    expect(await held()).toMatchObject({ code: 'REGISTRATION_ERROR' });
    world.patient('joao').mutters({ kind: 'text', text: 'oi' });
    await world.eventually(async () => (await held())?.messages === 2, 'the second message to wait');
    await world.advance(900);
    // Of two that are due together one tries, the other waits a moment longer.
    await world.advance(20);
    const hasHeard = (id: string) => world.patient(id).heard().length === 1;
    await world.eventually(() => hasHeard('maria') && hasHeard('joao'), 'both to have heard');
    await world.settled();
    // Only the first was tried while the number was not registered.
    const attempts = [await last('maria'), await last('joao')].map((message) => message?.attempts);
    expect(attempts).toEqual([2, 1]);
    expect(await held()).toBeNull();
  },
);

describe('sends of which nobody knows what became', () => {
  const patients = ['p2', 'p3', 'p4'] as const;
  let firsts: Awaited<ReturnType<typeof firstOf>>[];

  /** The first message to a patient, whether or not the provider ever took it. */
  const firstOf = async (patientId: string) => {
    const user = world.phone.patients.find(({ user: { id } }) => id === patientId)?.user.id ?? '';
    const [said] = await sentTo(user);
    const sql = `select conversation_id from views_messages where message_id = $1`;
    const [row] = await world.query<{ conversation_id: string }>(sql, [said?.ourId]);
    const [first] = await world.query<Row & { message_id: string }>(
      `select message_id, state, status, code, attempts from views_messages
       where conversation_id = $1 order by position limit 1`,
      [row?.conversation_id],
    );
    if (first === undefined) throw new Error(`nothing was said to ${patientId}`);
    const { message_id, ...rest } = first;
    return { patientId, messageId: message_id, ...rest, types: await eventsOf(message_id) };
  };

  /** Our messages to a patient that the provider took, by our ids. */
  const takenFor = (patientId: string) =>
    world.sandbox.world.provider.sent(patientId).map(({ ourId }) => String(ourId));

  const texts = (patientId: string) =>
    world
      .patient(patientId)
      .heard()
      .map(({ text }) => text);

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
    const answered = (id: string) => texts(id).some((text) => text?.includes('pode escrever para você'));
    await world.eventually(() => patients.every(answered), 'everybody to have heard the second answer');
    await world.settled();
    firsts = await Promise.all(patients.map(firstOf));
  });

  test('what had been done is settled by its status', () => {
    const settled = firsts.filter(({ state }) => state === 'accepted');
    expect(settled).toHaveLength(1);
    expect(settled[0]?.types.slice(0, 4)).toEqual([
      'MessageQueued',
      'MessageClaimed',
      'MessageAccepted',
      'MessageStatusChanged',
    ]);
    expect(texts(settled[0]?.patientId ?? '')[0]).toContain('Em que idioma');
  });

  test('what nobody knows of is reported after the wait and not sent again; the next answer goes on', () => {
    const open = firsts.filter(({ state }) => state === 'unresolved');
    expect(open).toHaveLength(2);
    for (const { types, attempts, patientId } of open) {
      expect(types).toEqual([
        'MessageQueued',
        'MessageClaimed',
        'MessageOutcomeUnknown',
        'MessageUnresolved',
      ]);
      expect(attempts).toBe(1);
      expect(texts(patientId)).toHaveLength(1);
    }
  });

  testOf('meta', 'the late status is written in Meta’s own form')(
    'a status that comes after the report ends it; what stays open is sent again when staff say so',
    async () => {
      const manager = await world.staff('manager');
      const listed = async () => {
        const { messages } = await manager.sees<{ messages: { messageId: string; state: string }[] }>(
          '/api/messages/failed',
        );
        return messages.filter(({ state }) => state === 'unresolved').map(({ messageId }) => messageId);
      };
      const unsure = async () => (await manager.sees<FiguresAnswer>('/api/figures?days=1')).now.unsure;
      expect(await unsure()).toBe(2);
      const [one, other] = firsts.filter(({ state }) => state === 'unresolved');
      const [late, open] = [one?.messageId ?? '', other?.messageId ?? ''];
      expect((await listed()).sort()).toEqual([late, open].sort());
      const status = statusOf(world, 'wamid.late', 'sent', { biz_opaque_callback_data: late });
      await deliver(world, { body: envelope(messagesChange(world, { statuses: [status] })) });
      await world.eventually(
        async () => !(await listed()).includes(late),
        'the late status to end the doubt',
      );
      const sendAgain = (id: string) => manager.does(`/api/messages/${encodeURIComponent(id)}/send-again`);
      expect(await sendAgain(late)).toEqual({ asked: false });
      expect(await sendAgain(open)).toEqual({ asked: true });
      expect(await sendAgain(open)).toEqual({ asked: false });
      const waiting = other?.patientId ?? '';
      await world.eventually(
        () => texts(waiting).some((text) => text?.includes('Em que idioma')),
        'the second try',
      );
      await world.eventually(async () => (await listed()).length === 0, 'the report to be gone');
      expect(await unsure()).toBe(0);
      expect(takenFor(waiting).filter((id) => id === open)).toHaveLength(1);
      expect(texts(one?.patientId ?? '')).toHaveLength(1);
    },
  );
});

describe('statuses', () => {
  test('"failed" after "sent" is recorded with its code', async () => {
    faults().set('failed-after-sent', { count: 1 });
    await world.patient('p5').says('oi');
    const failed = await world.eventually(async () => {
      const message = await last('p5');
      return message?.status === 'failed' ? message : undefined;
    }, 'the failure');
    expect(failed).toMatchObject({ state: 'accepted', status: 'failed', code: failureCodes[world.provider] });
  });

  testOf('meta', 'statuses are written in Meta’s own form')(
    'in any order, and repeated, only ever go up',
    async () => {
      await world.patient('p6').says('oi');
      // The provider has told all that it tells by itself.
      await world.settled();
      expect((await last('p6'))?.status).toBe('delivered');
      const sent = await last('p6');
      const tell = async (...statuses: readonly string[]) => {
        const told = statuses.map((status) => statusOf(world, sent?.externalId ?? '', status));
        await deliver(world, { body: envelope(messagesChange(world, { statuses: told })) });
      };
      const reached = (status: string) =>
        world.eventually(async () => (await last('p6'))?.status === status, status);
      await tell('sent', 'failed', 'delivered');
      await world.settled();
      expect((await last('p6'))?.status).toBe('delivered');
      await tell('read');
      await reached('read');
      await tell('delivered', 'sent', 'failed', 'read');
      await world.settled();
      expect((await last('p6'))?.status).toBe('read');
      const types = await eventsOf(sent?.ourId ?? '');
      expect(types.filter((type) => type === 'MessageStatusChanged').length).toBeLessThanOrEqual(3);
    },
  );

  test('"read" needs no "delivered" before it', async () => {
    faults().set('read-without-delivered', { count: 1 });
    await world.patient('p8').says('oi');
    await world.settled();
    expect((await last('p8'))?.status).toBe('read');
  });
});

test('a patient whose webhooks come twice, wrongly signed, late, in bunches and in reverse has one chart', async () => {
  faults().set('duplicate', { count: 8 });
  // Twilio and Vonage take our refusal for an answer, and do not send again what was wrongly signed.
  const repeats = ['meta', 'messagebird', 'bird'].includes(world.provider);
  if (repeats) faults().set('wrong-signature', { count: 4 });
  for (const fault of ['reorder', 'batch'])
    if (faults().names.includes(fault)) faults().set(fault, { count: 3 });
  faults().set('delay', { count: 4, delayMs: 400 });
  const { done, transcript } = await world.plays('p7');
  expect(done).toBe(true);
  await world.settled();
  const name = world.phone.patients.find(({ user }) => user.id === 'p7')?.persona.name ?? '';
  expect(countsOf(chartsIn(await world.resources()).get(name))).toEqual(oneOfEach);
  const heard = transcript.filter(({ side }) => side === 'practice').map(({ text }) => text);
  expect(new Set(heard).size).toBe(heard.length);
});
