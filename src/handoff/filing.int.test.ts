import type { Communication, Task } from 'fhir/r4.js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FhirServer, startFhir } from '../../sandbox/fhir/index.ts';
import { type HandoffWorld, handoffWorld, identifierSystem } from '../../test/handoff-world.ts';
import { handoffContext } from './context.ts';
import type { HandoffEvent } from './events.ts';

/** Handoffs in a practice system that speaks real FHIR, in good times and bad. */

let fhir: FhirServer;
let world: HandoffWorld;
let patientId: string;
let serial = 0;

beforeAll(async () => {
  fhir = await startFhir({ port: 0, tenants: ['aurora'] });
  world = await handoffWorld(fhir.base('aurora'));
  const created = await fetch(`${fhir.base('aurora')}/Patient`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Patient', name: [{ text: 'Maria da Silva' }] }),
  });
  patientId = ((await created.json()) as { id: string }).id;
});

afterAll(async () => {
  await world.stop();
  await fhir.stop();
});

beforeEach(() => {
  fhir.faults.clear();
  world.wait(5);
});

async function handedOver(known = true): Promise<string> {
  serial += 1;
  const id = await world.starts(`55119870${10_000 + serial}`);
  const patient = { name: 'Maria da Silva', ...(known ? { pmsPatientId: patientId } : {}) };
  await world.handsOver(id, { patient });
  return id;
}

async function found<T>(type: 'Task' | 'Communication', value: string): Promise<T | undefined> {
  const query = new URLSearchParams({ identifier: `${identifierSystem}|${value}` });
  const bundle = (await (await fetch(`${fhir.base('aurora')}/${type}?${query}`)).json()) as {
    entry?: { resource: T }[];
  };
  expect(bundle.entry?.length ?? 0).toBeLessThanOrEqual(1);
  return bundle.entry?.[0]?.resource;
}

async function factsOf(id: string): Promise<readonly HandoffEvent[]> {
  const stream = `handoff/${id}`;
  const events = await world.db.tx('aurora', async (tx) =>
    (await world.store.load(tx, [stream])).get(stream),
  );
  // The stream's name says whose events these are.
  return (events ?? []) as unknown as readonly HandoffEvent[];
}

async function handoffIdOf(id: string): Promise<string> {
  const opened = (await factsOf(id)).find((fact) => fact.type === 'HandoffOpened');
  if (opened?.type !== 'HandoffOpened') throw new Error('nothing was handed over');
  return opened.data.handoffId;
}

async function resolved(id: string): Promise<void> {
  const { body } = await world.ask('ana', 'POST', `/api/conversations/${id}/take`, {});
  const { token } = body;
  world.wait(1);
  await world.writes(id, 'Meu convênio é Unimed');
  world.wait(1);
  await world.ask('ana', 'POST', `/api/conversations/${id}/reply`, {
    token,
    key: 'key-00000001',
    text: 'Anotado!',
  });
  await world.ask('ana', 'POST', `/api/conversations/${id}/notes`, { key: 'key-00000002', text: 'intern' });
  world.wait(1);
  await world.ask('ana', 'POST', `/api/conversations/${id}/resolve`, { token, code: 'answered' });
}

test('a Task with the context, and a Communication about it, for the patient', async () => {
  const id = await handedOver();
  await world.files();
  const handoffId = await handoffIdOf(id);
  const task = await found<Task>('Task', `handoff-${handoffId}`);
  expect(task).toMatchObject({
    status: 'requested',
    intent: 'order',
    priority: 'routine',
    for: { reference: `Patient/${patientId}` },
    input: [{ type: { text: 'handoff-context/1' } }],
  });
  const context = handoffContext.parse(JSON.parse(task?.input?.[0]?.valueString ?? ''));
  expect(context).toMatchObject({ handoffId, conversationId: id, reason: 'asked' });
  const about = await found<Communication>('Communication', `handoff-${handoffId}-context`);
  expect(about).toMatchObject({
    status: 'completed',
    subject: { reference: `Patient/${patientId}` },
    about: [{ reference: `Task/${task?.id}` }],
  });
  expect(about?.payload?.map(({ contentString }) => contentString)).toEqual(
    expect.arrayContaining(['Handed over: asked', 'Patient: Maria da Silva']),
  );
  expect((await factsOf(id)).at(-1)).toMatchObject({
    type: 'HandoffFiled',
    data: { handoffId, resources: expect.arrayContaining([`Task/${task?.id}`]) },
  });
});

test('resolved, the Task is completed with its code, and what was said is filed', async () => {
  const id = await handedOver();
  await world.files();
  await resolved(id);
  await world.files();
  const handoffId = await handoffIdOf(id);
  const task = await found<Task>('Task', `handoff-${handoffId}`);
  expect(task).toMatchObject({
    status: 'completed',
    businessStatus: { text: 'Question answered', coding: [{ code: 'answered' }] },
  });
  const transcript = await found<Communication>('Communication', `handoff-${handoffId}-transcript`);
  expect(transcript?.about).toEqual([{ reference: `Task/${task?.id}` }]);
  const lines = transcript?.payload?.map(({ contentString }) => contentString) ?? [];
  expect(lines.map((line) => line?.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d /, ''))).toEqual([
    'Patient: Meu convênio é Unimed',
    'Ana Souza: Anotado!',
  ]);
  expect((await factsOf(id)).at(-1)?.type).toBe('HandoffClosedInPractice');
});

test('somebody whom the practice system does not know has a Task that names no patient', async () => {
  const id = await handedOver(false);
  await world.files();
  const task = await found<Task>('Task', `handoff-${await handoffIdOf(id)}`);
  expect(task?.status).toBe('requested');
  expect(task?.for).toBeUndefined();
});

test('withdrawn by the patient, the Task is cancelled', async () => {
  const id = await handedOver();
  await world.withdraws(id);
  await world.files();
  expect(await found<Task>('Task', `handoff-${await handoffIdOf(id)}`)).toMatchObject({
    status: 'cancelled',
  });
});

test('a more urgent reason raises the Task that is there', async () => {
  const id = await handedOver();
  await world.files();
  await world.handsOver(id, { reason: 'red-flag', priority: 'top', patient: { pmsPatientId: patientId } });
  await world.files();
  const task = await found<Task>('Task', `handoff-${await handoffIdOf(id)}`);
  expect(task).toMatchObject({ priority: 'stat', description: expect.stringContaining('red flag') });
  expect(task?.input).toHaveLength(1);
});

test.each(['before', 'after'] as const)(
  'a connection lost %s the work was done files it once',
  async (when) => {
    fhir.faults.add({ kind: 'reset', method: 'POST', type: 'Bundle', when, times: 1 });
    const id = await handedOver();
    await world.files();
    expect((await found<Task>('Task', `handoff-${await handoffIdOf(id)}`))?.status).toBe('requested');
    expect((await factsOf(id)).filter(({ type }) => type === 'HandoffFiled')).toHaveLength(1);
    expect(await found('Communication', `handoff-${await handoffIdOf(id)}-context`)).toBeDefined();
  },
);

test('the answer to the completion is lost, and the transcript still follows once', async () => {
  const id = await handedOver();
  await world.files();
  await resolved(id);
  fhir.faults.add({ kind: 'reset', method: 'PUT', type: 'Task', when: 'after', times: 1 });
  fhir.faults.add({ kind: 'reset', method: 'POST', type: 'Bundle', when: 'after', times: 1 });
  await world.files();
  const handoffId = await handoffIdOf(id);
  expect(await found<Task>('Task', `handoff-${handoffId}`)).toMatchObject({ status: 'completed' });
  expect(await found('Communication', `handoff-${handoffId}-transcript`)).toBeDefined();
  expect((await factsOf(id)).at(-1)?.type).toBe('HandoffClosedInPractice');
});

test('a practice system that is down is asked again until it is back', async () => {
  fhir.faults.add({ kind: 'status', status: 503, times: 4 });
  const id = await handedOver();
  await world.files(2);
  expect((await factsOf(id)).at(-1)?.type).toBe('HandoffOpened');
  await world.files();
  expect((await factsOf(id)).at(-1)?.type).toBe('HandoffFiled');
});

test('one that refuses it for good is told to staff, and not asked for ever', async () => {
  const id = await world.starts('5511987999999');
  // A patient whose record is gone there: nothing can be filed for them.
  await world.handsOver(id, { patient: { pmsPatientId: 'no-such-patient' } });
  await world.files();
  expect((await factsOf(id)).at(-1)?.type).toBe('HandoffNotFiled');
  expect(world.owed.filter(({ queue }) => queue === 'handoffs')).toEqual([]);
  const { body } = await world.ask('ana', 'GET', `/api/conversations/${id}`);
  expect(body.thread.at(-1)).toMatchObject({ kind: 'event', what: 'not-filed' });
});
