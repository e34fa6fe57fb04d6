import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaultInput } from '../../sandbox/fhir/index.ts';
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

const hears = (id: string, words: string) =>
  world.patient(id).until(({ messages }) => messages.some(({ text }) => text?.includes(words)), words);

beforeAll(async () => {
  world = await startTestSandbox({ pmsTimeoutMs: 1_500 });
  await Promise.all([...patients, ...crowd.slice(10, 12)].map(({ user }) => answersAll(user.id)));
  fhir().ledger.clear();
  fhir().faults.add(...storm);
  await Promise.all(patients.map(({ user }) => world.patient(user.id).taps('Sim, enviar')));
  await Promise.all(patients.map(({ user }) => hears(user.id, '✓')));
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

test('a practice system that stays away: the patient is told kindly and once, and it is filed when it is back', async () => {
  const [one, other] = crowd.slice(10, 12);
  if (one === undefined || other === undefined) throw new Error('the crowd is too small');
  fhir().faults.clear();
  fhir().faults.add({ kind: 'unavailable', tenant: 'aurora' });
  for (const { user } of [one, other]) {
    expect(await world.patient(user.id).taps('Sim, enviar')).toContain('Estou entregando');
  }
  await Promise.all([one, other].map(({ user }) => hears(user.id, 'não está respondendo no momento')));
  fhir().faults.clear();
  await Promise.all([one, other].map(({ user }) => hears(user.id, '✓')));
  const found = chartsIn(await world.resources());
  for (const { user, persona } of [one, other]) {
    expect(countsOf(found.get(persona.name))).toEqual(oneOfEach);
    const heard = world.patient(user.id).heard();
    expect(heard.filter(({ text }) => text?.includes('não está respondendo'))).toHaveLength(1);
  }
});
