import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Coverage, Patient } from 'fhir/r4.js';
import { afterEach, describe, expect, test } from 'vitest';
import { createEgress } from '#platform/egress.ts';
import { type FhirServer, startFhir } from '../../sandbox/fhir/index.ts';
import { longestOpenMs } from './breaker.ts';
import { createPms } from './commands.ts';
import type { IntakeEntry, PmsAccount } from './pms.ts';

const system = 'https://vestibule.example/ids';
const ours = { system, value: 'pat-1' };

const intake = JSON.parse(readFileSync(new URL('./fhir/testdata/intake.json', import.meta.url), 'utf8')) as {
  patient: Patient;
  entries: IntakeEntry[];
}; // our own file; the render test validates it

/** Milliseconds; long enough for every answer that does come, on a busy machine. Tests that wait it out wait together. */
const deadline = 3_000;

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

/** The intake's entries for the patient whom the system knows by this id. */
function entriesOf(patientId: string): IntakeEntry[] {
  const text = JSON.stringify(intake.entries).replaceAll('Patient/p1', `Patient/${patientId}`);
  return JSON.parse(text) as IntakeEntry[]; // as typed before
}

function take<T>(outcome: { kind: string; value?: T; code?: string }): T {
  if (outcome.kind !== 'accepted' || outcome.value === undefined)
    throw new Error(`${outcome.kind} ${outcome.code}`);
  return outcome.value;
}

describe('against the practice system of the sandbox', () => {
  /** @param atEnd of the test; tests that run together name it, so that none ends another's server */
  async function sandbox(
    options: { atomic?: boolean; conditionalCreate?: boolean } = {},
    atEnd: (stop: () => Promise<void>) => void = (stop) => void stops.push(stop),
  ): Promise<FhirServer> {
    const server = await startFhir({ port: 0, tenants: [{ name: 'aurora', ...options }] });
    atEnd(() => server.stop());
    return server;
  }

  const register = { identifier: ours, patient: intake.patient };

  test('a patient is registered, found again, and the intake filed and read back', async () => {
    const server = await sandbox();
    const pms = connect(server.base('aurora'));
    expect(await pms.findPatientByIdentifier(ours)).toEqual({ kind: 'accepted', value: undefined });

    const { patientId, created } = take(await pms.registerPatient(register));
    expect(created).toBe(true);
    expect(take(await pms.findPatientByIdentifier(ours))).toMatchObject({
      id: patientId,
      birthDate: '1984-05-03',
    });

    const report = take(await pms.fileIntake({ patientId, entries: entriesOf(patientId) }));
    expect(report.unfiled).toEqual([]);
    expect(report.filed.map((entry) => entry.resourceType)).toEqual([
      'Coverage',
      'QuestionnaireResponse',
      'Consent',
    ]);
    expect(take(await pms.readBack(report.filed))).toEqual({ confirmed: report.filed, failed: [] });
    expect(take(await pms.findFiled(report.filed))).toEqual({ filed: report.filed, missing: [] });
  });

  test('candidates are found by name and birth date, by POST and by GET', async () => {
    const server = await sandbox();
    const { patientId } = take(await connect(server.base('aurora')).registerPatient(register));
    const query = { text: 'Ana Beispiel', given: ['Ana'], family: 'Beispiel', birthDate: '1984-05-03' };
    for (const search of ['post', 'get'] as const) {
      const pms = connect(server.base('aurora'), { search });
      const { patients } = take(await pms.findPatientsByNameAndBirthDate(query));
      expect(patients.map((patient) => patient.id)).toEqual([patientId]);
      const others = take(await pms.findPatientsByNameAndBirthDate({ ...query, birthDate: '1984-05-04' }));
      expect(others.patients).toEqual([]);
      const { family: _, ...byText } = query;
      expect(take(await pms.findPatientsByNameAndBirthDate(byText)).patients).toHaveLength(1);
    }
  });

  test('registering twice gives the same patient where the create takes a condition', async () => {
    const server = await sandbox();
    const pms = connect(server.base('aurora'));
    const first = take(await pms.registerPatient(register));
    const second = take(await pms.registerPatient(register));
    expect(second).toEqual({ patientId: first.patientId, created: false });
  });

  test.concurrent.for([true, false])(
    'a time-out after the patient was stored (conditional create: %s): unknown, found, not created twice',
    async (conditionalCreate, { onTestFinished }) => {
      const server = await sandbox({ conditionalCreate }, onTestFinished);
      const pms = connect(server.base('aurora'), { timeoutMs: deadline });
      take(await pms.capabilities());
      server.faults.add({ kind: 'timeout', method: 'POST', type: 'Patient', when: 'after', times: 1 });
      expect(await pms.registerPatient(register)).toEqual({ kind: 'unknown', code: 'TIMEOUT' });
      server.faults.clear();
      const patient = take(await pms.findPatientByIdentifier(ours));
      expect(patient?.birthDate).toBe('1984-05-03');
      expect(server.ledger.count({ method: 'POST', template: '/Patient' })).toBe(1);
    },
  );

  test.concurrent('a time-out before the patient was stored: unknown, not found, so it may be created', async ({
    onTestFinished,
  }) => {
    const server = await sandbox({}, onTestFinished);
    const pms = connect(server.base('aurora'), { timeoutMs: deadline });
    take(await pms.capabilities());
    server.faults.add({ kind: 'timeout', method: 'POST', type: 'Patient', times: 1 });
    expect(await pms.registerPatient(register)).toEqual({ kind: 'unknown', code: 'TIMEOUT' });
    server.faults.clear();
    expect(await pms.findPatientByIdentifier(ours)).toEqual({ kind: 'accepted', value: undefined });
    expect(take(await pms.registerPatient(register)).created).toBe(true);
  });

  const spoilt = [
    { fault: { kind: 'html', status: 200 }, write: 'unknown', read: 'retry', code: 'BAD_RESPONSE' },
    { fault: { kind: 'html', status: 502 }, write: 'unknown', read: 'retry', code: 'GATEWAY' },
    { fault: { kind: 'reset' }, write: 'unknown', read: 'retry', code: 'CONNECTION_LOST' },
    { fault: { kind: 'status', status: 500 }, write: 'unknown', read: 'retry', code: 'SERVER_ERROR' },
    { fault: { kind: 'throttle', retryAfterSeconds: 3 }, write: 'retry', read: 'retry', code: 'THROTTLED' },
    {
      fault: { kind: 'unavailable', retryAfterSeconds: 3 },
      write: 'retry',
      read: 'retry',
      code: 'UNAVAILABLE',
    },
  ] as const;
  test.each(spoilt)(
    '$fault.kind $fault.status: $write to a write, $read to a read',
    async ({ fault, write, read, code }) => {
      const server = await sandbox();
      let movedMs = 0;
      const pms = connect(server.base('aurora'), {}, { now: () => Date.now() + movedMs });
      take(await pms.capabilities());
      server.faults.add(fault);
      expect(await pms.registerPatient(register)).toMatchObject({ kind: write, code });
      // Not to be kept away from the fault by what the first call learned of it.
      movedMs = longestOpenMs;
      expect(await pms.findPatientByIdentifier(ours)).toMatchObject({ kind: read, code });
    },
  );

  test('half an answer to a search is asked for again, never taken for "not there"', async () => {
    const server = await sandbox();
    const pms = connect(server.base('aurora'));
    take(await pms.registerPatient(register));
    server.faults.add({ kind: 'half-json', type: 'Patient', when: 'after', times: 1 });
    expect(await pms.findPatientByIdentifier(ours)).toEqual({ kind: 'retry', code: 'BAD_RESPONSE' });
    expect(take(await pms.findPatientByIdentifier(ours))).toBeDefined();
  });

  test('a lost answer to an intake: what is filed is found, and filing goes on with the rest only', async () => {
    const server = await sandbox({ conditionalCreate: false });
    const pms = connect(server.base('aurora'));
    const { patientId } = take(await pms.registerPatient(register));
    const entries = entriesOf(patientId);
    server.faults.add({ kind: 'reset', method: 'POST', type: 'Bundle', when: 'after', times: 1 });
    expect((await pms.fileIntake({ patientId, entries })).kind).toBe('unknown');
    const keys = entries.map(({ identifier, resource }) => ({
      identifier,
      resourceType: resource.resourceType,
    }));
    const lookUp = take(await pms.findFiled(keys));
    expect(lookUp.missing).toEqual([]);
    expect(lookUp.filed).toHaveLength(3);
  });

  test('a system that is not atomic: what was refused is reported, and sent again alone', async () => {
    const server = await sandbox({ atomic: false, conditionalCreate: false });
    const pms = connect(server.base('aurora'));
    const { patientId } = take(await pms.registerPatient(register));
    const good = entriesOf(patientId);
    const [coverage, response, consent] = good;
    if (coverage === undefined || response === undefined || consent === undefined)
      throw new Error('intake.json');
    const { payor: _, ...resource } = coverage.resource as Coverage; // the first entry of intake.json
    const broken = { identifier: coverage.identifier, resource: resource as Coverage }; // wrong on purpose: payor is required

    const first = take(await pms.fileIntake({ patientId, entries: [broken, response, consent] }));
    expect(first.filed.map((entry) => entry.resourceType)).toEqual(['QuestionnaireResponse', 'Consent']);
    expect(first.unfiled).toMatchObject([
      { resourceType: 'Coverage', kind: 'rejected', identifier: coverage.identifier },
    ]);

    const second = take(await pms.fileIntake({ patientId, entries: [coverage] }));
    expect(second).toMatchObject({ filed: [{ resourceType: 'Coverage' }], unfiled: [] });
    expect(take(await pms.findFiled([...first.filed, ...second.filed])).filed).toHaveLength(3);
  });

  test('an atomic system files all or nothing', async () => {
    const server = await sandbox();
    const pms = connect(server.base('aurora'));
    const { patientId } = take(await pms.registerPatient(register));
    const [coverage, ...rest] = entriesOf(patientId);
    if (coverage === undefined) throw new Error('intake.json');
    const { payor: _, ...resource } = coverage.resource as Coverage; // the first entry of intake.json
    const broken = { identifier: coverage.identifier, resource: resource as Coverage }; // wrong on purpose: payor is required
    expect((await pms.fileIntake({ patientId, entries: [broken, ...rest] })).kind).toBe('rejected');
    const keys = rest.map(({ identifier, resource: one }) => ({
      identifier,
      resourceType: one.resourceType,
    }));
    expect(take(await pms.findFiled(keys)).filed).toEqual([]);
  });
});

describe('against a system that answers as it is told', () => {
  type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
  type Seen = { method: string; path: string; headers: IncomingMessage['headers']; body: string };

  /** Answers each request by `script`, keyed by method and path; `metadata` unless told is a plain R4 server. */
  async function scripted(script: Record<string, Answer | ((seen: Seen) => Answer)>) {
    const seen: Seen[] = [];
    const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const path = (request.url ?? '').replace(/^\/fhir\/?/, '');
      const one = { method: request.method ?? '', path, headers: request.headers, body };
      seen.push(one);
      const found = script[`${one.method} ${path}`] ?? { status: 404 };
      const answer = typeof found === 'function' ? found(one) : found;
      response.writeHead(answer.status ?? 200, {
        'content-type': 'application/fhir+json',
        ...answer.headers,
      });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? ''));
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
    const calls = () => seen.map((one) => `${one.method} ${one.path}`);
    return { base: `http://127.0.0.1:${port}/fhir`, seen, calls };
  }

  const metadata = (fhirVersion: string, transaction: boolean, conditionalCreate: boolean): Answer => ({
    body: {
      resourceType: 'CapabilityStatement',
      fhirVersion,
      rest: [
        {
          mode: 'server',
          interaction: transaction ? [{ code: 'transaction' }] : [],
          resource: [{ type: 'Patient', conditionalCreate }],
        },
      ],
    },
  });

  const bundle = (...resources: unknown[]): Answer => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) },
  });

  const chart = (id: string, more: object = {}) => ({
    resourceType: 'Patient',
    id,
    identifier: [ours],
    ...more,
  });
  const mergedInto = (id: string) => ({
    active: false,
    link: [{ type: 'replaced-by', other: { reference: `Patient/${id}` } }],
  });
  const created: Answer = { status: 201, headers: { location: 'Patient/p1/_history/1' } };

  test('the condition is sent only where the system declares it, and the token always', async () => {
    for (const [conditional, expected] of [
      [true, 'identifier=https%3A%2F%2Fvestibule.example%2Fids%7Cpat-1'],
      [false, undefined],
    ] as const) {
      const { base, seen } = await scripted({
        'GET metadata': metadata('4.0.1', true, conditional),
        'POST Patient': created,
      });
      const pms = connect(base, { authentication: { kind: 'bearer', token: 't0ken' } });
      take(await pms.registerPatient({ identifier: ours, patient: intake.patient }));
      expect(seen.at(-1)?.headers['if-none-exist']).toBe(expected);
      expect(seen.map((one) => one.headers.authorization)).toEqual(['Bearer t0ken', 'Bearer t0ken']);
    }
  });

  test('capabilities are remembered for an hour', async () => {
    const { base, calls } = await scripted({ 'GET metadata': metadata('4.0.1', true, true) });
    let now = 0;
    const pms = connect(base, {}, { now: () => now });
    await pms.capabilities();
    now = 3_599_999;
    await pms.capabilities();
    expect(calls()).toHaveLength(1);
    now = 3_600_000;
    await pms.capabilities();
    expect(calls()).toHaveLength(2);
  });

  test('a system that keeps its capabilities to itself is written to in the plainest way', async () => {
    const { base, seen, calls } = await scripted({
      'GET metadata': { status: 403 },
      'POST Patient': created,
    });
    take(await connect(base).registerPatient({ identifier: ours, patient: intake.patient }));
    expect(calls()).toEqual(['GET metadata', 'POST Patient']);
    expect(seen.at(-1)?.headers['if-none-exist']).toBeUndefined();
  });

  test.each([
    [
      'of another FHIR version',
      metadata('5.0.0', true, true),
      { kind: 'rejected', code: 'FHIR_VERSION_UNSUPPORTED' },
    ],
    ['that is down', { status: 502 }, { kind: 'retry', code: 'GATEWAY' }],
  ])('a system %s is not written to', async (_name, answer, expected) => {
    const { base, calls } = await scripted({ 'GET metadata': answer, 'POST Patient': created });
    expect(await connect(base).registerPatient({ identifier: ours, patient: intake.patient })).toEqual(
      expected,
    );
    expect(calls()).toEqual(['GET metadata']);
  });

  test('without transactions, each call files one entry and says what is left', async () => {
    let ids = 0;
    const one = (seen: Seen): Answer => {
      ids += 1;
      return { status: 201, headers: { location: `${seen.path}/x${ids}` } };
    };
    const { base, calls } = await scripted({
      'GET metadata': metadata('4.0.1', false, false),
      'POST Coverage': one,
      'POST QuestionnaireResponse': one,
      'POST Consent': one,
    });
    const pms = connect(base);
    let left = entriesOf('p1');
    const filed: string[] = [];
    while (left.length > 0) {
      const before = calls().filter((call) => call.startsWith('POST')).length;
      const report = take(await pms.fileIntake({ patientId: 'p1', entries: left }));
      expect(calls().filter((call) => call.startsWith('POST'))).toHaveLength(before + 1);
      filed.push(...report.filed.map((entry) => `${entry.resourceType}/${entry.id}`));
      left = left.filter((entry) =>
        report.unfiled.some((open) => open.identifier.value === entry.identifier.value),
      );
    }
    expect(filed).toEqual(['Coverage/x1', 'QuestionnaireResponse/x2', 'Consent/x3']);
  });

  test('a merged patient is followed to the record in use', async () => {
    const { base } = await scripted({
      'POST Patient/_search': bundle(chart('p1', mergedInto('p2'))),
      'GET Patient/p2': { body: chart('p2', mergedInto('p3')) },
      'GET Patient/p3': { body: chart('p3') },
    });
    expect(take(await connect(base).findPatientByIdentifier(ours))).toMatchObject({
      id: 'p3',
      active: true,
    });
  });

  test('two records with our identifier, one merged into the other, are one patient', async () => {
    const { base } = await scripted({
      'POST Patient/_search': bundle(chart('p1', mergedInto('p2')), chart('p2')),
      'GET Patient/p2': { body: chart('p2') },
    });
    expect(take(await connect(base).findPatientByIdentifier(ours))).toMatchObject({ id: 'p2' });
  });

  test('two that are not merged need a person', async () => {
    const { base } = await scripted({ 'POST Patient/_search': bundle(chart('p1'), chart('p2')) });
    expect(await connect(base).findPatientByIdentifier(ours)).toEqual({
      kind: 'rejected',
      code: 'SEVERAL_PATIENTS',
    });
  });

  test('merges in a circle end', async () => {
    const { base, calls } = await scripted({
      'POST Patient/_search': bundle(chart('p1', mergedInto('p2'))),
      'GET Patient/p1': { body: chart('p1', mergedInto('p2')) },
      'GET Patient/p2': { body: chart('p2', mergedInto('p1')) },
    });
    expect(await connect(base).findPatientByIdentifier(ours)).toEqual({
      kind: 'rejected',
      code: 'MERGED_TOO_OFTEN',
    });
    expect(calls().length).toBeLessThan(10);
  });

  test('pages of candidates are read one by one, and never from elsewhere', async () => {
    const query = { text: 'Ana Beispiel', given: ['Ana'], family: 'Beispiel', birthDate: '1984-05-03' };
    const paged = (id: string, next: string): Answer => ({
      body: {
        resourceType: 'Bundle',
        entry: [{ resource: chart(id, { birthDate: '1984-05-03' }) }],
        link: [{ relation: 'next', url: next }],
      },
    });
    const { base, calls } = await scripted({
      'POST Patient/_search': (seen) => paged('p1', `http://${seen.headers.host}/fhir?_getpages=abc`),
      'GET ?_getpages=abc': paged('p2', 'http://127.0.0.2/fhir?_getpages=abc'),
    });
    const pms = connect(base);
    const first = take(await pms.findPatientsByNameAndBirthDate(query));
    if (first.next === undefined) throw new Error('expected a next page');
    const second = take(await pms.findPatientsByNameAndBirthDate({ ...query, page: first.next }));
    expect(second).toMatchObject({ patients: [{ id: 'p2' }], incomplete: true });
    expect(second.next).toBeUndefined();
    expect(calls()).toEqual(['POST Patient/_search', 'GET ?_getpages=abc']);
  });

  test('what is read back and differs is told apart from what is there', async () => {
    const entry = (id: string) => ({ resourceType: 'Consent', identifier: { system, value: id }, id });
    const stored = (id: string, value: string) => ({
      body: { resourceType: 'Consent', id, identifier: [{ system, value }] },
    });
    const { base } = await scripted({
      'GET Consent/c1': stored('c1', 'c1'),
      'GET Consent/c2': stored('c2', 'other'),
      'GET Consent/c3': { status: 404 },
    });
    expect(take(await connect(base).readBack([entry('c1'), entry('c2'), entry('c3')]))).toEqual({
      confirmed: [entry('c1')],
      failed: [
        { entry: entry('c2'), code: 'READ_MISMATCH' },
        { entry: entry('c3'), code: 'NOT_FOUND' },
      ],
    });
  });

  test('reading back waits for a system that is down', async () => {
    const { base } = await scripted({ 'GET Consent/c1': { status: 503 } });
    const entry = { resourceType: 'Consent', identifier: { system, value: 'c1' }, id: 'c1' };
    expect(await connect(base).readBack([entry])).toEqual({ kind: 'retry', code: 'UNAVAILABLE' });
  });

  test("another patient's entry never leaves", async () => {
    const { base, calls } = await scripted({ 'GET metadata': metadata('4.0.1', true, true) });
    const outcome = await connect(base).fileIntake({ patientId: 'p2', entries: entriesOf('p1') });
    expect(outcome).toEqual({ kind: 'rejected', code: 'OTHER_PATIENT' });
    expect(calls()).toEqual(['GET metadata']);
  });
});

test.each(['pms.example/fhir', 'ftp://pms.example', 'https://pms.example/fhir?tenant=1'])(
  'a base that is none (%s) is found at start, and not repeated in the error',
  (baseUrl) => {
    const egress = createEgress({ timeoutMs: 1, maxResponseBytes: 1, allow: [] });
    const account = {
      practiceId: 'a',
      adapter: 'fhir',
      baseUrl,
      identifierSystem: system,
      timeoutMs: 1,
    } as const;
    expect(() => createPms({ ...account, authentication: { kind: 'none' } }, egress)).toThrow(
      /^pms\.baseUrl: expected/,
    );
  },
);
