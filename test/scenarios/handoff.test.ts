import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConversationDetail, InboxPage } from '#handoff/contract.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import type { TestPatient } from './test-patient.ts';
import type { TestStaff } from './test-staff.ts';
import { inPracticeSystem } from './visits.ts';

/** A patient who wants a person gets one, and the assistant goes on where it stopped. */

let world: TestSandbox;
let maria: TestPatient;
let lia: TestStaff;
let nara: TestStaff;
let conversationId: string;

beforeAll(async () => {
  world = await startTestSandbox();
  maria = world.patient('maria');
  lia = await world.staff('front-desk');
  nara = await world.staff('manager');
});

afterAll(() => world.stop());

const inbox = (staff: TestStaff, queue = 'waiting') => staff.sees<InboxPage>(`/api/inbox?queue=${queue}`);
const open = (staff: TestStaff) => staff.sees<ConversationDetail>(`/api/conversations/${conversationId}`);
const path = (what: string) => `/api/conversations/${conversationId}/${what}`;
const tokenOf = async (staff: TestStaff) => (await open(staff)).lease?.token ?? 0;

test('who writes "person" appears in the inbox with what is known, and why the assistant stopped', async () => {
  await maria.says('oi');
  await maria.taps('Português');
  await maria.taps('Sim');
  await maria.says('eu');
  await maria.says('Maria Exemplo da Silva');
  await maria.says('pessoa');
  await world.settled();
  const [row, ...others] = (await inbox(lia)).rows;
  expect(others).toEqual([]);
  expect(row).toMatchObject({ name: 'Maria S.', language: 'pt', reason: 'asked', state: 'waiting' });
  conversationId = row?.conversationId ?? '';
  const detail = await open(lia);
  expect(detail.context).toMatchObject({
    schema: 'handoff-context/1',
    reason: 'asked',
    language: 'pt',
    doing: { what: 'step' },
    patient: { name: 'Maria Exemplo da Silva' },
  });
  expect(detail.thread.some((line) => line.kind === 'message' && line.text === 'pessoa')).toBe(true);
  expect(detail.window.closesAt).not.toBeNull();
});

test('the practice system holds a Task and a Communication about it', async () => {
  const found = await world.eventually(async () => {
    const tasks = await inPracticeSystem(world, 'Task');
    const communications = await inPracticeSystem(world, 'Communication');
    return tasks.length > 0 && communications.length > 0 ? { tasks, communications } : undefined;
  }, 'Task and Communication');
  expect(found.tasks).toMatchObject([{ status: 'requested', intent: 'order' }]);
  expect(JSON.stringify(found.tasks[0])).toContain('handoff-context/1');
});

test('one takes it; the other is told; only the owner’s words leave', async () => {
  const taken = await Promise.all([lia, nara].map((staff) => staff.asks('POST', path('take'), {})));
  expect(taken.map(({ status }) => status).sort()).toEqual([200, 409]);
  const owner = taken[0]?.status === 200 ? lia : nara;
  const other = owner === lia ? nara : lia;
  const token = await tokenOf(owner);
  const key = 'reply-key-0001';
  const heard = maria.heard().length;
  const reply = { token, key, text: 'Bom dia, Maria. Como posso ajudar?' };
  await owner.does(path('reply'), reply);
  await owner.does(path('reply'), reply);
  await maria.until(() => maria.heard().length > heard, 'the reply');
  const refused = await other.asks('POST', path('reply'), {
    token,
    key: 'reply-key-0002',
    text: 'Eu também!',
  });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'STALE_TOKEN' } } });
  await owner.does(path('notes'), { key: 'note-key-0001', text: 'Ligou ontem.' });
  maria.mutters({ kind: 'text', text: 'tenho uma dúvida' });
  await world.eventually(async () => (await open(owner)).row.unread > 0, 'her question');
  await world.settled();
  expect(
    maria
      .heard()
      .slice(heard)
      .map(({ text }) => text),
  ).toEqual(['Bom dia, Maria. Como posso ajudar?']);
  const detail = await open(owner);
  expect(detail.thread.filter(({ kind }) => kind === 'note')).toHaveLength(1);
  // From here on Lia has it.
  if (owner === nara) await nara.does(path('assign'), { token, staffId: lia.staffId });
});

test('a manager takes over; what the former owner still writes is refused, and stays with them', async () => {
  const before = await tokenOf(lia);
  await nara.does(path('take'), { over: true });
  const late = await lia.asks('POST', path('reply'), {
    token: before,
    key: 'late-key-0001',
    text: 'atrasada',
  });
  expect(late).toMatchObject({ status: 409, body: { error: { code: 'STALE_TOKEN' } } });
  const token = await tokenOf(nara);
  expect(token).toBeGreaterThan(before);
  await nara.does(path('assign'), { token, staffId: lia.staffId });
});

test('after the window has closed free text is refused, and an approved template may leave', async () => {
  await world.advance(25 * 60 * 60);
  await lia.does(path('take'), {});
  const token = await tokenOf(lia);
  const refused = await lia.asks('POST', path('reply'), { token, key: 'window-key-01', text: 'Olá' });
  expect(refused).toMatchObject({ status: 409, body: { error: { code: 'WINDOW_CLOSED' } } });
  const { templates, window } = await open(lia);
  expect(window.closesAt).toBeNull();
  const [template] = templates;
  expect(template).toBeDefined();
  const heard = maria.heard().length;
  await lia.does(path('reply-template'), { token, key: 'window-key-02', templateId: template?.id });
  await maria.until(() => maria.heard().length > heard, 'the template');
});

test('resolved with a code and handed back: the assistant asks the question that was open', async () => {
  maria.mutters({ kind: 'text', text: 'obrigada' });
  await world.eventually(async () => (await open(lia)).row.unread > 0, 'her message');
  const token = await tokenOf(lia);
  const { resolutionCodes } = await lia.sees<{ resolutionCodes: { id: string }[] }>('/api/routing');
  const heard = maria.heard().length;
  const code = resolutionCodes[0]?.id;
  await lia.does(path('resolve'), { token, code, resume: true });
  await maria.until(() => maria.heard().length > heard, 'the assistant');
  expect(maria.heard().at(-1)?.text).toContain('nascimento');
  expect(await maria.says('3 de maio de 1984')).not.toContain('nascimento');
  expect((await inbox(lia)).rows).toEqual([]);
  await world.eventually(
    async () => (await inPracticeSystem(world, 'Task', '&status=completed')).length === 1,
    'the Task to be done',
  );
  await world.eventually(
    async () => (await inPracticeSystem(world, 'Communication')).length === 2,
    'the transcript',
  );
});

test('what is written in the moment after the resolution is answered by the assistant', async () => {
  const [code] = (await lia.sees<{ resolutionCodes: { id: string }[] }>('/api/routing')).resolutionCodes;
  for (let round = 0; round < 3; round += 1) {
    await maria.says('pessoa');
    // Nothing is under way any more: what she hears next answers what she says next.
    await world.settled();
    await lia.does(path('take'), {});
    const token = await tokenOf(lia);
    await lia.does(path('resolve'), { token, code: code?.id, resume: false });
    expect(await maria.says('oi')).not.toBe('');
  }
});

test('who read what is written down, and never what it said', async () => {
  const ivo = await world.staff('auditor');
  const { rows } = await ivo.sees<{ rows: { who: string; action: string; target: string | null }[] }>(
    '/api/audit?limit=200',
  );
  const read = rows.filter(({ action, target }) => action === 'ReadConversation' && target !== null);
  expect(new Set(read.map(({ who }) => who))).toEqual(new Set([lia.name, nara.name]));
  expect(JSON.stringify(rows)).not.toMatch(/Maria|dúvida|Ligou/);
  expect((await ivo.asks('GET', `/api/conversations/${conversationId}`)).status).toBe(403);
});
