import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConversationDetail, InboxPage } from '#handoff/contract.ts';
import { deliver, envelope, messageFrom, messagesChange, statusOf, textFrom } from './delivery.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import type { TestStaff } from './test-staff.ts';

/** What Meta sends besides plain messages: a full batch of everything, a number that changes hands; and a call for help. */

type Fields = Readonly<Record<string, unknown>>;

let world: TestSandbox;
let lia: TestStaff;

beforeAll(async () => {
  world = await startTestSandbox({ provider: 'meta' });
  lia = await world.staff('front-desk');
});

afterAll(() => world.stop());

const inbox = async () => (await lia.sees<InboxPage>('/api/inbox?queue=waiting')).rows;
const detailOf = (id: string) => lia.sees<ConversationDetail>(`/api/conversations/${id}`);

test('a batch of a thousand updates and three megabytes is read, and each message lands in its conversation', async () => {
  const people = 20;
  const each = 40;
  const seconds = Math.floor(world.sandbox.world.meta.clock.now() / 1000);
  const from = (person: number) => `551190000${String(1000 + person)}`;
  // Of an advertisement, which is not read: the bytes come from there, and not from what a patient writes.
  const referral = { source_type: 'ad', body: 'x'.repeat(4_000) };
  const messages = Array.from({ length: people * each }, (_, i) => ({
    from: from(i % people),
    id: `wamid.batch-${i}`,
    timestamp: String(seconds - 60 + Math.floor(i / people)),
    ...(i % 5 === 4
      ? { type: 'reaction', reaction: { message_id: 'wamid.none', emoji: '👍' } }
      : { type: 'text', text: { body: 'oi' }, referral }),
  }));
  const statuses = Array.from({ length: 150 }, (_, i) =>
    statusOf(world, `wamid.of-nobody-${i}`, i % 2 === 0 ? 'read' : 'delivered', {
      biz_opaque_callback_data: 'p'.repeat(500),
    }),
  );
  const notices = Array.from({ length: 50 }, (_, i) => ({
    field: 'account_alerts',
    value: { entity_type: 'WABA', entity_id: String(i), alert_info: { alert_type: 'A'.repeat(2_000) } },
  }));
  const body = envelope(
    messagesChange(world, { messages: messages.slice(0, 300), statuses }),
    ...notices,
    messagesChange(world, { messages: messages.slice(300) }),
  );
  expect(messages.length + statuses.length + notices.length).toBe(1000);
  expect(Buffer.byteLength(body)).toBeGreaterThan(2_500_000);
  expect((await deliver(world, { body })).status).toBe(200);
  const landed = await world.eventually(async () => {
    const rows = await world.query<{ messages: number }>(
      `select count(*)::int as messages from mailbox
       where kind = 'message' and taken_by is not null group by mailbox_id order by 1`,
    );
    return rows.length === people && rows.every(({ messages: count }) => count === each) ? rows : undefined;
  }, 'every message in its conversation, and read');
  expect(landed).toHaveLength(people);
  await world.settled();
});

test('a number that changes: the conversation goes to a person, and neither the old nor the new number learns anything', async () => {
  const maria = world.patient('maria');
  await maria.says('oi');
  await maria.taps('Português');
  await maria.taps('Sim');
  await maria.says('eu');
  await maria.says('Maria Exemplo da Silva');
  const old = world.phone.patients.find(({ user }) => user.id === 'maria')?.user.phone ?? '';
  const now = '5511900009999';
  const change = messageFrom(world, 'maria', {
    type: 'system',
    system: { type: 'user_changed_number', body: 'changed', wa_id: now, user_id: 'BR.90000000000000000099' },
  });
  const body = envelope(messagesChange(world, { messages: [change] }));
  expect((await deliver(world, { body })).status).toBe(200);
  const row = await world.eventually(
    async () => (await inbox()).find(({ reason }) => reason === 'identity-changed'),
    'the conversation with a person',
  );
  const known = row.conversationId;
  // The old number belongs to somebody else now: who writes from it begins anew.
  const stranger = envelope(messagesChange(world, { messages: [textFrom(world, 'maria', 'quem é?')] }));
  await deliver(world, { body: stranger });
  const begun = await world.eventually(async () => {
    const rows = await world.query<{ conversation_id: string }>(
      `select conversation_id from channel_threads order by started_at desc, conversation_id limit 1`,
    );
    return rows[0]?.conversation_id === known ? undefined : rows[0]?.conversation_id;
  }, 'a conversation of the stranger’s own');
  expect(begun).not.toBe(known);
  // Who writes from the new number is in the old conversation, with a person, and is told nothing.
  const before = (await detailOf(known)).thread.length;
  const again = { ...textFrom(world, 'maria', 'continuar'), from: now };
  await deliver(world, { body: envelope(messagesChange(world, { messages: [again] })) });
  const thread = await world.eventually(async () => {
    const { thread: lines } = await detailOf(known);
    return lines.some((line) => line.kind === 'message' && line.text === 'continuar') ? lines : undefined;
  }, 'the words from the new number in the old conversation');
  expect(thread.slice(before).filter((line) => line.kind === 'message' && line.side !== 'patient')).toEqual(
    [],
  );
  const addresses = await world.query<{ kind: string }>(
    'select kind from conversation_addresses where conversation_id = $1 and until is null order by kind',
    [known],
  );
  expect(addresses.map(({ kind }) => kind)).toEqual(['phone', 'user-id']);
  expect(old).not.toBe(now);
});

test('a call for help in the middle of the form: the emergency text at once, and first in the inbox', async () => {
  const joao = world.patient('joao');
  await joao.says('oi');
  await joao.taps('Português');
  const heard = joao.heard().length;
  await joao.says('to com uma dor no peito muito forte');
  expect(
    joao
      .heard()
      .slice(heard)
      .map(({ text }) => text),
  ).toEqual([expect.stringContaining('192')]);
  const [first] = await inbox();
  expect(first).toMatchObject({ reason: 'red-flag', priority: 'top' });
  await world.settled();
});

test('staff write from the WhatsApp app, and another app takes a chat: the assistant is silent, and the inbox says why', async () => {
  const said = 'Aqui é a Rosa da recepção, já ligo.';
  const elsewhere = async (id: string, field: string, value: (written: Fields) => Fields, reason: string) => {
    const patient = world.patient(id);
    await patient.says('oi');
    const heard = patient.heard().length;
    const before = messagesChange(world, {}) as { readonly value: Fields };
    const written = textFrom(world, id, 'outra app?');
    const change = { field, value: { ...before.value, ...value(written) } };
    expect((await deliver(world, { body: envelope(change) })).status).toBe(200);
    const row = await world.eventually(
      async () => (await inbox()).find((each) => each.reason === reason),
      `the conversation with a person: ${reason}`,
    );
    await deliver(world, {
      body: envelope(messagesChange(world, { messages: [textFrom(world, id, 'sim')] })),
    });
    await world.settled();
    expect(patient.heard()).toHaveLength(heard);
    return (await detailOf(row.conversationId)).thread.filter((line) => line.kind === 'message');
  };
  const echoed = await elsewhere(
    'emma',
    'smb_message_echoes',
    ({ from, timestamp }) => ({
      message_echoes: [{ to: from, id: 'wamid.echo-1', timestamp, type: 'text', text: { body: said } }],
    }),
    'answered-elsewhere',
  );
  expect(echoed.at(-2)).toMatchObject({ side: 'staff', elsewhere: 'staff', by: null, text: said });
  const held = await elsewhere(
    'lucia',
    'standby',
    (written) => ({ standby: { messages: [written] } }),
    'another-app',
  );
  expect(held.at(-2)).toMatchObject({ side: 'patient', text: 'outra app?' });
});
