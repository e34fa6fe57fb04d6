import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AccountFile, accountFile } from '../account-file.ts';
import { practiceFile, templateFile } from '../practice.ts';
import { lintAccounts } from './lint.ts';
import { type Anyones, lintReceivers, referencesOf } from './receivers.ts';

const settings = practiceFile.parse({
  id: 'clinic',
  name: 'The Clinic',
  jurisdiction: 'BR',
  timeZone: 'America/Sao_Paulo',
  languages: ['pt'],
  contentMode: 'minimal',
  phone: '+55 11 5550-1200',
  address: 'Rua das Flores 12',
  privacyUrl: 'https://clinic.example/privacy',
  emergency: { number: '192' },
  openingHours: { pt: 'de 8h a 18h' },
  phases: { intake: false },
});

const reminder = templateFile.parse({
  name: 'visit_reminder',
  category: 'utility',
  variables: ['first-name', 'visit-date'],
  buttons: ['confirm', 'cancel'],
  texts: {
    pt: {
      providerLanguage: 'pt_BR',
      body: 'Olá, {{1}}, dia {{2}}.',
      buttons: ['Sim', 'Não'],
      samples: ['a', 'b'],
    },
  },
});

const common = { id: 'wa', displayPhone: '+55 11 5550-1200' };
const hex = '0123456789abcdef0123456789abcdef';
const uuid = '11111111-2222-4333-8444-555555555555';
const entry = { name: 'visit_reminder', language: 'pt_BR' };

/** One of each, with which nothing is wrong. */
const good = {
  meta: {
    ...common,
    provider: 'meta',
    phoneNumberId: '700100200300401',
    wabaId: '800100200300402',
    appSecrets: ['env:APP_SECRET'],
    verifyToken: 'env:VERIFY_TOKEN',
    accessToken: 'env:ACCESS_TOKEN',
  },
  twilio: {
    ...common,
    provider: 'twilio',
    accountSid: `AC${hex}`,
    apiKey: `SK${hex}`,
    apiSecret: 'env:API_SECRET',
    authTokens: ['env:AUTH_TOKEN'],
    sender: '12025550100',
    templates: [{ ...entry, contentSid: `HX${hex}` }],
    questions: [{ shape: 'buttons', choices: 2, contentSid: `HX${hex}` }],
  },
  vonage: {
    ...common,
    provider: 'vonage',
    number: '12025550100',
    apiKey: 'a1b2c3d4',
    applicationId: uuid,
    privateKey: 'file:/run/secrets/vonage.pem',
    signatureSecrets: ['env:SIGNATURE_SECRET'],
  },
  messagebird: {
    ...common,
    provider: 'messagebird',
    channelId: hex,
    accessKey: 'env:ACCESS_KEY',
    signingKeys: ['env:SIGNING_KEY'],
    templateNamespace: '0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0',
  },
  bird: {
    ...common,
    provider: 'bird',
    workspaceId: uuid,
    channelId: uuid,
    accessKey: 'env:ACCESS_KEY',
    signingKeys: ['env:SIGNING_KEY'],
    templates: [{ ...entry, projectId: uuid, version: 'latest', locale: 'pt-BR', variables: ['who', 'day'] }],
  },
} as const;

type Name = keyof typeof good;

function accountOf(name: Name, changes: object = {}): AccountFile {
  return accountFile.parse({ ...good[name], ...changes });
}

/** `level path: problem`, one line each. */
function lint(name: Name, changes: object = {}, publicUrl?: string, practice = settings): readonly string[] {
  const accounts = [accountOf(name, changes)];
  const found = lintAccounts({ accounts, templates: { reminder }, practice }, publicUrl);
  for (const { example, file } of found) {
    expect(example).not.toBe('');
    expect(file).toBe('channels.yaml');
  }
  return found.map(({ level, path, problem }) => `${level} ${path}: ${problem}`);
}

test.each(Object.keys(good) as Name[])('nothing is said of a sound account at %s', (name) => {
  expect(lint(name)).toEqual([]);
});

describe('values that look like something else', () => {
  const cases: readonly (readonly [Name, object, string])[] = [
    [
      'meta',
      { phoneNumberId: '+1 202 555 0100' },
      "accounts.0.phoneNumberId: expected Meta's id, all digits",
    ],
    ['meta', { wabaId: 'clinic' }, "accounts.0.wabaId: expected Meta's id, all digits"],
    ['meta', { baseUrl: 'graph.facebook.com' }, 'accounts.0.baseUrl: expected a URL'],
    [
      'twilio',
      { accountSid: `SK${hex}` },
      'accounts.0.accountSid: expected a SID: AC and 32 hexadecimal digits',
    ],
    [
      'twilio',
      { apiKey: 'clinic' },
      'accounts.0.apiKey: expected the SID of an API key, SK and 32 hexadecimal digits, or the account SID itself',
    ],
    [
      'twilio',
      { apiKey: `AC${hex.replace('0', '9')}` },
      "accounts.0.apiKey: this is another account's SID: messages would be refused (20003)",
    ],
    [
      'twilio',
      { sender: 'whatsapp:+12025550100' },
      'accounts.0.sender: expected a number of digits with country code, without plus, spaces or prefix',
    ],
    [
      'twilio',
      { messagingServiceSid: `HX${hex}` },
      'accounts.0.messagingServiceSid: expected a SID: MG and 32 hexadecimal digits',
    ],
    ['twilio', { messagingUrl: 'messaging' }, 'accounts.0.messagingUrl: expected a URL'],
    [
      'vonage',
      { number: '+1 202 555 0100' },
      'accounts.0.number: expected a number of digits with country code, without plus, spaces or prefix',
    ],
    ['vonage', { apiKey: 'my key' }, 'accounts.0.apiKey: expected an API key'],
    ['vonage', { applicationId: 'a1b2c3d4' }, 'accounts.0.applicationId: expected a UUID'],
    ['vonage', { privateKey: 'not a key' }, 'accounts.0.privateKey: expected an RSA private key in PEM'],
    ['vonage', { updateBaseUrl: 'api-eu.vonage.com' }, 'accounts.0.updateBaseUrl: expected a URL'],
    [
      'messagebird',
      { channelId: '+12025550100' },
      "accounts.0.channelId: expected a channel's id, 32 hexadecimal digits",
    ],
    [
      'messagebird',
      { accessKey: 'test_0123456789' },
      'accounts.0.accessKey: this is a test key: MessageBird takes messages with it and sends none',
    ],
    ['bird', { workspaceId: 'clinic' }, 'accounts.0.workspaceId: expected a UUID'],
    ['bird', { channelId: hex }, 'accounts.0.channelId: expected a UUID'],
  ];

  test.each(cases)('%s %j', (name, changes, expected) => {
    expect(lint(name, changes)).toEqual([`wrong ${expected}`]);
  });

  test('a key that is one, and one of another kind', () => {
    const pem = (type: 'rsa' | 'ec') =>
      (type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      ).privateKey
        .export({ type: 'pkcs8', format: 'pem' })
        .toString();
    expect(lint('vonage', { privateKey: pem('rsa') })).toEqual([]);
    expect(lint('vonage', { privateKey: pem('ec') })).toHaveLength(1);
  });

  test('the account SID with its auth token is a key', () => {
    expect(lint('twilio', { apiKey: `AC${hex}` })).toEqual([]);
  });

  test('what a reference leads to is judged where it leads', () => {
    const references = { accountSid: 'env:A', apiKey: 'env:B', sender: 'file:/c', baseUrl: 'env:D' };
    expect(lint('twilio', references)).toEqual([]);
  });
});

describe('addresses', () => {
  const own = 'https://intake.example/webhooks/twilio/wa';

  test('without https', () => {
    for (const name of Object.keys(good) as Name[])
      expect(lint(name, { baseUrl: 'http://provider.example' })).toEqual([
        'careful accounts.0.baseUrl: without https, what patients write could be read on the way; production refuses it',
      ]);
  });

  test('where statuses go', () => {
    const at = (statusCallbackUrl: string, publicUrl?: string) =>
      lint('twilio', { statusCallbackUrl }, publicUrl);
    expect(at(own)).toEqual([]);
    expect(at(own, 'https://intake.example')).toEqual([]);
    expect(at(`${own}?tenant=1`)).toEqual([]);
    const elsewhere =
      "wrong accounts.0.statusCallbackUrl: this is not the account's own webhook, so what became of its messages would not be known here";
    expect(at('https://intake.example/webhooks/twilio/other')).toEqual([elsewhere]);
    expect(at(own, 'https://other.example')).toEqual([elsewhere]);
    expect(at(`${own}#rc=5`)).toEqual([
      'wrong accounts.0.statusCallbackUrl: what follows # is set by the program itself',
    ]);
    expect(at(own.replace('https', 'http'))).toEqual([
      'careful accounts.0.statusCallbackUrl: providers are to call by https',
    ]);
    expect(lint('messagebird', { reportUrl: 'https://intake.example/statuses' })).toEqual([
      elsewhere.replace('statusCallbackUrl', 'reportUrl'),
    ]);
  });
});

describe('templates', () => {
  const missing =
    'wrong accounts.0.templates: no entry for "visit_reminder" in "pt_BR": it cannot be sent from here';

  test('that the account does not name', () => {
    expect(lint('twilio', { templates: [] })).toEqual([missing]);
    expect(lint('bird', { templates: [] })).toEqual([missing]);
    expect(lint('messagebird', { templateNamespace: '' })).toEqual([
      'wrong accounts.0.templateNamespace: templates are sent by their namespace, and without it none can be: no reminder would leave',
    ]);
  });

  test('in another language, there twice, or of nobody', () => {
    const contentSid = `HX${hex}`;
    expect(lint('twilio', { templates: [{ ...entry, language: 'pt', contentSid }] })).toEqual([
      missing,
      'careful accounts.0.templates.0: the practice has no template "visit_reminder" in "pt"',
    ]);
    const twice = [entry, entry].map((each) => ({ ...each, contentSid }));
    expect(lint('twilio', { templates: twice })).toEqual([
      'wrong accounts.0.templates.1: "visit_reminder" in "pt_BR" is there twice, and only the first counts',
    ]);
  });

  test("whose places at Bird are not the template's", () => {
    const at = (changes: object) => lint('bird', { templates: [{ ...good.bird.templates[0], ...changes }] });
    expect(at({ variables: ['who'] })).toEqual([
      'wrong accounts.0.templates.0.variables: 1 names for 2 variables: it cannot be sent',
    ]);
    expect(at({ payloads: ['a'] })).toEqual([
      'wrong accounts.0.templates.0.payloads: 1 names for 2 buttons: it cannot be sent',
    ]);
    expect(at({ payloads: ['a', 'b'] })).toEqual([]);
  });
});

test('what somebody should have decided', () => {
  expect(lint('twilio', { questions: [] })).toEqual([
    'careful accounts.0.questions: without contents for questions, all of them are asked as numbered text and none with buttons',
  ]);
  expect(lint('twilio', { typing: true })).toEqual([]);
  expect(lint('twilio', { typing: true }, undefined, { ...settings, jurisdiction: 'US' })).toHaveLength(1);
  expect(lint('vonage', { acceptsUnnamedApplication: true })).toHaveLength(1);
  expect(lint('vonage', { acceptsUnnamedApplication: false })).toEqual([]);
});

describe('accounts beside each other', () => {
  const of = (practice: string, name: Name, changes: object = {}): Anyones => ({
    practice,
    place: 'accounts.0',
    account: accountOf(name, changes),
  });
  const said = (...all: Anyones[]) =>
    lintReceivers(all).map(
      ({ practice, level, path, problem }) => `${practice} ${level} ${path}: ${problem}`,
    );

  test('two for one number, of one practice or of two, however it is written', () => {
    for (const [name, field] of [
      ['meta', 'phoneNumberId'],
      ['twilio', 'sender'],
      ['vonage', 'number'],
      ['messagebird', 'channelId'],
      ['bird', 'channelId'],
    ] as const)
      expect(said(of('one', name), of('two', name, { id: 'other' }))).toEqual([
        `two wrong accounts.0.${field}: this is the number of "wa" too (one): what patients write would be read as one account's alone`,
      ]);
    expect(
      said(of('one', 'twilio', { sender: 'env:N' }), of('one', 'twilio', { sender: 'env:N' })),
    ).toHaveLength(1);
    expect(said(of('one', 'vonage', { number: '+12025550100' }), of('one', 'vonage'))).toHaveLength(1);
    expect(said(of('one', 'twilio'), of('two', 'vonage'))).toEqual([]);
  });

  test('two practices with one secret', () => {
    const other = { phoneNumberId: '700100200300499' };
    expect(said(of('one', 'meta'), of('two', 'meta', other))).toEqual([
      'two careful accounts.0.appSecrets: "wa" of one has the same secret: whoever knows it can write in the name of either practice\'s patients',
    ]);
    expect(said(of('one', 'meta'), of('one', 'meta', other))).toEqual([]);
    expect(said(of('one', 'meta'), of('two', 'meta', { ...other, appSecrets: ['env:B'] }))).toEqual([]);
  });

  test('where the program will look', () => {
    expect(referencesOf(accountOf('twilio'))).toEqual(['env:API_SECRET', 'env:AUTH_TOKEN']);
    expect(referencesOf(accountOf('vonage', { number: 'env:NUMBER' }))).toEqual([
      'file:/run/secrets/vonage.pem',
      'env:SIGNATURE_SECRET',
      'env:NUMBER',
    ]);
  });
});
