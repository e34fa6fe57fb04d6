import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { PmsOperation } from '#pms/pms.ts';
import { interpret as interpretGraph } from '../../src/channels/meta/interpret.ts';
import { parse } from '../../src/channels/meta/parse.ts';
import { verify, verifySubscription } from '../../src/channels/meta/verify.ts';
import { isStart, stopKind } from '../../src/consent/stop-words.ts';
import { asksNothing, commandIn, misspeltCommandIn } from '../../src/conversation/commands-in-text.ts';
import { guessLanguage } from '../../src/conversation/guess-language.ts';
import { readWhen } from '../../src/conversation/read-when.ts';
import { findRedFlag } from '../../src/conversation/red-flags.ts';
import { readBotTap } from '../../src/conversation/tap-ids.ts';
import { compileForm } from '../../src/intake/compile-form.ts';
import { readChoice, readTapId } from '../../src/intake/read-choice.ts';
import { readDate } from '../../src/intake/read-date.ts';
import { readName } from '../../src/intake/read-name.ts';
import { readPhone } from '../../src/intake/read-phone.ts';
import { readAddress, readInteger, readMemberNumber, readText } from '../../src/intake/read-text.ts';
import type { StepOption } from '../../src/intake/step.ts';
import { interpret as interpretFhir } from '../../src/pms/fhir/interpret.ts';
import { readReminderTap } from '../../src/scheduling/reminder-tap.ts';
import { anyText, bytes, mutated } from './weird.ts';

/**
 * Everything that reads what strangers write. A target makes its inputs, reads one, and throws where what came of it is not what the
 * reader promises; the harness looks at time and at the prototypes.
 */

export type Target = {
  readonly name: string;
  readonly inputs: fc.Arbitrary<unknown>;
  /** Throws where the reader breaks its word. */
  readonly read: (input: never) => void;
};

function target<T>(name: string, inputs: fc.Arbitrary<T>, read: (input: T) => void): Target {
  return { name, inputs, read };
}

const load = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

type Case = { readonly given: { readonly body?: unknown; readonly response?: { readonly body?: unknown } } };

const cases = (path: string) => load(path) as readonly Case[]; // our own files
const webhooks = cases('src/channels/meta/testdata/parse.json').flatMap(({ given }) =>
  given.body === undefined ? [] : [given.body],
);
const graphAnswers = cases('src/channels/meta/testdata/interpret.json').flatMap(({ given }) =>
  given.body === undefined ? [] : [given.body],
);
const fhirAnswers = cases('src/pms/fhir/testdata/interpret.json').flatMap(({ given }) =>
  typeof given.response?.body === 'object' ? [given.response.body] : [],
);
const operations = Object.values(
  load('src/pms/fhir/testdata/operations.json') as Readonly<Record<string, PmsOperation>>, // our own file
);
const forms = ['aurora', 'riverside'].map((practice) => load(`practices/${practice}/forms/intake.json`));

function insist(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const code = /^[A-Z][A-Z0-9_]*$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

const count = (value: unknown) =>
  value === undefined || value === null ? 0 : Array.isArray(value) ? value.length : 1;

/** Of how many things a body tells: each must become an event, or something would be lost without a trace. */
function told(body: unknown): number {
  const entries = own(body, 'entry');
  if (!Array.isArray(entries)) return 0;
  return entries.reduce((sum: number, entry) => {
    const changes = isObject(entry) ? own(entry, 'changes') : undefined;
    return (
      sum + (Array.isArray(changes) ? changes.reduce((so: number, each) => so + toldByChange(each), 0) : 1)
    );
  }, 0);
}

function toldByChange(change: unknown): number {
  const value = own(change, 'value');
  if (own(change, 'field') !== 'messages' || !isObject(value)) return 1;
  return Math.max(
    1,
    count(own(value, 'messages')) + count(own(value, 'statuses')) + count(own(value, 'errors')),
  );
}

function readWebhook(body: Buffer): void {
  let events: ReturnType<typeof parse>;
  try {
    events = parse({ body });
  } catch (error) {
    insist(error instanceof SyntaxError, `threw ${String(error)}`);
    insist(
      /^expected [A-Za-z_ ]+$/.test((error as SyntaxError).message),
      'the error says more than what was expected',
    );
    return;
  }
  for (const event of events) {
    if (event.type === 'notice')
      insist(/^[A-Za-z][\w.-]*$/.test(event.what) && /^[0-9a-f]{64}$/.test(event.key), 'an odd notice');
    else insist(event.externalId !== '' && instant.test(event.at), 'an event without id or time');
  }
  const written = JSON.parse(new TextDecoder().decode(body)) as unknown; // it was read just now
  insist(events.length === told(written), 'something was lost without a trace, or told twice');
}

const readContext = { today: '2026-11-22', jurisdiction: 'BR' };
const options: readonly StepOption[] = [
  { code: 'knee', display: { en: 'Knee', pt: 'Joelho' }, synonyms: { en: ['patella'] } },
  { code: 'hip', display: { en: 'Hip or thigh', pt: 'Quadril' }, synonyms: {} },
];

function isProblem(read: object): void {
  if (!('problem' in read)) return;
  insist(typeof read.problem === 'string' && code.test(read.problem), 'a problem without a code');
}

const textReaders: Readonly<Record<string, (text: string) => unknown>> = {
  'red flags': findRedFlag,
  'stop words': (text) => [stopKind(text), isStart(text)],
  commands: (text) => [commandIn(text), misspeltCommandIn(text), asksNothing(text)],
  'guessed language': (text) => guessLanguage(text, undefined, ['pt', 'en', 'es']),
  'days and times': (text) =>
    readWhen(text, {
      at: '2026-11-22T12:00:00.000Z',
      timeZone: 'America/Sao_Paulo',
      jurisdiction: 'BR',
      language: 'pt',
    }),
  taps: (text) => [readTapId(text), readBotTap(text), readReminderTap(text)],
  'a choice': (text) => readChoice(text, options, 'pt'),
  'a date': (text) => isProblem(readDate(text, { ...readContext, birth: true })),
  'a name': (text) => isProblem(readName(text, 'pt', 200)),
  'a phone number': (text) => isProblem(readPhone(text, 'BR', '+5511900000000')),
  'a text': (text) => isProblem(readText(text, 500)),
  'an address': (text) => isProblem(readAddress(text, 'BR', 300)),
  'a member number': (text) => isProblem(readMemberNumber(text, 40)),
  'a whole number': (text) => isProblem(readInteger(text)),
};

const header = fc.dictionary(
  fc.constantFrom(
    'retry-after',
    'location',
    'content-location',
    'etag',
    'x-business-use-case-usage',
    '__proto__',
  ),
  fc.oneof(fc.string(), fc.json(), fc.constantFrom('120', 'Patient/p1/_history/1', 'W/"3"')),
);

const status = fc.oneof(
  fc.constantFrom(200, 201, 400, 404, 409, 412, 429, 500, 503),
  fc.integer({ min: 0, max: 999 }),
);

export const targets: readonly Target[] = [
  target('Meta: a webhook', bytes(mutated(webhooks)), readWebhook),
  target(
    'Meta: an answer',
    fc.tuple(status, header, bytes(mutated(graphAnswers))),
    ([given, headers, body]) => {
      const outcome = interpretGraph({ status: given, headers, body: body.toString('utf8') });
      if (outcome.kind !== 'accepted') insist(code.test(outcome.code), 'a code that may not be logged');
      if (outcome.kind === 'retry')
        insist(outcome.afterMs === undefined || Number.isSafeInteger(outcome.afterMs), 'a wait that is none');
    },
  ),
  target(
    'Meta: a signature and a subscription',
    fc.tuple(
      fc.oneof(anyText, fc.array(anyText)),
      fc.dictionary(anyText, fc.oneof(anyText, fc.array(anyText))),
      fc.uint8Array(),
    ),
    ([signature, query, body]) => {
      const headers = { 'x-hub-signature-256': signature };
      insist(
        !verify({ method: 'POST', url: 'https://x.example', headers, body }, { appSecrets: ['a', 'b'] }),
        'a forgery passed',
      );
      verifySubscription(query, { verifyToken: 'a-token-of-our-own' });
    },
  ),
  target(
    'FHIR: an answer',
    fc.tuple(fc.constantFrom(...operations), status, header, bytes(mutated(fhirAnswers))),
    ([operation, given, headers, body]) => {
      const context = {
        baseUrl: 'https://pms.example/fhir',
        identifierSystem: 'https://vestibule.example/ids',
        now: 0,
      };
      const outcome = interpretFhir(
        operation.type,
        operation,
        { status: given, headers, body: body.toString('utf8') },
        context,
      );
      if (outcome.kind !== 'accepted') insist(code.test(outcome.code), 'a code that may not be logged');
    },
  ),
  target('a form', mutated(forms), (json) => {
    let form: unknown;
    try {
      form = JSON.parse(json);
    } catch {
      return;
    }
    const compiled = compileForm(form, ['pt', 'en', 'es']);
    insist(
      'form' in compiled ? compiled.form.steps.length > 0 : compiled.problems.length > 0,
      'neither a form nor a problem',
    );
  }),
  ...Object.entries(textReaders).map(([name, read]) => target(`words: ${name}`, anyText, read)),
];
