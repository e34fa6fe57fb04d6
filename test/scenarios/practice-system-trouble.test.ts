import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FiguresAnswer } from '#analytics/contract.ts';
import type { FaultInput } from '../../sandbox/fhir/index.ts';
import type { PersonaResult } from '../../sandbox/phone/index.ts';
import { chartsIn, countsOf, oneOfEach } from './chart.ts';
import { crowd } from './crowd.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

/**
 * A storm: many patients send their forms at the same time, and at every step each kind of trouble meets one of them.
 * Which of them it is does not matter: in the end every chart is whole, and nothing was done twice.
 */
type Trouble = { readonly name: string; readonly fault: FaultInput };

const before: readonly Trouble[] = [
  { name: 'HTML with 200', fault: { kind: 'html', status: 200 } },
  { name: 'HTML with 502', fault: { kind: 'html', status: 502 } },
  { name: '503 with Retry-After', fault: { kind: 'unavailable', retryAfterSeconds: 1 } },
  { name: '429', fault: { kind: 'throttle', retryAfterSeconds: 1 } },
  { name: '500', fault: { kind: 'status', status: 500 } },
  { name: 'a time-out before doing it', fault: { kind: 'timeout' } },
  { name: 'a reset before doing it', fault: { kind: 'reset' } },
];

const after: readonly Trouble[] = [
  { name: 'a time-out after doing it', fault: { kind: 'timeout', when: 'after' } },
  { name: 'a reset after doing it', fault: { kind: 'reset', when: 'after' } },
  { name: 'half the answer', fault: { kind: 'half-json' } },
];

const everything = [...before, ...after];

/** Reads that follow a write: what matters of a fault there is only that the answer cannot be read. */
const unreadable = everything.filter(({ fault }) => ['html', 'half-json', 'timeout'].includes(fault.kind));

const steps = [
  { step: 'find', method: 'POST', template: '/Patient/_search', troubles: everything },
  { step: 'register', method: 'POST', template: '/Patient', troubles: everything },
  { step: 'file', method: 'POST', template: '/', troubles: everything },
  { step: 'look up', method: 'POST', template: '/Coverage/_search', troubles: unreadable },
  { step: 'read back', method: 'GET', template: '/Coverage/:id', troubles: unreadable },
] as const;

const storm: readonly FaultInput[] = steps.flatMap(({ method, template, troubles }) =>
  troubles.map(({ fault }) => ({ ...fault, method, template, tenant: 'aurora', times: 1 })),
);

const patients = crowd.slice(0, 10);

let world: TestSandbox;
let charts: ReturnType<typeof chartsIn>;
/** The troubles that met nobody. */
let left: readonly FaultInput[];

const fhir = () => {
  const { fhir: server } = world.sandbox.world;
  if (server === undefined) throw new Error('no practice system of our own');
  return server;
};

/** The patient answers everything, and stops where only "send" is missing. */
async function answersAll(id: string): Promise<void> {
  const asksToSend = ({ text }: { readonly text?: string }) => text?.includes('Está tudo certo?') === true;
  const { done } = await world.plays(id, { until: (transcript) => transcript.some(asksToSend) });
  expect(done).toBe(true);
}

const hasHeard = (id: string, words: string, practiceId?: string) =>
  world
    .patient(id, practiceId)
    .heard()
    .some(({ text }) => text?.includes(words));

/** Calls that the practice system has seen from a practice. */
const callsOf = (tenant: string) => fhir().ledger.count({ tenant });

/** The clock runs, for what waits for its time, until `isDone`: half a minute, then whatever became due with it. */
async function passTime(isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await world.advance(30);
    await world.eventually(async () => isDone() || (await nothingIsDue()), 'what is due to be done');
  }
}

/** No job for a practice system is at work, or due by the product's clock, which the queue follows. */
async function nothingIsDue(): Promise<boolean> {
  const due = await world.query(
    `select 1 from pgboss.job where name in ('practice-system', 'scheduling')
       and (state = 'active' or (state in ('created', 'retry') and start_after <= now())) limit 1`,
  );
  return due.length === 0;
}

beforeAll(async () => {
  world = await startTestSandbox({ pmsTimeoutMs: 3_000, openRiverside: true });
  await Promise.all([...patients, ...crowd.slice(10, 12)].map(({ user }) => answersAll(user.id)));
  fhir().ledger.clear();
  fhir().faults.add(...storm);
  await Promise.all(patients.map(({ user }) => world.patient(user.id).taps('Sim, enviar')));
  await passTime(() => patients.every(({ user }) => hasHeard(user.id, '✓')));
  await world.settled();
  left = fhir().faults.list();
  fhir().faults.clear();
  charts = chartsIn(await world.resources());
});

afterAll(() => world.stop());

describe.each(patients.map(({ persona }) => persona.name))('%s', (name) => {
  test('has exactly one patient, coverage, form and consent', () => {
    expect(countsOf(charts.get(name))).toEqual(oneOfEach);
  });
});

test('nobody has a second chart', () => {
  expect([...charts.keys()].sort()).toEqual(patients.map(({ persona }) => persona.name).sort());
});

describe.each(steps)('at the step "$step"', ({ method, template, troubles }) => {
  test('the trouble came', () => {
    const met = fhir()
      .ledger.entries({ method, template })
      .filter(({ fault }) => fault !== undefined);
    const unmet = left.filter((fault) => fault.method === method && fault.template === template);
    expect(met.length + unmet.length).toBe(troubles.length);
    // Everyone finds, registers and files, and reads back what was filed.
    expect(unmet).toEqual([]);
  });
});

test.each(steps.filter(({ step }) => step === 'register' || step === 'file'))(
  'at the step "$step" nothing that was done is sent again',
  ({ template }) => {
    const sent = fhir().ledger.count({ method: 'POST', template });
    expect(sent).toBe(patients.length + before.length);
  },
);

test('everyone was told that it is filed, once, and after that it was sent', () => {
  for (const { user } of patients) {
    const heard = world
      .patient(user.id)
      .heard()
      .map(({ text }) => text ?? '');
    expect(heard.filter((text) => text.includes('✓'))).toHaveLength(1);
    const sent = heard.findIndex((text) => text.includes('Estou entregando seus dados'));
    expect(heard.filter((text) => text.includes('Estou entregando seus dados'))).toHaveLength(1);
    expect(heard.findIndex((text) => text.includes('✓'))).toBeGreaterThan(sent);
  }
});

describe('a practice system that is away for four hours', () => {
  const [one, other] = crowd.slice(10, 12);
  if (one === undefined || other === undefined) throw new Error('the crowd is too small');
  const both = [one.user.id, other.user.id];
  const told = 'não está respondendo no momento';
  let callsWhileAway: number;
  let neighbour: PersonaResult;
  let heardMeanwhile: readonly string[];
  let staffSaw: FiguresAnswer['now']['practiceSystem'];
  let health: unknown;

  const practiceSystem = async () => {
    const manager = await world.staff('manager');
    return (await manager.sees<FiguresAnswer>('/api/figures?days=1')).now.practiceSystem;
  };

  beforeAll(async () => {
    fhir().faults.clear();
    fhir().faults.add({ kind: 'unavailable', tenant: 'aurora' });
    for (const id of both) {
      expect(await world.patient(id).taps('Sim, enviar')).toContain('Estou entregando');
    }
    await passTime(() => both.every((id) => hasHeard(id, told)));
    const before = callsOf('aurora');
    for (let minutes = 0; minutes < 240; minutes += 10) {
      const seen = callsOf('aurora');
      await world.advance(600);
      await world.eventually(() => callsOf('aurora') > seen, 'it to be asked whether it is back');
    }
    callsWhileAway = callsOf('aurora') - before;
    staffSaw = await practiceSystem();
    health = await (await fetch(new URL('/health/ready', world.sandbox.url))).json();
    fhir().faults.clear();
    // Now it takes calls and never answers, and the other practice's patient comes.
    fhir().faults.add({ kind: 'timeout', tenant: 'aurora' });
    neighbour = await world.plays('jordan', { practiceId: 'riverside' });
    heardMeanwhile = both.filter((id) => hasHeard(id, '✓'));
    fhir().faults.clear();
    await passTime(() => both.every((id) => hasHeard(id, '✓')));
  });

  test('is asked by one call at a time, and not by everybody who waits', () => {
    // Each ten minutes are one step of the clock here: one probe, and at most what was due with it.
    expect(callsWhileAway).toBeLessThanOrEqual(24 * 2);
  });

  test('patients are told kindly and once, and once that it is done', () => {
    for (const id of both) {
      const heard = world
        .patient(id)
        .heard()
        .map(({ text }) => text ?? '');
      expect(heard.filter((text) => text.includes(told))).toHaveLength(1);
      expect(heard.filter((text) => text.includes('✓'))).toHaveLength(1);
    }
  });

  test('holds up nobody of another practice', () => {
    expect(neighbour.done).toBe(true);
    expect(heardMeanwhile).toEqual([]);
  });

  test('has every chart once when it is back, and nothing became a dead letter', async () => {
    const found = chartsIn(await world.resources());
    for (const { persona } of [one, other]) expect(countsOf(found.get(persona.name))).toEqual(oneOfEach);
    const manager = await world.staff('manager');
    expect(await manager.sees('/api/dead-letters')).toEqual({ letters: [] });
  });

  test('is told to staff with its beginning, and in the health of the process, until it is back', async () => {
    expect(staffSaw).toEqual({ code: expect.any(String), since: expect.any(String) });
    expect(health).toEqual({ status: 'ok', practiceSystemsAway: 1 });
    await world.eventually(async () => (await practiceSystem()) === null, 'staff to be told that it is back');
  });

  test('is told of in the metrics, once away and once back', async () => {
    const opened = await world.counted('vestibule_pms_breaker', { practice: 'aurora', news: 'opened' });
    expect(opened).toBeGreaterThan(0);
    expect(await world.counted('vestibule_pms_breaker', { practice: 'aurora', news: 'closed' })).toBe(opened);
    expect(await world.counted('vestibule_pms_breaker', { practice: 'riverside' })).toBe(0);
  });
});

test('a practice system each of whose answers takes half a minute: told within the minute, and all is filed', async () => {
  await answersAll('maria');
  fhir().faults.add({ kind: 'slow', ms: 1_000, tenant: 'aurora' });
  expect(await world.patient('maria').taps('Sim, enviar')).toContain('Estou entregando');
  // The clock runs while the first of the answers are awaited.
  await world.advance(30);
  await world.eventually(
    () => hasHeard('maria', 'não está respondendo no momento'),
    'the news that it takes long',
  );
  fhir().faults.clear();
  await world.eventually(() => hasHeard('maria', '✓'), 'the news that all is filed');
});
