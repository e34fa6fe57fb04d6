import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Appointment, Communication, FhirResource, Slot, Task } from 'fhir/r4.js';
import { afterEach, describe, expect, test } from 'vitest';
import { createEgress } from '#platform/egress.ts';
import { type FhirServer, startFhir } from '../../sandbox/fhir/index.ts';
import { longestOpenMs } from './breaker.ts';
import { createPms } from './commands.ts';
import { fullUrlOf } from './fhir/reference.ts';
import type { FiledEntry, IntakeEntry, PmsAccount } from './pms.ts';

const system = 'https://vestibule.example/ids';
const hold = (value: string) => ({ system, value });

/** Milliseconds; long enough for every answer that does come, on a busy machine. Tests that wait it out wait together. */
const deadline = 3_000;

const week = { from: '2026-12-01T00:00:00-05:00', to: '2026-12-08T00:00:00-05:00' };

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function connect(baseUrl: string, more: Partial<PmsAccount> = {}, clock = { now: () => Date.now() }) {
  const account: PmsAccount = {
    practiceId: 'aurora',
    adapter: 'fhir',
    baseUrl,
    authentication: { kind: 'none' },
    identifierSystem: system,
    timeoutMs: 20_000,
    ...more,
  };
  return createPms(
    account,
    createEgress({ timeoutMs: 20_000, maxResponseBytes: 2_000_000, allow: [baseUrl] }),
    clock,
  );
}

function take<T>(outcome: { kind: string; value?: T; code?: string }): T {
  if (outcome.kind !== 'accepted' || outcome.value === undefined)
    throw new Error(`${outcome.kind} ${outcome.code}`);
  return outcome.value;
}

function slot(id: string, start: string, more: Partial<Slot> = {}): Slot {
  const end = Temporal.Instant.from(start).add({ minutes: 30 }).toString();
  const schedule = { reference: 'Schedule/sc1' };
  return { resourceType: 'Slot', id, schedule, status: 'free', start, end, ...more };
}

const knee = { system: 'https://clinic.example/services', code: 'knee' };

const clinic: readonly FhirResource[] = [
  { resourceType: 'Patient', id: 'p1' },
  { resourceType: 'Practitioner', id: 'd1', name: [{ prefix: ['Dr.'], given: ['Lee'], family: 'Kim' }] },
  { resourceType: 'Location', id: 'l1', name: 'Room 2' },
  {
    resourceType: 'Schedule',
    id: 'sc1',
    active: true,
    actor: [{ reference: 'Location/l1' }, { reference: 'Practitioner/d1' }],
  },
  {
    resourceType: 'Schedule',
    id: 'sc2',
    active: true,
    serviceType: [{ coding: [{ ...knee, code: 'hip' }] }],
    actor: [{ reference: 'Location/l1' }],
  },
  { resourceType: 'Schedule', id: 'sc3', active: false, actor: [{ reference: 'Location/l1' }] },
  slot('late', '2026-12-03T10:00:00-05:00'),
  slot('early', '2026-12-01T09:00:00-05:00', { comment: 'ground floor' }),
  slot('busy', '2026-12-01T10:00:00-05:00', { status: 'busy' }),
  slot('past', '2026-11-30T09:00:00-05:00'),
  slot('next-week', '2026-12-08T09:00:00-05:00'),
  slot('elsewhere', '2026-12-02T09:00:00-05:00', { schedule: { reference: 'Schedule/sc2' } }),
];

async function put(server: FhirServer, ...resources: readonly FhirResource[]): Promise<void> {
  for (const resource of resources) {
    const answer = await fetch(`${server.base('aurora')}/${resource.resourceType}/${resource.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(resource),
    });
    expect(answer.status).toBe(201);
  }
}

/** @param atEnd of the test; tests that run together name it, so that none ends another's server */
async function sandbox(
  options: { atomic?: boolean; conditionalCreate?: boolean } = {},
  atEnd: (stop: () => Promise<void>) => void = (stop) => void stops.push(stop),
) {
  const server = await startFhir({ port: 0, tenants: [{ name: 'aurora', ...options }] });
  atEnd(() => server.stop());
  await put(server, ...clinic);
  return server;
}

const visit: Appointment = {
  resourceType: 'Appointment',
  identifier: [hold('apt-1')],
  status: 'booked',
  start: '2026-12-01T14:00:00Z',
  end: '2026-12-01T14:30:00Z',
  slot: [{ reference: 'Slot/early' }],
  participant: [
    { actor: { reference: 'Patient/p1' }, status: 'needs-action' },
    { actor: { reference: 'Practitioner/d1' }, status: 'accepted' },
  ],
};

describe('schedules', () => {
  test('are those in use, named by their clinician', async () => {
    const server = await sandbox();
    const { scheduling } = connect(server.base('aurora'));
    const found = take(await scheduling.findSchedules({}));
    expect(found.toSorted((left, right) => (left.id < right.id ? -1 : 1))).toEqual([
      { id: 'sc1', name: 'Dr. Lee Kim', actors: ['Location/l1', 'Practitioner/d1'] },
      { id: 'sc2', name: 'Room 2', actors: ['Location/l1'] },
    ]);
  });

  test('are remembered for five minutes, each question for itself; that there are none is not', async () => {
    const server = await sandbox();
    let now = 0;
    const { scheduling } = connect(server.base('aurora'), {}, { now: () => now });
    const asked = () => server.ledger.count({ template: '/Schedule/_search' });
    await scheduling.findSchedules({});
    now = 299_999;
    await scheduling.findSchedules({});
    expect(asked()).toBe(1);
    now = 300_000;
    await scheduling.findSchedules({});
    expect(asked()).toBe(2);
    await scheduling.findSchedules({ serviceType: { ...knee, code: 'hip' } });
    expect(asked()).toBe(3);

    const empty = await startFhir({ port: 0, tenants: ['aurora'] });
    stops.push(() => empty.stop());
    const other = connect(empty.base('aurora'), {}, { now: () => now });
    expect(take(await other.scheduling.findSchedules({}))).toEqual([]);
    await put(empty, ...clinic);
    expect(take(await other.scheduling.findSchedules({}))).toHaveLength(2);
  });

  test('of a service that no schedule names are those that name none', async () => {
    const server = await sandbox();
    const { scheduling } = connect(server.base('aurora'));
    expect(take(await scheduling.findSchedules({ serviceType: knee })).map(({ id }) => id)).toEqual(['sc1']);
    const hip = { serviceType: { ...knee, code: 'hip' } };
    expect(take(await scheduling.findSchedules(hip)).map(({ id }) => id)).toEqual(['sc2']);
  });
});

describe('slots', () => {
  test.each(['post', 'get'] as const)('are the free ones of a schedule and a week, by %s', async (search) => {
    const server = await sandbox();
    const { scheduling } = connect(server.base('aurora'), { search });
    const found = take(await scheduling.findSlots({ scheduleId: 'sc1', ...week, count: 5 }));
    expect(found.map(({ id, start, version }) => ({ id, start, version }))).toEqual([
      { id: 'early', start: '2026-12-01T14:00:00.000Z', version: '1' },
      { id: 'late', start: '2026-12-03T15:00:00.000Z', version: '1' },
    ]);
    const one = take(await scheduling.findSlots({ scheduleId: 'sc1', ...week, count: 1 }));
    expect(one.map(({ id }) => id)).toEqual(['early']);
  });

  test('come from as many pages as are needed', async () => {
    const server = await sandbox();
    const start = Temporal.Instant.from('2026-12-04T00:00:00Z');
    const many = Array.from({ length: 105 }, (_, index) =>
      slot(`many-${index}`, start.add({ minutes: 10 * index }).toString()),
    );
    await put(server, ...many);
    const { scheduling } = connect(server.base('aurora'));
    const pages = () =>
      server.ledger.count({ template: '/Slot/_search' }) + server.ledger.count({ template: '/Slot' });
    const query = { scheduleId: 'sc1', from: '2026-12-04T00:00:00Z', to: '2026-12-06T00:00:00Z' };
    expect(take(await scheduling.findSlots({ ...query, count: 3 })).map(({ id }) => id)).toEqual([
      'many-0',
      'many-1',
      'many-2',
    ]);
    expect(pages()).toBe(1);
    expect(take(await scheduling.findSlots({ ...query, count: 103 }))).toHaveLength(103);
    expect(pages()).toBe(3);
  });
});

describe('a slot', () => {
  test('is held, taken and given back; nothing else of it changes', async () => {
    const server = await sandbox();
    const { scheduling } = connect(server.base('aurora'));
    const free = take(await scheduling.readSlot('early'));
    const held = take(await scheduling.setSlot(free, 'busy-tentative', hold('h1')));
    expect(held).toMatchObject({ status: 'busy-tentative', holds: ['h1'], version: '2' });
    const taken = take(await scheduling.setSlot(held, 'busy', hold('h1')));
    expect(taken).toMatchObject({ status: 'busy', holds: ['h1'], version: '3' });
    take(await scheduling.setSlot(taken, 'free', hold('h1')));
    const after = take(await scheduling.readSlot('early'));
    expect(after).toMatchObject({ status: 'free', holds: [], version: '4' });
    const { meta: _, ...now } = after.resource;
    const { meta: __, ...before } = free.resource;
    expect(now).toEqual(before);
  });

  test('that several reach for at once is had by exactly one', async () => {
    const server = await sandbox();
    const parties = Array.from({ length: 8 }, (_, index) => ({
      holdId: `h${index}`,
      scheduling: connect(server.base('aurora')).scheduling,
    }));
    const seen = await Promise.all(
      parties.map(async (party) => ({ ...party, slot: take(await party.scheduling.readSlot('early')) })),
    );
    const outcomes = await Promise.all(
      seen.map(async (party) => ({
        holdId: party.holdId,
        outcome: await party.scheduling.setSlot(party.slot, 'busy-tentative', hold(party.holdId)),
      })),
    );
    const winners = outcomes.filter(({ outcome }) => outcome.kind === 'accepted');
    expect(winners).toHaveLength(1);
    for (const { outcome } of outcomes.filter((one) => !winners.includes(one)))
      expect(outcome).toEqual({ kind: 'rejected', code: 'CONFLICT' });
    const stands = take(await connect(server.base('aurora')).scheduling.readSlot('early'));
    expect(stands.holds).toEqual([winners[0]?.holdId]);
  });

  test.concurrent.for([
    ['after', ['h1']],
    ['before', []],
  ] as const)(
    'whose answer is lost, %s it was set: unknown, and the mark tells',
    async ([when, holds], test) => {
      const server = await sandbox({}, test.onTestFinished);
      const { scheduling } = connect(server.base('aurora'), { timeoutMs: deadline });
      const free = take(await scheduling.readSlot('early'));
      server.faults.add({ kind: 'timeout', method: 'PUT', type: 'Slot', when, times: 1 });
      expect(await scheduling.setSlot(free, 'busy-tentative', hold('h1'))).toEqual({
        kind: 'unknown',
        code: 'TIMEOUT',
      });
      expect(take(await scheduling.readSlot('early')).holds).toEqual(holds);
    },
  );

  const spoilt = [
    { fault: { kind: 'html', status: 200 }, write: 'unknown', read: 'retry', code: 'BAD_RESPONSE' },
    { fault: { kind: 'half-json', when: 'after' }, write: 'unknown', read: 'retry', code: 'BAD_RESPONSE' },
    { fault: { kind: 'html', status: 502 }, write: 'unknown', read: 'retry', code: 'GATEWAY' },
    { fault: { kind: 'reset' }, write: 'unknown', read: 'retry', code: 'CONNECTION_LOST' },
    { fault: { kind: 'throttle', retryAfterSeconds: 3 }, write: 'retry', read: 'retry', code: 'THROTTLED' },
    { fault: { kind: 'status', status: 401 }, write: 'retry', read: 'retry', code: 'UNAUTHORIZED' },
  ] as const;
  test.each(spoilt)('$fault.kind $fault.status: $write to a write, $read to a read', async (row) => {
    const server = await sandbox();
    let movedMs = 0;
    const clock = { now: () => Date.now() + movedMs };
    const { scheduling, capabilities } = connect(server.base('aurora'), {}, clock);
    take(await capabilities());
    const free = take(await scheduling.readSlot('early'));
    const booked = take(
      await scheduling.createAppointment(hold('apt-0'), { ...visit, identifier: [hold('apt-0')] }),
    );
    server.faults.add(row.fault);
    const { code } = row;
    const write = { kind: row.write, code };
    const read = { kind: row.read, code };
    const calls: readonly [() => Promise<unknown>, object][] = [
      [() => scheduling.setSlot(free, 'busy', hold('h1')), write],
      [() => scheduling.createAppointment(hold('apt-1'), visit), write],
      [() => scheduling.updateAppointment(booked, booked.resource), write],
      [() => scheduling.readSlot('early'), read],
      [() => scheduling.findSlots({ scheduleId: 'sc1', ...week, count: 5 }), read],
      [() => scheduling.findSchedules({}), read],
      [() => scheduling.findAppointment(hold('apt-1')), read],
    ];
    for (const [call, expected] of calls) {
      expect(await call()).toMatchObject(expected);
      // Each has its own meeting with the fault: what kept calls away after the one before is over.
      movedMs += longestOpenMs;
    }
  });
});

describe('an appointment', () => {
  test('is booked, found, confirmed and cancelled', async () => {
    const server = await sandbox();
    const { scheduling } = connect(server.base('aurora'));
    expect(await scheduling.findAppointment(hold('apt-1'))).toEqual({ kind: 'accepted', value: undefined });
    const booked = take(await scheduling.createAppointment(hold('apt-1'), visit));
    expect(booked).toMatchObject({ status: 'booked', slotIds: ['early'], patientId: 'p1', version: '1' });
    expect(take(await scheduling.findAppointment(hold('apt-1')))).toEqual(booked);

    const [patient, ...others] = booked.resource.participant;
    if (patient === undefined) throw new Error('the visit above has participants');
    const participant = [{ ...patient, status: 'accepted' as const }, ...others];
    const confirmed = take(await scheduling.updateAppointment(booked, { ...booked.resource, participant }));
    expect(confirmed).toMatchObject({ patientStatus: 'accepted', version: '2' });

    const cancelled = { ...confirmed.resource, status: 'cancelled' as const };
    expect(await scheduling.updateAppointment(booked, cancelled)).toEqual({
      kind: 'rejected',
      code: 'CONFLICT',
    });
    take(await scheduling.updateAppointment(confirmed, cancelled));
    expect(take(await scheduling.readAppointment(booked.id)).status).toBe('cancelled');
  });

  test.concurrent.for([true, false])(
    'whose answer is lost (conditional create: %s): unknown, found, not created twice',
    async (conditionalCreate, { onTestFinished }) => {
      const server = await sandbox({ conditionalCreate }, onTestFinished);
      const { scheduling, capabilities } = connect(server.base('aurora'), { timeoutMs: deadline });
      take(await capabilities());
      server.faults.add({
        kind: 'timeout',
        method: 'POST',
        template: '/Appointment',
        when: 'after',
        times: 1,
      });
      expect(await scheduling.createAppointment(hold('apt-1'), visit)).toEqual({
        kind: 'unknown',
        code: 'TIMEOUT',
      });
      expect(take(await scheduling.findAppointment(hold('apt-1')))).toMatchObject({ status: 'booked' });
      expect(server.ledger.count({ method: 'POST', template: '/Appointment' })).toBe(1);
    },
  );

  test.concurrent('whose request is lost: unknown, not found, so it may be created', async (test) => {
    const server = await sandbox({}, test.onTestFinished);
    const { scheduling, capabilities } = connect(server.base('aurora'), { timeoutMs: deadline });
    take(await capabilities());
    server.faults.add({ kind: 'timeout', method: 'POST', template: '/Appointment', times: 1 });
    expect((await scheduling.createAppointment(hold('apt-1'), visit)).kind).toBe('unknown');
    expect(await scheduling.findAppointment(hold('apt-1'))).toEqual({ kind: 'accepted', value: undefined });
    take(await scheduling.createAppointment(hold('apt-1'), visit));
  });

  test('sent twice is one where the create takes a condition, and noticed as several where not', async () => {
    for (const [conditionalCreate, expected] of [
      [true, 'accepted'],
      [false, 'rejected'],
    ] as const) {
      const server = await sandbox({ conditionalCreate });
      const { scheduling } = connect(server.base('aurora'));
      const first = take(await scheduling.createAppointment(hold('apt-1'), visit));
      const second = take(await scheduling.createAppointment(hold('apt-1'), visit));
      expect(second.id === first.id).toBe(conditionalCreate);
      expect((await scheduling.findAppointment(hold('apt-1'))).kind).toBe(expected);
    }
  });
});

describe('work for staff', () => {
  const taskId = hold('han-1:task');
  const messageId = hold('han-1:communication');

  /** A message about a task: the reference goes from the one to the other. */
  function entriesOf(patientId: string | undefined): IntakeEntry[] {
    const patient = patientId === undefined ? undefined : { reference: `Patient/${patientId}` };
    const message: Communication = {
      resourceType: 'Communication',
      identifier: [messageId],
      status: 'completed',
      about: [{ reference: fullUrlOf(taskId) }],
      payload: [{ contentString: 'wants to speak with a person' }],
      ...(patient && { subject: patient }),
    };
    const task: Task = {
      resourceType: 'Task',
      identifier: [taskId],
      status: 'requested',
      intent: 'order',
      ...(patient && { for: patient }),
    };
    return [
      { identifier: messageId, resource: message },
      { identifier: taskId, resource: task },
    ];
  }

  const keys = [
    { resourceType: 'Communication', identifier: messageId },
    { resourceType: 'Task', identifier: taskId },
  ];

  async function aboutOf(server: FhirServer, filed: readonly FiledEntry[]): Promise<unknown> {
    const message = filed.find((entry) => entry.resourceType === 'Communication');
    const answer = await fetch(`${server.base('aurora')}/Communication/${message?.id}`);
    const body = (await answer.json()) as Communication; // the sandbox's own, which it has validated
    return body.about?.[0]?.reference;
  }

  test.each([undefined, 'p1'])('is filed in one transaction, for the patient %s', async (patientId) => {
    const server = await sandbox();
    const { handoffs, readBack } = connect(server.base('aurora'));
    const { filed, unfiled } = take(await handoffs.file({ patientId, entries: entriesOf(patientId) }));
    expect(unfiled).toEqual([]);
    expect(filed.map(({ resourceType }) => resourceType)).toEqual(['Communication', 'Task']);
    expect(take(await readBack(filed)).failed).toEqual([]);
    expect(await aboutOf(server, filed)).toBe(`Task/${filed[1]?.id}`);
    expect(server.ledger.count({ template: '/' })).toBe(1);
  });

  test('is filed one by one where there are no transactions, what is referred to first', async () => {
    const server = await sandbox();
    server.faults.add({ kind: 'status', status: 403, type: 'metadata' });
    const { handoffs } = connect(server.base('aurora'));
    const [message, task] = entriesOf(undefined);
    if (message === undefined || task === undefined) throw new Error('two entries');
    const first = take(await handoffs.file({ entries: [message, task] }));
    expect(first.filed.map(({ resourceType }) => resourceType)).toEqual(['Task']);
    expect(first.unfiled).toEqual([
      { resourceType: 'Communication', identifier: messageId, kind: 'retry', code: 'NOT_SENT' },
    ]);
    expect(await handoffs.file({ entries: [message] })).toEqual({
      kind: 'rejected',
      code: 'REFERENCE_UNRESOLVED',
    });
    const second = take(await handoffs.file({ entries: [message], filed: first.filed }));
    expect(second.unfiled).toEqual([]);
    expect(await aboutOf(server, second.filed)).toBe(`Task/${first.filed[0]?.id}`);
    expect(server.ledger.count({ template: '/' })).toBe(0);
  });

  test('whose answer is lost is looked up, and found', async () => {
    const server = await sandbox({ conditionalCreate: false });
    const { handoffs } = connect(server.base('aurora'));
    expect(take(await handoffs.findFiled(keys)).missing).toEqual(keys);
    server.faults.add({ kind: 'reset', method: 'POST', type: 'Bundle', when: 'after', times: 1 });
    expect((await handoffs.file({ entries: entriesOf(undefined) })).kind).toBe('unknown');
    expect(take(await handoffs.findFiled(keys)).missing).toEqual([]);
  });

  test('is completed over the version that was read', async () => {
    const server = await sandbox();
    const { handoffs, scheduling } = connect(server.base('aurora'));
    const { filed } = take(await handoffs.file({ entries: entriesOf(undefined) }));
    const task = take(await scheduling.readTask(filed[1]?.id ?? ''));
    const done = { ...task.resource, status: 'completed' as const };
    expect(take(await scheduling.updateTask(task, done))).toMatchObject({
      status: 'completed',
      version: '2',
    });
    expect(await scheduling.updateTask(task, done)).toEqual({ kind: 'rejected', code: 'CONFLICT' });
  });
});

describe('a system that searches in its own way', () => {
  type Answer = { readonly status?: number; readonly body?: unknown };

  /** Answers each search by its query, in the order of arrival seen in `asked`. */
  async function scripted(answer: (query: URLSearchParams) => Answer) {
    const asked: URLSearchParams[] = [];
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const query = new URL(request.url ?? '', 'http://pms').searchParams;
      asked.push(query);
      const { status = 200, body = '' } = answer(query);
      response.writeHead(status, { 'content-type': 'application/fhir+json' });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    const { port } = server.address() as AddressInfo; // TCP, so not a pipe's name
    const { scheduling } = connect(`http://127.0.0.1:${port}/fhir`, { search: 'get' });
    return { scheduling, asked };
  }

  const pageOf = (resources: readonly FhirResource[], next?: string): Answer => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: resources.map((resource) => ({ resource })),
      link: next === undefined ? [] : [{ relation: 'next', url: next }],
    },
  });

  const query = { scheduleId: 'sc1', ...week, count: 2 };
  const at = (id: string, day: number, more: Partial<Slot> = {}) =>
    slot(id, `2026-12-0${day}T14:00:00Z`, more);

  test('one that neither filters nor sorts: the earliest are found, on whatever page', async () => {
    const pages: Record<string, Answer> = {
      '1': pageOf([at('d', 5), at('c', 3), at('x', 1, { status: 'busy' }), at('c', 3)], 'Slot?page=2'),
      '2': pageOf([at('a', 1), at('y', 9), at('b', 2)]),
    };
    const { scheduling, asked } = await scripted((sent) => pages[sent.get('page') ?? '1'] ?? { status: 410 });
    expect(take(await scheduling.findSlots(query)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(asked).toHaveLength(2);
  });

  test('one that refuses what it does not know is asked plainly, and from then on', async () => {
    const { scheduling, asked } = await scripted((sent) =>
      sent.has('_sort') || sent.has('_include') ? { status: 400 } : pageOf([at('b', 2), at('a', 1)]),
    );
    expect(take(await scheduling.findSlots(query)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(take(await scheduling.findSlots(query)).map(({ id }) => id)).toEqual(['a', 'b']);
    expect(asked.map((sent) => sent.has('_sort'))).toEqual([true, false, false]);
    expect(take(await scheduling.findSchedules({}))).toEqual([]);
  });

  test('one that refuses the search itself is not asked plainly for ever', async () => {
    const { scheduling, asked } = await scripted(() => ({ status: 400 }));
    expect(await scheduling.findSlots(query)).toEqual({ kind: 'rejected', code: 'INVALID' });
    expect(asked).toHaveLength(2);
  });

  test('one whose pages never end is left after ten', async () => {
    let pages = 0;
    const { scheduling, asked } = await scripted(() => {
      pages += 1;
      return pageOf([at(`x${pages}`, 9)], `Slot?page=${pages}`);
    });
    expect(take(await scheduling.findSlots(query))).toEqual([]);
    expect(asked).toHaveLength(10);
  });

  test.each(['https://evil.example/fhir/Slot', '//evil.example/fhir/Slot', '/other/Slot', '../Slot'])(
    'one whose next page is %s is not followed',
    async (next) => {
      const { scheduling, asked } = await scripted(() => pageOf([at('a', 1)], next));
      expect(take(await scheduling.findSlots(query)).map(({ id }) => id)).toEqual(['a']);
      expect(asked).toHaveLength(1);
    },
  );

  test.each([
    [1, { kind: 'accepted' }],
    [9, { kind: 'retry', code: 'SEARCH_INCOMPLETE' }],
  ])('one that forgets its pages: what was found on day %i', async (day, expected) => {
    const { scheduling } = await scripted((sent) =>
      sent.has('page') ? { status: 410 } : pageOf([at('a', day)], 'Slot?page=2'),
    );
    expect(await scheduling.findSlots(query)).toMatchObject(expected);
  });

  test('one that is down at the second page is asked again from the first', async () => {
    const { scheduling } = await scripted((sent) =>
      sent.has('page') ? { status: 503 } : pageOf([at('a', 1)], 'Slot?page=2'),
    );
    expect(await scheduling.findSlots(query)).toMatchObject({ kind: 'retry' });
  });
});

test('what may be done to slots is what the practice says, else everything', () => {
  expect(connect('https://pms.example/fhir').scheduling.slots).toBe('hold');
  expect(connect('https://pms.example/fhir', { slots: 'read' }).scheduling.slots).toBe('read');
});
