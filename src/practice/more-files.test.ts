import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkPractice } from './check.ts';

/** The files beside practice, channels and practice system: visit types, reminders, templates, routing, staff. */

const practice = {
  id: 'clinic',
  name: 'The Clinic',
  jurisdiction: 'BR',
  timeZone: 'America/Sao_Paulo',
  languages: ['pt', 'en'],
  contentMode: 'open',
  phone: '+55 11 5550-1200',
  address: 'Rua das Flores 12',
  privacyUrl: 'https://clinic.example/privacy',
  emergency: { number: '192' },
  openingHours: { pt: 'de 8h a 18h', en: '8 to 6' },
  phases: { intake: true, scheduling: true, reminders: true },
  intakeForm: 'intake',
};
const account = {
  id: 'clinic-wa',
  provider: 'meta',
  phoneNumberId: 'env:PHONE_NUMBER_ID',
  wabaId: 'env:WABA_ID',
  displayPhone: '+55 11 5550-1200',
  appSecrets: ['env:APP_SECRET'],
  verifyToken: 'env:VERIFY_TOKEN',
  accessToken: 'env:ACCESS_TOKEN',
};
const pms = {
  adapter: 'fhir',
  baseUrl: 'env:FHIR_URL',
  authentication: { kind: 'none' },
  identifierSystem: 'https://clinic.example/patient',
};
const scheduling = {
  visitTypes: [
    {
      id: 'knee',
      name: { pt: 'Joelho', en: 'Knee' },
      minutes: 30,
      words: { pt: ['joelho'], en: ['knee'] },
    },
    { id: 'consultation', name: { pt: 'Consulta', en: 'Consultation' }, minutes: 20 },
  ],
};
const reminders = {
  reminders: [
    { id: 'two-days', before: 'P2D', template: 'visit' },
    { id: 'three-hours', before: 'PT3H', template: 'visit' },
  ],
};
const text = {
  providerLanguage: 'pt_BR',
  body: 'Olá, {{1}}! Sua consulta é {{2}}. Você vem?',
  buttons: ['Sim', 'Não'],
  samples: ['Maria', 'amanhã'],
};
const template = {
  name: 'visit_reminder',
  category: 'utility',
  variables: ['first-name', 'visit-date'],
  buttons: ['confirm', 'cancel'],
  texts: { pt: text, en: { ...text, providerLanguage: 'en_US' } },
};
const routing = {
  resolutionCodes: [{ id: 'answered', name: { pt: 'Respondida', en: 'Answered' } }],
  cannedReplies: [
    { id: 'hello', title: 'Hello', text: { pt: 'Olá, {first-name}!', en: 'Hello {first-name}!' } },
  ],
};
const staff = {
  oidc: {
    issuer: 'https://login.example',
    clientId: 'clinic',
    clientSecret: 'env:OIDC_SECRET',
    roles: { reception: 'front-desk' },
  },
};

const good = {
  'practice.yaml': practice,
  'channels.yaml': { accounts: [account] },
  'pms.yaml': pms,
  'scheduling.yaml': scheduling,
  'reminders.yaml': reminders,
  'templates/visit.yaml': template,
  'routing.yaml': routing,
  'staff.yaml': staff,
};

type Files = Readonly<Record<string, unknown>>;

const compile = () => ({
  form: { steps: [{ linkId: 'reason', text: { pt: 'Motivo?', en: 'Why?' }, options: [] }] },
});

function check(changes: Files) {
  const files = Object.entries({ ...good, ...changes }).filter(([, content]) => content !== undefined);
  const texts = files.map(([file, content]) => [file, stringify(content)]);
  return checkPractice({ ...Object.fromEntries(texts), 'forms/intake.json': '{}' }, compile);
}

/** `file path: problem`, one line per finding. */
function findings(changes: Files): readonly string[] {
  const result = check(changes);
  if (!('findings' in result)) return [];
  expect(result.findings.filter(({ example }) => example === '')).toEqual([]);
  return result.findings.map(({ file, path, problem }) => `${file} ${path}: ${problem}`);
}

test('all of them, in the configuration', () => {
  expect(check({})).toMatchObject({
    configuration: {
      scheduling: { holdMinutes: 15, reasonLinkId: 'reason' },
      reminders: { quietHours: { from: '21:00', to: '08:00' } },
      templates: { visit: { name: 'visit_reminder' } },
      routing: { leaseMinutes: 15, waitMinutes: { top: 5, normal: 30 } },
      staff: { oidc: { roleClaim: 'groups', acr: [] } },
    },
  });
});

test('a practice may do without them; conversations then end in the usual ways', () => {
  const without = { 'scheduling.yaml': undefined, 'reminders.yaml': undefined, 'routing.yaml': undefined };
  const files = { ...without, 'templates/visit.yaml': undefined, 'staff.yaml': undefined };
  const result = check({ ...files, 'practice.yaml': { ...practice, phases: { intake: true } } });
  if ('findings' in result) throw new Error(JSON.stringify(result.findings));
  const { routing, ...rest } = result.configuration;
  expect(rest).toMatchObject({
    scheduling: undefined,
    reminders: undefined,
    templates: {},
    staff: undefined,
  });
  expect(routing.resolutionCodes.map(({ id }) => id)).toEqual([
    'answered',
    'booked',
    'details-corrected',
    'referred',
    'no-answer',
    'spam',
  ]);
});

const textWith = (changes: object) => ({
  'templates/visit.yaml': { ...template, texts: { ...template.texts, pt: { ...text, ...changes } } },
});
const [knee, consultation] = scheduling.visitTypes;
const types = (...visitTypes: readonly unknown[]) => ({ 'scheduling.yaml': { visitTypes } });
const two = (id: string, before: string, templateName = 'visit') => ({ id, before, template: templateName });

describe('it tells', () => {
  test.each<[string, Files, readonly string[]]>([
    [
      'a phase without its file',
      { 'scheduling.yaml': undefined, 'reminders.yaml': undefined },
      [
        'practice.yaml phases.scheduling: scheduling is on, but there is no scheduling.yaml',
        'practice.yaml phases.reminders: reminders is on, but there is no reminders.yaml',
      ],
    ],
    [
      'booking without an intake',
      { 'practice.yaml': { ...practice, phases: { intake: false, scheduling: true } } },
      ['practice.yaml phases.scheduling: a visit is booked for who has finished the intake, which is off'],
    ],
    [
      'a visit type without a name in a language, and one there twice',
      types({ ...knee, name: { pt: 'Joelho' } }, { ...consultation, id: 'knee' }),
      [
        'scheduling.yaml visitTypes.1.id: "knee" is there twice',
        'scheduling.yaml visitTypes.0.name.en: no text in "en"',
      ],
    ],
    [
      'a visit type that no words ask for, and one that some languages cannot ask for',
      types({ ...knee, words: {} }, { ...knee, id: 'hip', words: { pt: ['quadril'] } }, consultation),
      [
        'scheduling.yaml visitTypes.0.words: no words ask for it; only the last visit type is taken without any',
        'scheduling.yaml visitTypes.1.words.en: no text in "en"',
      ],
    ],
    [
      'a reason that the form does not ask for',
      { 'scheduling.yaml': { ...scheduling, reasonLinkId: 'why' } },
      ['scheduling.yaml reasonLinkId: the form has no question "why"'],
    ],
    [
      'a reminder whose template is not there, and one there twice',
      { 'reminders.yaml': { reminders: [two('one', 'P2D', 'other'), two('one', 'P1D')] } },
      [
        'reminders.yaml reminders.1.id: "one" is there twice',
        'reminders.yaml reminders.0.template: there is no such template',
      ],
    ],
    [
      'two reminders at once, and quiet hours that are none',
      {
        'reminders.yaml': {
          reminders: [two('one', 'P2D'), two('two', 'P2D')],
          quietHours: { from: '08:00', to: '08:00' },
        },
      },
      [
        'reminders.yaml reminders.1.before: another reminder is due at the same time',
        'reminders.yaml quietHours: the quiet hours end when they begin',
      ],
    ],
    [
      'what is no duration',
      { 'reminders.yaml': { reminders: [two('one', '2 days')] } },
      ['reminders.yaml reminders.0.before: expected an ISO 8601 duration such as "P2D" or "PT3H"'],
    ],
    [
      'a reminder that is marketing',
      { 'templates/visit.yaml': { ...template, category: 'marketing' } },
      [
        'reminders.yaml reminders.0.template: a reminder is "utility", and the template is "marketing"',
        'reminders.yaml reminders.1.template: a reminder is "utility", and the template is "marketing"',
      ],
    ],
    [
      'a template that says nothing in a language',
      { 'templates/visit.yaml': { ...template, texts: { pt: text } } },
      ['templates/visit.yaml texts.en: no text in "en"'],
    ],
    [
      'variables out of order',
      textWith({ body: 'Olá, {{2}}! É {{1}}.' }),
      ['templates/visit.yaml texts.pt.body: the variables of the text are {{2}}, {{1}}'],
    ],
    [
      'a variable too few',
      textWith({ body: 'Olá, {{1}}!' }),
      ['templates/visit.yaml texts.pt.body: the variables of the text are {{1}}'],
    ],
    [
      'a variable by name',
      textWith({ body: 'Olá, {{name}}! É {{2}}.' }),
      ['templates/visit.yaml texts.pt.body: the variables of the text are {{name}}, {{2}}'],
    ],
    [
      'a text that begins and one that ends with a variable',
      {
        'templates/visit.yaml': {
          ...template,
          texts: {
            pt: { ...text, body: '{{1}}, é {{2}}.' },
            en: { ...text, body: 'Hi {{1}}, it is on {{2}} ' },
          },
        },
      },
      [
        'templates/visit.yaml texts.pt.body: the text begins or ends with a variable, which the provider refuses',
        'templates/visit.yaml texts.en.body: the text begins or ends with a variable, which the provider refuses',
      ],
    ],
    [
      'labels and samples that are not as many as buttons and variables',
      textWith({ buttons: ['Sim'], samples: [] }),
      [
        'templates/visit.yaml texts.pt.buttons: 1 labels for 2 buttons',
        'templates/visit.yaml texts.pt.samples: 0 samples for 2 variables',
      ],
    ],
    [
      'two buttons that nobody can tell apart',
      textWith({ buttons: ['Sim', 'Sim'] }),
      ['templates/visit.yaml texts.pt.buttons: two buttons have the same label'],
    ],
    [
      'two templates of one name',
      { 'templates/visit-again.yaml': template },
      ['templates/visit-again.yaml name: another template is named "visit_reminder" at the provider'],
    ],
    [
      'a template whose name the provider would refuse',
      { 'templates/visit.yaml': { ...template, name: 'Visit' } },
      ['templates/visit.yaml name: expected a name such as "visit_reminder"'],
    ],
    [
      'routing: a missing text, an id twice, a placeholder that nothing fills in',
      {
        'routing.yaml': {
          resolutionCodes: [...routing.resolutionCodes, { id: 'answered', name: { en: 'Answered' } }],
          cannedReplies: [
            { id: 'hello', title: 'Hello', text: { pt: 'Olá, {name}!', en: 'Hello {first-name' } },
          ],
        },
      },
      [
        'routing.yaml resolutionCodes.1.id: "answered" is there twice',
        'routing.yaml resolutionCodes.1.name.pt: no text in "pt"',
        'routing.yaml cannedReplies.0.text.pt: nothing fills in "{name}"',
        'routing.yaml cannedReplies.0.text.en: nothing fills in "{first-name"',
      ],
    ],
    [
      'a secret in clear, and an identity provider that lets nobody in',
      { 'staff.yaml': { oidc: { ...staff.oidc, clientSecret: 'c0ffee', roles: {} } } },
      [
        'staff.yaml oidc.clientSecret: a secret may not stand here: name the place where it is found',
        'staff.yaml oidc.roles: no value gives a role',
      ],
    ],
    [
      'an unknown setting of a template, by its file',
      { 'templates/visit.yaml': { ...template, footer: 'x' } },
      ['templates/visit.yaml footer: unknown setting "footer"'],
    ],
  ])('%s', (_, changes, expected) => expect(findings(changes)).toEqual(expected));
});
