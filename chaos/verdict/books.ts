import type { PracticeEntry, ProviderEntry, StaffEntry } from '../ledgers.ts';

/** All ledgers side by side, as they stand when everything has settled. Pure. */
export type Books = {
  /** In the order in which the provider wrote it down. */
  readonly provider: readonly ProviderEntry[];
  readonly practice: readonly PracticeEntry[];
  readonly staff: readonly StaffEntry[];
  /** What the product took out of its mailboxes, or holds there still. */
  readonly mail: readonly MailRow[];
  /** Facts without patient data, by position. */
  readonly events: readonly BookEvent[];
  readonly messages: readonly MessageRow[];
  readonly patients: readonly PatientRow[];
  /** Jobs that were given up. */
  readonly deadLetters: readonly { readonly queue: string; readonly id: string }[];
};

export type MailRow = {
  /** The provider's id of the message, found again by its keyed hash. */
  readonly wamid: string;
  readonly conversationId: string;
  /** The turn that took it. */
  readonly takenBy: string | null;
  readonly sentAt: string;
  readonly seq: number;
};

export type BookEvent = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of a conversation's facts: the turn. */
  readonly correlationId: string;
};

export type MessageRow = {
  readonly messageId: string;
  readonly conversationId: string;
  /** The order of its conversation's messages. */
  readonly position: number;
  readonly purpose: string;
  readonly state: string;
  readonly code: string | null;
};

export type PatientRow = {
  readonly patientId: string;
  readonly openWishes: readonly string[];
  readonly lastSide: string;
  readonly lastText: string;
  /** How often they had to begin anew. */
  readonly nudges: number;
};

/** What must not be. Each kind has its own line in the report. */
export const violationKinds = [
  'lost',
  'doubled',
  'out-of-order',
  'slot',
  'reminder',
  'owner',
  'stuck',
] as const;

export type ViolationKind = (typeof violationKinds)[number];

export type Violation = {
  readonly kind: ViolationKind;
  readonly what: string;
  readonly ids: readonly string[];
};

export const violation = (kind: ViolationKind, what: string, ...ids: readonly string[]): Violation => ({
  kind,
  what,
  ids,
});

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The end of an instant's text is written in several ways. */
export const sameInstant = (a: string, b: string): boolean => Date.parse(a) === Date.parse(b);

/** The part of a stream's name after the slash. */
export const idOf = (stream: string): string => stream.slice(stream.indexOf('/') + 1);

export function eventsOf(books: Books, kind: string): ReadonlyMap<string, readonly BookEvent[]> {
  const own = books.events.filter(({ stream }) => stream.startsWith(`${kind}/`));
  return Map.groupBy(own, ({ stream }) => idOf(stream));
}
