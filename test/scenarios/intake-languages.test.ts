import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { channels } from '#channels/index.ts';
import { chartsIn, countsOf, loadValidator, oneOfEach, validateAll } from './chart.ts';
import { scenariosProvider, startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf } from './test-patient.ts';

const walkers = [
  { id: 'maria', language: 'pt', phone: '+5511955500101', own: 'Este número', question: 'Em qual telefone' },
  { id: 'joao', language: 'pt', phone: '+5511955500102', own: 'Este número', question: 'Em qual telefone' },
  { id: 'lucia', language: 'es', phone: '+5491155550103', own: 'Este número', question: 'teléfono' },
  { id: 'emma', language: 'en', phone: '+5521955500104', own: 'This number', question: 'Which phone number' },
] as const;

const { bsuidIn: hidesNumbers, contactRequest } = channels[scenariosProvider].capabilities;
const hasContactRequest = contactRequest !== 'no';

let world: TestSandbox;
let charts: ReturnType<typeof chartsIn>;

beforeAll(async () => {
  loadValidator();
  world = await startTestSandbox();
  const played = await Promise.all(walkers.map(({ id }) => world.plays(id)));
  expect(played.map(({ done }) => done)).toEqual(walkers.map(() => true));
  await world.settled();
  charts = chartsIn(await world.resources());
});

afterAll(() => world.stop());

const chartOf = (id: string) => {
  const name = world.phone.patients.find(({ user }) => user.id === id)?.persona.name ?? '';
  const chart = charts.get(name);
  if (chart === undefined) throw new Error(`no chart of ${name}`);
  return chart;
};

describe.each(walkers)('$id walks from a greeting to the clinic in $language', ({ id, language, phone }) => {
  test('and leaves exactly one patient, coverage, form and consent', () => {
    expect(countsOf(chartOf(id))).toEqual(oneOfEach);
    expect(charts.size).toBe(walkers.length);
  });

  test('which another implementation takes for FHIR R4', () => {
    expect(() => validateAll(chartOf(id))).not.toThrow();
  });

  test('and say what the patient said', () => {
    const persona = world.phone.patients.find(({ user }) => user.id === id)?.persona;
    expect(chartOf(id).patient).toMatchObject({
      name: [{ text: persona?.name }],
      birthDate: persona?.birthDate,
      gender: persona?.sex,
      telecom: [{ system: 'phone', value: phone }],
      communication: [{ language: { coding: [{ code: language }] } }],
    });
    expect(JSON.stringify(chartOf(id).responses)).toContain(persona?.reason);
  });

  test('with one answer to each message', () => {
    const { messages } = world.patient(id).chat();
    // Free times follow by themselves, once the details are with the clinic.
    const filed = messages.findIndex(({ side, text }) => side === 'practice' && text?.includes('✓') === true);
    const sides = messages.slice(0, filed + 1).map(({ side }) => side);
    const asked = sides.filter((side) => side === 'patient').length;
    // The greeting, then one answer each; the news that it is filed comes by itself.
    expect(sides.filter((side) => side === 'practice')).toHaveLength(asked + 1);
  });
});

test.each(walkers)(
  '$id is offered the number they write from only where it is seen',
  ({ id, own, question }) => {
    const asked = world
      .patient(id)
      .heard()
      .find(({ text }) => text?.includes(question));
    expect(asked).toBeDefined();
    const isHidden = id === 'joao' && hidesNumbers;
    expect(choicesOf(asked).includes(own)).toBe(!isHidden);
    expect(asked?.kind === 'contact-request').toBe(isHidden && hasContactRequest);
  },
);

test('who writes from behind a username shares the number by the messenger’s own button, and is known by it from then on', async () => {
  const { messages } = world.patient('joao').chat();
  const shared = hidesNumbers && hasContactRequest ? [{ side: 'patient', text: 'João' }] : [];
  expect(messages.filter(({ kind }) => kind === 'contacts')).toMatchObject(shared);
  // Everybody's number is known: his by nothing but that card, where a card can be asked for.
  const [numbers] = await world.query<{ n: number }>(
    `select count(distinct conversation_id)::int as n from conversation_addresses where kind = 'phone'`,
  );
  expect(numbers?.n).toBe(hidesNumbers && !hasContactRequest ? walkers.length - 1 : walkers.length);
});

test('nobody hears anything that is meant for another', () => {
  for (const { id } of walkers) {
    const heard = world
      .patient(id)
      .heard()
      .map(({ text }) => text)
      .join('\n');
    const others = walkers
      .filter((other) => other.id !== id)
      .map((other) => chartOf(other.id).patient.name?.[0]?.text);
    for (const name of others) expect(heard).not.toContain(name);
  }
});
