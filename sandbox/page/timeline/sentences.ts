import { sentenceCase, words } from '../format.ts';
import type { IconName } from '../ui/Icon.tsx';

/**
 * What happened, in words: one entry per event type that we know. `data` is read loosely, field by field, since an
 * event may come from a newer release; a type that is not in the table gets a sentence made from its name.
 */

/** `good` marks what the whole way is for; `attention` wants a person sooner or later; `failed` went wrong. */
export type Tone = 'plain' | 'good' | 'attention' | 'failed';

export type Sentence = { readonly icon: IconName; readonly tone: Tone; readonly text: string };

type Data = Readonly<Record<string, unknown>>;

type Teller = {
  readonly icon: IconName;
  readonly tone?: Tone;
  readonly tell: string | ((data: Data) => string);
};

/** What a person would call it, where the id alone would sound odd. */
const fieldNames: Readonly<Record<string, string>> = {
  'birth date': 'date of birth',
  birthdate: 'date of birth',
  dob: 'date of birth',
  member: 'member number',
  payor: 'insurer',
};

const contentNames: Readonly<Record<string, string>> = {
  text: 'a text',
  choice: 'a tap',
  image: 'a photo',
  audio: 'a voice note',
  document: 'a document',
  sticker: 'a sticker',
  location: 'a place',
  media: 'a file',
  contacts: 'a contact',
};

const ways: Readonly<Record<string, string>> = {
  tap: 'by a tap',
  typed: 'in words',
  shared: 'shared from the phone',
  flow: 'in a form',
  page: 'on the private page',
  staff: 'by staff',
  known: 'already known',
};

const askReasons: Readonly<Record<string, string>> = {
  again: 'asked again',
  'not-understood': 'asked again with an example',
  'not-readable': 'asked again in words',
  back: 'the patient went back',
  change: 'the patient changes it',
  help: 'after help',
  language: 'in the new language',
  greeting: 'after a greeting',
  resumed: 'taken up again',
  'confirm-first': 'an answer waits for it',
};

const problems: Readonly<Record<string, string>> = {
  NOT_A_DATE: 'no date in it',
  DATE_INCOMPLETE: 'the day is missing',
  NOT_IN_CALENDAR: 'a day that does not exist',
  IN_FUTURE: 'a date in the future',
  TOO_LONG_AGO: 'too long ago',
  NEEDS_TEXT: 'words are needed',
};

const handovers: Readonly<Record<string, string>> = {
  asked: 'the patient asked for a person',
  'three-misunderstandings': 'three answers were not understood',
  'red-flag': 'possible emergency',
  declined: 'the patient declined messages',
  'minimal-mode': 'this practice keeps details off the chat',
  'no-form': 'this practice has no form',
  'change-after-sending': 'a change after sending',
  'intake-refused': 'the practice system refused the intake',
};

const ignored: Readonly<Record<string, string>> = {
  'with-staff': 'a person has the conversation',
  stopped: 'the patient said stop',
  'after-stop': 'it came after stop',
  'nothing-to-answer': 'nothing was asked',
  'older-question': 'it answers an older question',
  'before-its-question': 'it came before its question',
};

const asked: Readonly<Record<string, string>> = {
  language: 'which language',
  'opt-in': 'may we write to you',
  summary: 'do I have this right',
  'change-which': 'what to change',
  'start-over?': 'start over or go on',
  'stop-or-form?': 'stop, or is that the answer',
  offer: 'what to do next',
  none: 'nothing',
};

const known: Readonly<Record<string, Teller>> = {
  MessagesRead: {
    icon: 'message',
    tell: (d) => `Read ${listed(strings(d.kinds).map(content))} from the patient`,
  },
  Greeted: { icon: 'person', tell: (d) => `Greeted the patient${inLanguage(d)}` },
  LanguageChosen: {
    icon: 'language',
    tell: (d) => `Language: ${language(d)}${d.how === 'guessed' ? ' (guessed)' : ''}`,
  },
  QuestionAsked: {
    icon: 'question',
    tell: (d) => withReason(`Asked: ${question(d.asked)}`, look(askReasons, d.why)),
  },
  CommandUnderstood: { icon: 'reply', tell: (d) => `Understood the command “${text(d.command)}”${about(d)}` },
  AnswerNotUnderstood: {
    icon: 'warning',
    tone: 'attention',
    tell: (d) =>
      withReason(`Answer not understood${about(d)}`, look(problems, d.problem) ?? spoken(d.problem)),
  },
  ContentNotRead: {
    icon: 'photo',
    tell: (d) => `Thanked for ${content(text(d.kind))}; it is not read as an answer`,
  },
  IntakeOpened: { icon: 'form', tell: 'Opened an intake' },
  IntakeOutcomeTold: { icon: 'message', tell: (d) => `Told the patient: the intake is ${text(d.outcome)}` },
  IntakeOutcomeNotTold: {
    icon: 'stop',
    tell: (d) => withReason('Did not tell the patient about the intake', look(ignored, d.why)),
  },
  Resumed: { icon: 'refresh', tell: (d) => `Took the conversation up again after ${text(d.silentHours)} h` },
  RedFlagSeen: { icon: 'warning', tone: 'failed', tell: 'Possible emergency: gave the emergency number' },
  HandedOver: {
    icon: 'person',
    tone: 'attention',
    tell: (d) => withReason('Handed over to a person', look(handovers, d.reason) ?? spoken(d.reason)),
  },
  HandedBack: {
    icon: 'person',
    tell: (d) => `Handed back to the assistant by ${d.by === 'staff' ? 'staff' : 'the patient'}`,
  },
  MessageIgnored: {
    icon: 'stop',
    tell: (d) => withReason('Left a message unanswered', look(ignored, d.why)),
  },
  StopReminded: { icon: 'stop', tell: 'Reminded the patient that messages are stopped' },

  OptInAsked: { icon: 'consent', tell: 'Asked: may we write to you?' },
  OptInGiven: {
    icon: 'consent',
    tone: 'good',
    tell: (d) => `Consent given, ${look(ways, d.how) ?? spoken(d.how)}`,
  },
  OptInDeclined: { icon: 'consent', tone: 'attention', tell: 'Consent declined' },
  OptedOut: { icon: 'stop', tone: 'attention', tell: 'STOP: nothing more will be sent' },

  IntakeStarted: { icon: 'form', tell: (d) => `Started the form “${spoken(d.formId)}”${inLanguage(d)}` },
  AnswerGiven: {
    icon: 'answer',
    tone: 'good',
    tell: (d) => withReason(`Answer accepted: ${field(d.linkId)}`, look(ways, d.way)),
  },
  AnswerReopened: {
    icon: 'reply',
    tell: (d) =>
      `Asks again for ${field(d.linkId)}: ${d.why === 'back' ? 'the patient went back' : 'the patient changes it'}`,
  },
  IntakeConfirmed: { icon: 'answer', tone: 'good', tell: 'The patient confirmed the summary' },
  IntakeDiscarded: { icon: 'close', tell: (d) => `Intake discarded: ${spoken(d.why)}` },
  PatientFound: {
    icon: 'search',
    tone: 'good',
    tell: (d) => `Found the patient in the practice system by ${text(d.how)}`,
  },
  PatientAmbiguous: {
    icon: 'search',
    tone: 'attention',
    tell: (d) => `${text(d.count)} patients match: a person must choose`,
  },
  PatientRegistered: {
    icon: 'patient',
    tone: 'good',
    tell: 'Registered a new patient in the practice system',
  },
  FilingDelayed: {
    icon: 'clock',
    tone: 'attention',
    tell: (d) => withReason('The practice system did not take it yet; trying again', spoken(d.code)),
  },
  IntakeFiled: {
    icon: 'filed',
    tone: 'good',
    tell: (d) => `Filed in the practice system: ${listed(types(d.resources))}`,
  },
  IntakeRefused: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => withReason('The practice system refused the intake', spoken(d.code)),
  },
};

/** One line for an event of any type. Never throws, whatever `data` is. */
export function sentence(type: string, data: unknown): Sentence {
  const fields: Data = isObject(data) ? data : {};
  const teller = Object.hasOwn(known, type) ? known[type] : undefined;
  if (!teller) return { icon: 'dot', tone: toneOf(type), text: guessed(type, fields) };
  const { icon, tone = 'plain', tell } = teller;
  return { icon, tone, text: typeof tell === 'string' ? tell : tell(fields) };
}

/** The types that have a sentence of their own. */
export const knownTypes: readonly string[] = Object.keys(known);

/** "SlotHeld" with `why: 'patient-asked'` → "Slot held: patient asked". */
function guessed(type: string, data: Data): string {
  const why = ['why', 'reason', 'outcome', 'code', 'linkId']
    .map((name) => data[name])
    .find((value) => typeof value === 'string');
  return withReason(sentenceCase(words(type)), why === undefined ? undefined : spoken(why));
}

function toneOf(type: string): Tone {
  if (/Failed|Refused|Rejected|Dead/.test(type)) return 'failed';
  return /Delayed|Unknown|Blocked|Held|Expired/.test(type) ? 'attention' : 'plain';
}

const withReason = (what: string, why: string | undefined): string => (why ? `${what}: ${why}` : what);

const isObject = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : 'something';

const spoken = (value: unknown): string => words(text(value));

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function look(table: Readonly<Record<string, string>>, key: unknown): string | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}

const content = (kind: string): string => look(contentNames, kind) ?? `a message of kind ${spoken(kind)}`;

function field(linkId: unknown): string {
  const name = spoken(linkId);
  return look(fieldNames, name) ?? name;
}

const about = (data: Data): string => (data.linkId === undefined ? '' : ` (${field(data.linkId)})`);

function question(value: unknown): string {
  if (!isObject(value)) return 'something';
  return value.what === 'step' ? field(value.linkId) : (look(asked, value.what) ?? spoken(value.what));
}

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

function language(data: Data): string {
  try {
    return names.of(text(data.language)) ?? text(data.language);
  } catch {
    return text(data.language);
  }
}

const inLanguage = (data: Data): string => (data.language === undefined ? '' : ` in ${language(data)}`);

/** `["Patient/1", "Coverage/2"]` → `["Patient", "Coverage"]` */
const types = (references: unknown): readonly string[] => [
  ...new Set(strings(references).map((reference) => reference.split('/')[0] ?? reference)),
];

/** "a, b and c"; "nothing" for none. Repeats are counted: "2 × a text". */
function listed(items: readonly string[]): string {
  const counted = [...Map.groupBy(items, (item) => item)].map(([item, same]) =>
    same.length > 1 ? `${same.length} × ${item}` : item,
  );
  return counted.length === 0 ? 'nothing' : new Intl.ListFormat('en').format(counted);
}
