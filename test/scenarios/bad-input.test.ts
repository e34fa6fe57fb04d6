import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerIn, chartsIn, countsOf, oneOfEach } from './chart.ts';
import { testOf } from './provider-own.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf, type TestPatient } from './test-patient.ts';

/** Every test has a patient of its own, so that none has to clear up after another. */
let world: TestSandbox;
let patients: string[];

beforeAll(async () => {
  world = await startTestSandbox();
  patients = world.phone.patients.map(({ user }) => user.id).filter((id) => /^p\d+$/.test(id));
});

afterAll(() => world.stop());

const patient = (): TestPatient => {
  const id = patients.shift();
  if (id === undefined) throw new Error('the crowd is too small');
  return world.patient(id);
};

/** A patient who writes English and has agreed: "Who is the visit for?" stands open. */
async function begun(): Promise<TestPatient> {
  const one = patient();
  await one.walks('hi', 'English');
  await one.taps('Yes');
  return one;
}

/** Told that it is filed, and offered the free times that follow by themselves. */
async function done(one: TestPatient): Promise<void> {
  await one.until(
    ({ messages }) => messages.some(({ text }) => text?.includes('✓')),
    'the news that it is filed',
  );
  await world.settled();
}

const ignored = async () => {
  const sql = `select 1 from events where type = 'MessageIgnored'`;
  return (await world.query(sql)).length;
};

/** Says what nobody answers, and waits until all of it was read. */
async function saysInVain(one: TestPatient, ...texts: readonly string[]): Promise<void> {
  const before = await ignored();
  for (const text of texts) one.mutters({ kind: 'text', text });
  await world.eventually(async () => (await ignored()) === before + texts.length, 'the messages to be read');
}

const lastChoices = (one: TestPatient) => choicesOf(one.heard().at(-1));

const rest = ['female', 'this number', 'Rua das Flores 12, São Paulo, 01310-100', 'self-pay'] as const;

describe('a date of birth', () => {
  test('in the future, not in the calendar, or none at all is asked for again with an example; the third time a person comes', async () => {
    const one = await begun();
    await one.walks('me', 'Ines Exemplo');
    expect(await one.says('3 May 2084')).toMatch(/has not come yet[\s\S]*3 May 1984/);
    const second = await one.says('31/02/1984');
    expect(second).toContain('not in the calendar');
    expect(lastChoices(one)).toEqual(['Back', 'A person']);
    expect(await one.says('asdf')).toContain('A person from Clínica Aurora will answer you here');
    const said = one.heard().length;
    await saysInVain(one, '3 May 1984');
    expect(await one.says('continue')).toContain('date of birth');
    await world.settled();
    expect(one.heard()).toHaveLength(said + 1);
    expect(await one.says('3 May 1984')).toContain('sex');
  });
});

describe('a choice', () => {
  test('that is none is offered again, then by number; the third time a person comes', async () => {
    const one = await begun();
    const offered = lastChoices(one);
    expect(await one.says('asdf')).toContain('Please choose one of these');
    expect(lastChoices(one)).toEqual(offered);
    expect(await one.says('qwer')).toMatch(/just the number[\s\S]*1\. Me/);
    expect(await one.says('zxcv')).toContain('A person from Clínica Aurora');
  });
});

describe('a name', () => {
  test('written from right to left stands in the chart as it was written', async () => {
    const one = await begun();
    await one.walks('me', 'محمد بن عبد الله', '3 May 1984', ...rest);
    expect(await one.says('knee pain')).toContain('\u2068محمد بن عبد الله\u2069');
    await one.taps('Yes, send');
    await done(one);
    const chart = chartsIn(await world.resources()).get('محمد بن عبد الله');
    expect(chart?.patient.name).toMatchObject([
      { text: 'محمد بن عبد الله', given: ['محمد'], family: 'بن عبد الله' },
    ]);
    expect(countsOf(chart)).toEqual(oneOfEach);
  });

  test('of signs alone, or with SQL in it, is refused kindly and changes nothing; what goes for a reason is kept to the letter', async () => {
    const one = await begun();
    await one.says('me');
    expect(await one.says('😀🎉')).toContain('letters in a name');
    const sql = "'; drop table patients; --";
    expect(await one.says(sql)).toContain('Maria Silva');
    expect(await one.says('Zoé 😀 Exemplo')).toContain('date of birth');
    await one.walks('3 May 1984', ...rest);
    await one.says(sql);
    await one.taps('Yes, send');
    await done(one);
    const chart = chartsIn(await world.resources()).get('Zoé Exemplo');
    expect(answerIn(chart, 'reason')).toBe(sql);
    expect(countsOf(chart)).toEqual(oneOfEach);
  });
});

test('a photo where words are expected is thanked for, and the question stays', async () => {
  const one = await begun();
  await one.says('me');
  expect(await one.sends({ kind: 'image' })).toMatch(/Thank you for the photo[\s\S]*full name/);
  expect(await one.sends({ kind: 'audio' })).toContain('voice note');
  expect(await one.says('Olga Exemplo')).toContain('date of birth');
});

test('a reason of 5,000 characters is too long, and the limit is told', async () => {
  const one = await begun();
  await one.walks('me', 'Nuno Exemplo', '3 May 1984', ...rest);
  expect(await one.says('pain '.repeat(1000))).toContain('up to 500 characters');
  expect(await one.says('p'.repeat(500))).toContain('Do I have this right?');
});

test('STOP in the middle is confirmed once, and nothing follows it until START', async () => {
  const one = await begun();
  await one.walks('me', 'Rita Exemplo');
  const before = one.heard().length;
  expect(await one.says('STOP')).toContain('no more messages');
  // The provider tells the time in seconds: only what was written in a later one was surely written after the stop.
  await world.advance(2);
  expect(await one.says('3 May 1984')).toContain('You stopped our messages');
  await saysInVain(one, 'hello?', 'anybody?');
  const started = await one.says('START');
  expect(started).toContain('Who is the visit for?');
  await world.settled();
  // The confirmation, the one reminder of the day, and the answer to START.
  expect(one.heard()).toHaveLength(before + 3);
  expect(
    (await world.resources()).filter(({ resourceType }) => resourceType === 'Patient'),
  ).not.toContainEqual(
    expect.objectContaining({ name: [expect.objectContaining({ text: 'Rita Exemplo' })] }),
  );
});

test('"pessoa" calls a person and the assistant falls silent, until "continuar"', async () => {
  const one = patient();
  await one.walks('oi', 'Português');
  await one.taps('Sim');
  await one.walks('eu', 'Sandra Exemplo');
  expect(await one.says('pessoa')).toContain('uma pessoa da equipe vai responder aqui');
  const said = one.heard().length;
  await saysInVain(one, 'oi?', '3 de maio de 1984', 'tem alguém?');
  expect(await one.says('continuar')).toContain('data de nascimento');
  await world.settled();
  expect(one.heard()).toHaveLength(said + 1);
});

test('back, change, help, another language and starting over work in the middle of the form', async () => {
  const one = await begun();
  await one.walks('me', 'Tomas Exemplo', '3 May 1984');
  expect(await one.says('help')).toMatch(/“back”[\s\S]*sex/);
  expect(await one.says('back')).toContain('date of birth');
  expect(await one.says('4 May 1984')).toContain('sex');
  expect(await one.says('change my name')).toContain('full name');
  expect(await one.says('Telmo Exemplo')).toContain('sex');
  expect(await one.says('español')).toContain('sexo');
  expect(await one.says('português')).toContain('sexo');
  expect(await one.says('English')).toContain('sex');
  expect(await one.says('start over')).toContain('delete your answers');
  expect(await one.says('no')).toContain('sex');
  await one.says('start over');
  expect(await one.taps('Yes, begin again')).toContain('Who is the visit for?');
});

testOf('meta', 'only Meta puts several messages into one webhook')(
  'five messages at once are read together, and answered once',
  async () => {
    const one = await begun();
    await one.walks('me', 'Ulla Exemplo', '3 May 1984', ...rest);
    const before = one.heard().length;
    // All at once with the provider, so that they arrive in one delivery.
    world.sandbox.world.meta.faults.set('batch', { count: 5 });
    for (const text of ['knee pain', 'since Monday', 'it is swollen', 'worse at night', 'thank you']) {
      one.mutters({ kind: 'text', text });
    }
    await one.until(
      ({ messages }) => messages.at(-1)?.text?.includes('Do I have this right?') === true,
      'the summary',
    );
    await world.settled();
    expect(one.heard()).toHaveLength(before + 1);
    await one.taps('Yes, send');
    await done(one);
    const reason = answerIn(chartsIn(await world.resources()).get('Ulla Exemplo'), 'reason');
    for (const part of ['knee pain', 'since Monday', 'it is swollen', 'worse at night'])
      expect(reason).toContain(part);
  },
);

test('a tap on an older question changes nothing that was sent, and the open question is put again', async () => {
  const one = await begun();
  const older = one.tap('My child');
  const language = one.tap('Português');
  await one.walks('me', 'Vera Exemplo', '3 May 1984', ...rest);
  await one.says('cough');
  await one.taps('Yes, send');
  await done(one);
  expect(await one.sends(older)).toContain('already with the clinic');
  expect(await one.sends(language)).toContain('horários');
  expect(countsOf(chartsIn(await world.resources()).get('Vera Exemplo'))).toEqual(oneOfEach);
});
