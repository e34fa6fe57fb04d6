import { words } from '../format.ts';

/** The words of the sentences: tables from codes to what a person would say, and the readers of loose data. */

export type Data = Readonly<Record<string, unknown>>;

/** What a person would call it, where the id alone would sound odd. */
export const fieldNames: Readonly<Record<string, string>> = {
  'birth date': 'date of birth',
  'for whom': 'who the visit is for',
  payer: 'insurer',
  'payer name': 'name of the insurer',
  reason: 'reason of the visit',
};

export const contentNames: Readonly<Record<string, string>> = {
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

export const ways: Readonly<Record<string, string>> = {
  tap: 'by a tap',
  tapped: 'by a tap',
  typed: 'in words',
  'start-word': 'with START',
  shared: 'shared from the phone',
  flow: 'in a form',
  page: 'on the private page',
  staff: 'by staff',
  known: 'already known',
};

/** By why the question was put. */
export const asking: Readonly<Record<string, string>> = {
  again: 'Asked again',
  'not-understood': 'Asked again with an example',
  'not-readable': 'Asked again, in words please',
  back: 'Went back and asked',
  change: 'Asked, to change it',
  help: 'Helped and asked again',
  language: 'Asked in the new language',
  greeting: 'Greeted and asked again',
  resumed: 'Took up where it stopped and asked',
  'confirm-first': 'Asked first',
};

export const problems: Readonly<Record<string, string>> = {
  NOT_A_DATE: 'no date in it',
  DATE_INCOMPLETE: 'the day is missing',
  NOT_IN_CALENDAR: 'a day that does not exist',
  IN_FUTURE: 'a date in the future',
  TOO_LONG_AGO: 'too long ago',
  NEEDS_TEXT: 'words are needed',
};

export const handovers: Readonly<Record<string, string>> = {
  asked: 'the patient asked for a person',
  'three-misunderstandings': 'three answers were not understood',
  'red-flag': 'possible emergency',
  declined: 'the patient declined messages',
  'minimal-mode': 'this practice keeps details off the chat',
  'no-form': 'this practice has no form',
  'change-after-sending': 'a change after sending',
  'intake-refused': 'the practice system refused the intake',
  'booking-refused': 'the practice system refused the booking',
  'identity-changed': 'the number, id or device changed',
  'gate-failed': 'this visit is not booked by chat for this patient',
  'search-refused': 'the practice system would not show its free times',
};

export const ignored: Readonly<Record<string, string>> = {
  'with-staff': 'a person has the conversation',
  stopped: 'the patient said stop',
  'after-stop': 'it came after stop',
  'nothing-to-answer': 'nothing was asked',
  'older-question': 'it answers an older question',
  'before-its-question': 'it came before its question',
  'told-before': 'it was told before',
  'stop-asked': 'first it must be clear what the patient wants to stop',
  outdated: 'the visit has changed since',
};

export const blocks: Readonly<Record<string, string>> = {
  OPTED_OUT: 'the patient said stop',
  OUTSIDE_WINDOW: 'the service window is closed',
  CONTENT_MODE: 'this practice keeps such details off the chat',
  CANNOT_BE_SAID: 'the messenger has no way to show it',
  NO_ADDRESS: 'no address is known',
  UNKNOWN_ACCOUNT: 'the account is not known',
  NO_CONSENT: 'the patient has not agreed to it',
  DAY_LIMIT: 'the business may not write first to more people today',
  SPEND_LIMIT: 'what may be spent in a day is spent',
  OUT_OF_DATE: 'what it speaks of has changed',
  NOT_THE_OWNER: 'somebody else has the conversation',
};

export const asked: Readonly<Record<string, string>> = {
  language: 'which language',
  'opt-in': 'may we write to you',
  summary: 'do I have this right',
  'change-which': 'what to change',
  'start-over?': 'start over or go on',
  'stop-or-form?': 'stop, or is that the answer',
  offer: 'what to do next',
  slots: 'which of these times',
  'slot-day': 'which day',
  'slot-clinician': 'which clinician',
  'book?': 'book this time',
  'cancel-visit?': 'really cancel the visit',
  'visit?': 'what about the visit',
  none: 'nothing',
};

export const purposes: Readonly<Record<string, string>> = {
  reply: 'Reply',
  consent: 'Opening question',
  'stop-confirmation': 'Confirmation of the stop',
  emergency: 'Emergency text',
  reminder: 'Reminder',
  staff: 'Answer of staff',
};

/** How far a message got, from first to last. News of it may arrive in any order. */
export const progress: Readonly<Record<string, string>> = {
  MessageQueued: 'waits to leave',
  MessageClaimed: 'is leaving',
  MessageAccepted: 'taken by the messenger',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read by the patient',
  played: 'heard by the patient',
};

export const isObject = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : 'something';

export const spoken = (value: unknown): string => words(text(value));

export const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

export function look(table: Readonly<Record<string, string>>, key: unknown): string | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined;
}

export const content = (kind: string): string =>
  look(contentNames, kind) ?? `a message of kind ${spoken(kind)}`;

export function field(linkId: unknown): string {
  const name = spoken(linkId);
  return look(fieldNames, name) ?? name;
}

/** " (date of birth)": the question that an event is about, where it names one. */
export function about(data: Data): string {
  if (data.linkId !== undefined) return ` (${field(data.linkId)})`;
  return data.asked === undefined ? '' : ` (${question(data.asked)})`;
}

export function question(value: unknown): string {
  if (!isObject(value)) return 'something';
  return value.what === 'step' ? field(value.linkId) : (look(asked, value.what) ?? spoken(value.what));
}

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

export function language(data: Data): string {
  try {
    return names.of(text(data.language)) ?? text(data.language);
  } catch {
    return text(data.language);
  }
}

export const inLanguage = (data: Data): string =>
  data.language === undefined ? '' : ` in ${language(data)}`;

/** `["Patient/1", "Coverage/2"]` → `["Patient", "Coverage"]` */
export const types = (references: unknown): readonly string[] => [
  ...new Set(strings(references).map((reference) => reference.split('/')[0] ?? reference)),
];

/** "a, b and c"; "nothing" for none. Repeats are counted: "2 × a text". */
export function listed(items: readonly string[]): string {
  const counted = [...Map.groupBy(items, (item) => item)].map(([item, same]) =>
    same.length > 1 ? `${same.length} × ${item}` : item,
  );
  return counted.length === 0 ? 'nothing' : new Intl.ListFormat('en').format(counted);
}

export const property = (data: unknown, name: string): unknown => (isObject(data) ? data[name] : undefined);
