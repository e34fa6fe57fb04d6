import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf } from './test-patient.ts';

/** A practice whose policy keeps everything but logistics off the channel. */
let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
});

afterAll(() => world.stop());

const clinical = 'I have been vomiting since my chemotherapy on Monday';
const named = 'My name is Jordan Sample, born 15 January 1969';

test('asks for a language and the opt-in, then passes on to a person', async () => {
  const jordan = world.patient('jordan', 'riverside');
  expect(await jordan.says('hi')).toContain("Riverside Family Clinic's assistant");
  expect(choicesOf(jordan.heard().at(-1))).toEqual(['English', 'Español']);
  const asked = await jordan.taps('English');
  expect(asked).toContain('May Riverside Family Clinic write to you here');
  expect(asked).toContain('https://riverside.example/privacy');
  const handed = await jordan.taps('Yes');
  await world.settled();
  expect(handed).toContain('A person from Riverside Family Clinic will answer you here');
  expect(handed).toContain('do not write about your health');
});

test('says nothing more, whatever is written, until a person answers', async () => {
  const jordan = world.patient('jordan', 'riverside');
  const said = jordan.heard().length;
  for (const text of [clinical, named, 'knee pain', '1']) jordan.mutters({ kind: 'text', text });
  jordan.mutters({ kind: 'image' });
  await world.eventually(async () => {
    const read = (
      await world.query<{ data: { kinds: readonly string[] } }>(
        `select data from events where practice_id = 'riverside' and type = 'MessagesRead'`,
      )
    ).flatMap(({ data }) => data.kinds);
    return read.length === 8 && read.includes('media');
  }, 'everything to be read');
  await world.settled();
  expect(jordan.heard()).toHaveLength(said);
});

test('asks the same of a patient who opens with their story, in Spanish, and repeats none of it', async () => {
  const rosa = world.patient('rosa', 'riverside');
  const story = 'Hola, soy Rosa Ejemplo y me salió un bulto en el pecho después de la biopsia';
  await rosa.says('Hola');
  await rosa.says('Español');
  await rosa.says(story);
  await rosa.says('Sí');
  await world.settled();
  const heard = rosa
    .heard()
    .map(({ text }) => text)
    .join('\n');
  for (const word of ['Ejemplo', 'biopsia', 'pecho', 'bulto']) expect(heard).not.toContain(word);
});

test('what left is of no class beyond logistics, is no form, and repeats nothing', async () => {
  const classes = await world.query<{ class: string; n: number }>(
    `select data->>'dataClass' as class, count(*)::int as n from events
     where practice_id = 'riverside' and type = 'MessageQueued' group by 1`,
  );
  expect(classes.map((row) => row.class).filter((name) => !['none', 'logistics'].includes(name))).toEqual([]);
  const sent = JSON.stringify(world.sandbox.world.provider.sent().map(({ body }) => body));
  for (const word of ['vomiting', 'chemotherapy', 'Jordan', '1969', 'knee', 'full name', 'date of birth']) {
    expect(sent).not.toContain(word);
  }
  // The practice system learns that somebody waits for a person, and of no form.
  const filed = new Set((await world.resources('riverside')).map(({ resourceType }) => resourceType));
  expect([...filed].filter((type) => !['Task', 'Communication'].includes(type))).toEqual([]);
  const types = new Set((await world.timeline('riverside')).map(({ type }) => type));
  expect(types).not.toContain('IntakeStarted');
  expect(types).toContain('HandedOver');
});
