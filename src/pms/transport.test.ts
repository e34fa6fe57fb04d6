import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Outcome } from '#kernel/outcome.ts';
import { createEgress } from '#platform/egress.ts';
import { type FaultInput, type FhirServer, startFhir } from '../../sandbox/fhir/index.ts';
import { firstOpenMs, troublesThatOpen } from './breaker.ts';
import { createPms, type Pms, type PmsOptions } from './commands.ts';

/** Milliseconds; long enough for every answer that does come, on a busy machine. */
const deadline = 1_500;

let server: FhirServer;
/** The clock, moved by hand. */
let now: number;
let news: string[];

beforeEach(async () => {
  server = await startFhir({ port: 0, tenants: [{ name: 'aurora' }, { name: 'boreal' }] });
  now = Date.parse('2026-11-22T10:00:00.000Z');
  news = [];
});

afterEach(() => server.stop());

function connect(tenant: string, more: PmsOptions & { timeoutMs?: number } = {}): Pms {
  const baseUrl = server.base(tenant);
  const { timeoutMs = deadline, ...options } = more;
  return createPms(
    {
      practiceId: tenant,
      adapter: 'fhir',
      baseUrl,
      authentication: { kind: 'none' },
      identifierSystem: 'https://vestibule.example/ids',
      timeoutMs,
    },
    createEgress({ timeoutMs: 20_000, maxResponseBytes: 2_000_000, allow: [baseUrl] }),
    { now: () => now },
    { onChange: (what) => void news.push(what), ...options },
  );
}

const ask = (pms: Pms) =>
  pms.findPatientByIdentifier({ system: 'https://vestibule.example/ids', value: 'nobody' });
const times = <T>(count: number, work: () => T): T[] => Array.from({ length: count }, work);
const asked = () => server.ledger.count({ method: 'POST', template: '/Patient/_search' });
const codeOf = (outcome: Outcome<unknown>) => (outcome.kind === 'accepted' ? 'ok' : outcome.code);

const troubles: readonly [string, FaultInput][] = [
  ['does not answer', { kind: 'timeout' }],
  ['does it, and does not answer', { kind: 'timeout', when: 'after' }],
  ['resets the connection', { kind: 'reset' }],
  ['says 503', { kind: 'unavailable' }],
  ['says 429', { kind: 'throttle' }],
  ['says 500', { kind: 'status', status: 500 }],
  ['shows a page instead', { kind: 'html', status: 200 }],
  ['is gone behind its proxy', { kind: 'html', status: 502 }],
  ['gives half an answer', { kind: 'half-json' }],
];

test.each(troubles)('a system that %s is left in peace, then asked by one call alone', async (_, fault) => {
  const pms = connect('aurora');
  server.faults.add({ ...fault, tenant: 'aurora' });
  const first = await Promise.all(times(troublesThatOpen, () => ask(pms)));
  expect(first.map(({ kind }) => kind)).toEqual(times(troublesThatOpen, () => 'retry'));
  const before = asked();
  const refused = await Promise.all(times(10, () => ask(pms)));
  expect(new Set(refused.map(codeOf))).toEqual(new Set(['SYSTEM_AWAY']));
  for (const outcome of refused) {
    if (outcome.kind !== 'retry') throw new Error('nothing was sent, so it may be tried again');
    expect(outcome.afterMs).toBeGreaterThanOrEqual(firstOpenMs);
  }
  expect(asked()).toBe(before);
  now += firstOpenMs;
  await Promise.all(times(10, () => ask(pms)));
  expect(asked()).toBe(before + 1);
  server.faults.clear();
  now += 60_000;
  expect(codeOf(await ask(pms))).toBe('ok');
  expect((await Promise.all(times(10, () => ask(pms)))).map(codeOf)).toEqual(times(10, () => 'ok'));
  expect(news).toEqual(['opened', 'closed']);
});

test('a system that cannot be reached is left in peace as well', async () => {
  const pms = connect('aurora');
  await server.stop();
  const outcomes = [];
  for (let call = 0; call < 7; call += 1) outcomes.push(codeOf(await ask(pms)));
  const lost = times(troublesThatOpen, () => 'CONNECTION_REFUSED');
  expect(outcomes).toEqual([...lost, 'SYSTEM_AWAY', 'SYSTEM_AWAY']);
});

test.each([
  ['429', { kind: 'throttle', retryAfterSeconds: 120 }],
  ['503', { kind: 'unavailable', retryAfterSeconds: 120 }],
] as const)('the time that a %s names is kept to, by every call', async (_, fault) => {
  const pms = connect('aurora');
  server.faults.add({ ...fault, tenant: 'aurora', times: 1 });
  expect((await ask(pms)).kind).toBe('retry');
  now += 119_999;
  expect(codeOf(await ask(pms))).toBe('SYSTEM_AWAY');
  expect(asked()).toBe(1);
  now += 1;
  expect(codeOf(await ask(pms))).toBe('ok');
});

test('a refusal is an answer: the system is well, however often it says no', async () => {
  const pms = connect('aurora');
  server.faults.add({ kind: 'status', status: 404, tenant: 'aurora' });
  const outcomes = [];
  for (let call = 0; call < troublesThatOpen + 2; call += 1) outcomes.push(codeOf(await ask(pms)));
  expect(new Set(outcomes)).toEqual(new Set(['NOT_FOUND']));
  expect(news).toEqual([]);
});

test('a write that is kept away was provably not sent', async () => {
  const pms = connect('aurora');
  server.faults.add({ kind: 'unavailable', tenant: 'aurora' });
  await Promise.all(times(troublesThatOpen, () => ask(pms)));
  const before = server.ledger.count({});
  const identifier = { system: 'https://vestibule.example/ids', value: 'p1' };
  const outcome = await pms.registerPatient({
    identifier,
    patient: { resourceType: 'Patient', identifier: [identifier] },
  });
  expect(outcome).toMatchObject({ kind: 'retry', code: 'SYSTEM_AWAY' });
  expect(server.ledger.count({})).toBe(before);
});

describe('a system that hangs', () => {
  test('holds no more calls than its places; who finds none is not held up', async () => {
    const pms = connect('aurora', { places: 3, timeoutMs: 20_000 });
    server.faults.add({ kind: 'timeout', tenant: 'aurora' });
    const hanging = times(3, () => ask(pms));
    const more = await Promise.all(times(20, () => ask(pms)));
    expect(new Set(more.map(codeOf))).toEqual(new Set(['SYSTEM_BUSY']));
    expect(asked()).toBe(3);
    // Another practice's system, and this one's other lanes, go on.
    expect(codeOf(await ask(connect('boreal')))).toBe('ok');
    server.faults.clear();
    expect(codeOf(await ask(pms.within(1)))).toBe('ok');
    await server.stop();
    await Promise.all(hanging);
  });

  test('what one lane finds out all lanes know', async () => {
    const pms = connect('aurora');
    const other = pms.within(2);
    server.faults.add({ kind: 'reset', tenant: 'aurora' });
    await Promise.all(times(troublesThatOpen, () => ask(pms)));
    expect(codeOf(await ask(other))).toBe('SYSTEM_AWAY');
  });
});

test('many calls to a system that answers all have their turn', async () => {
  const pms = connect('aurora', { places: 2, timeoutMs: 20_000 });
  const outcomes = await Promise.all(times(40, () => ask(pms)));
  expect(new Set(outcomes.map(codeOf))).toEqual(new Set(['ok']));
});
