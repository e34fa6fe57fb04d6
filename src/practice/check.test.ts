import { describe, expect, test } from 'vitest';
import { checkPractice } from './check.ts';

const practice = `
id: clinic
name: The Clinic
jurisdiction: BR
timeZone: America/Sao_Paulo
languages: [pt, en]
contentMode: open
phone: "+55 11 5550-1200"
address: Rua das Flores 12
privacyUrl: https://clinic.example/privacy
emergency: { number: "192" }
openingHours: { pt: de 8h a 18h, en: 8 to 6 }
phases: { intake: true }
intakeForm: intake
`;

const channels = `
accounts:
  - id: clinic-wa
    provider: meta
    phoneNumberId: env:PHONE_NUMBER_ID
    wabaId: env:WABA_ID
    displayPhone: "+55 11 5550-1200"
    appSecrets: [env:APP_SECRET]
    verifyToken: env:VERIFY_TOKEN
    accessToken: file:/run/secrets/access-token
`;

const pms = `
adapter: fhir
baseUrl: env:FHIR_URL
authentication: { kind: bearer, token: env:FHIR_TOKEN }
identifierSystem: https://clinic.example/patient
`;

const good = {
  'practice.yaml': practice,
  'channels.yaml': channels,
  'pms.yaml': pms,
  'forms/intake.json': '{}',
  'README.md': 'Our clinic',
};

const step = { linkId: 'sex', text: { pt: 'Sexo?' }, options: [{ code: 'f', display: { pt: 'Feminino' } }] };
const compile = () => ({ form: { steps: [step] } });

/** `file path: problem`, one line per finding. */
function check(
  changes: Readonly<Record<string, string | undefined>>,
  compiler: Parameters<typeof checkPractice>[1] = compile,
) {
  const files = Object.entries({ ...good, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const result = checkPractice(Object.fromEntries(files), compiler);
  if (!('findings' in result)) return [];
  expect(result.findings.filter(({ example }) => example === '')).toEqual([]);
  return result.findings.map(({ file, path, problem }) => `${file} ${path}: ${problem}`);
}

test('how long a message lives is a duration, by days, hours and minutes', () => {
  const living = (text: string) => ({
    'channels.yaml': `${channels}    givesUpAfter: { messages: ${text}, templates: { visit_reminder: PT12H } }\n`,
  });
  for (const text of ['P1D', 'PT90M', 'P1DT6H30M']) expect(check(living(text)), text).toEqual([]);
  for (const text of ['P1M', '"12h"', 'PT0H', 'P', 'PT', '-P1D', '12'])
    expect(check(living(text)).join(), text).toContain('channels.yaml accounts.0.givesUpAfter.messages');
});

test('what may be sent, and what it may cost, is in numbers', () => {
  const limited = (limits: string) => ({ 'channels.yaml': `${channels}    limits: ${limits}\n` });
  for (const limits of [
    '{ messagesPerSecond: 0.33, samePatientSeconds: 3, samePatientBurst: 1 }',
    '{ portfolio: group, recipientsPerDay: 2000 }',
    '{ recipientsPerDay: unlimited }',
  ])
    expect(check(limited(limits)), limits).toEqual([]);
  for (const limits of [
    '{ messagesPerSecond: 0 }',
    '{ recipientsPerDay: none }',
    '{ portfolio: "A B" }',
    '{ mps: 80 }',
  ])
    expect(check(limited(limits)).join(), limits).toContain('channels.yaml accounts.0.limits');
  const spending = (spend: string) => ({ 'channels.yaml': `spend: ${spend}\n${channels}` });
  expect(check(spending('{ perDay: 40, costs: { utility: 0.03 } }'))).toEqual([]);
  expect(check(spending('{ perDay: -1, costs: {} }')).join()).toContain('channels.yaml spend.perDay');
});

test('a sound folder gives its configuration', () => {
  const result = checkPractice(good, compile);
  expect(result).toMatchObject({
    configuration: {
      practice: { id: 'clinic', languages: ['pt', 'en'] },
      accounts: [{ id: 'clinic-wa', apiVersion: 'v26.0' }],
      pms: { timeoutMs: 10_000 },
      forms: { intake: { questionnaire: {}, form: { steps: [step] } } },
    },
  });
});

describe('it tells', () => {
  const cases: readonly (readonly [
    string,
    Readonly<Record<string, string | undefined>>,
    readonly string[],
  ])[] = [
    ['a missing file', { 'pms.yaml': undefined }, ['pms.yaml : the file is missing']],
    ['a file that nothing reads', { 'practise.yaml': '' }, ['practise.yaml : nothing reads this file']],
    [
      'an unknown setting, by its place',
      { 'practice.yaml': practice.replace('{ number: "192" }', '{ number: "192", police: "190" }') },
      ['practice.yaml emergency.police: unknown setting "police"'],
    ],
    [
      'a value of the wrong form',
      { 'practice.yaml': practice.replace('America/Sao_Paulo', 'Brasilia') },
      ['practice.yaml timeZone: expected an IANA time zone such as "America/Sao_Paulo"'],
    ],
    [
      'a language without opening hours',
      { 'practice.yaml': practice.replace(', en: 8 to 6', '') },
      ['practice.yaml openingHours.en: no text in "en"'],
    ],
    [
      'a form that is not there',
      { 'practice.yaml': practice.replace('intakeForm: intake', 'intakeForm: new-patient') },
      ['practice.yaml intakeForm: there is no such form'],
    ],
    [
      'an intake without a form',
      { 'practice.yaml': practice.replace('intakeForm: intake', '') },
      ['practice.yaml intakeForm: the intake is on, but no form is named'],
    ],
    [
      'a secret in clear',
      {
        'channels.yaml': channels.replace('env:APP_SECRET', 'c0ffee'),
        'pms.yaml': pms.replace('env:FHIR_TOKEN', 't0ken'),
      },
      [
        'channels.yaml accounts.0.appSecrets.0: a secret may not stand here: name the place where it is found',
        'pms.yaml authentication.token: a secret may not stand here: name the place where it is found',
      ],
    ],
    [
      'an account that is there twice',
      { 'channels.yaml': channels + channels.replace('accounts:', '').trimStart().replace(/^/, '  ') },
      ['channels.yaml accounts.1.id: "clinic-wa" is there twice'],
    ],
    ['what is no JSON', { 'forms/intake.json': '{' }, ['forms/intake.json : not JSON']],
  ];

  test.each(cases)('%s', (_, changes, expected) => expect(check(changes)).toEqual(expected));

  test('where YAML breaks, by its line', () => {
    const [finding, ...more] = check({ 'pms.yaml': 'adapter: fhir\nbaseUrl: [env:FHIR_URL' });
    expect(finding).toMatch(/^pms\.yaml line 2: not YAML/);
    expect(more).toEqual([]);
  });

  test('what the form compiler found, with the file', () => {
    const problems = [{ path: 'item[0].text', problem: 'no text in "en"', example: '…' }];
    expect(check({}, () => ({ problems }))).toEqual(['forms/intake.json item[0].text: no text in "en"']);
  });

  test('texts and codes that do not fit a provider', () => {
    const long = 'a'.repeat(25);
    const options = [
      { code: 'f', display: { pt: long } },
      { code: 'c'.repeat(200), display: { pt: 'Outro' } },
    ];
    const form = { steps: [{ linkId: 'sex', text: { pt: 'x'.repeat(1025) }, options }] };
    expect(check({}, () => ({ form }))).toEqual([
      'forms/intake.json the question "sex": the text in "pt" is longer than 1024 characters',
      'forms/intake.json the question "sex": the option "f" in "pt" is longer than 24 characters',
      `forms/intake.json the question "sex": the code "${'c'.repeat(200)}" with its linkId is longer than 200 characters`,
    ]);
  });

  test('everything at once', () => {
    const nothing = { 'practice.yaml': '{}', 'channels.yaml': '{}', 'pms.yaml': '{}' };
    expect(check(nothing).length).toBeGreaterThan(15);
  });
});
