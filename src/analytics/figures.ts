import type { Duration, Figure } from './contract.ts';

/**
 * What one fact means for the figures. A figure is a function of the events: nothing else is read, so reading them again gives the
 * same figures.
 */

/** The part of a fact that figures are made of. `data` holds nothing personal. */
export type CountedFact = {
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  /** ISO 8601, UTC. */
  readonly at: string;
};

export type Meaning = {
  readonly counts: readonly { readonly figure: Figure; readonly by: number }[];
  /** Something begins here. */
  readonly begins: readonly Beginning[];
  /** A duration ends here, if its beginning is known. */
  readonly ends: readonly { readonly duration: Duration; readonly what: string; readonly id: string }[];
};

export type Beginning = {
  readonly what: string;
  readonly id: string;
  /** It began when that one did. */
  readonly since?: { readonly what: string; readonly id: string };
  /** What began once can begin again: the later beginning counts. Without it, the first one does. */
  readonly again?: true;
};

const nothing: Meaning = { counts: [], begins: [], ends: [] };

const count = (figure: Figure, by = 1): Meaning => ({ ...nothing, counts: [{ figure, by }] });

/** `intake/1` → `1` */
const idOf = (stream: string): string => stream.slice(stream.indexOf('/') + 1);

type Read = (fact: CountedFact) => Meaning;

const readers: Readonly<Record<string, Read>> = {
  IntakeStarted: ({ stream }) => ({
    ...count('intakes-started'),
    begins: [{ what: 'intake', id: idOf(stream) }],
  }),
  IntakeConfirmed: ({ stream }) => ({
    ...count('intakes-finished'),
    ends: [{ duration: 'time-to-intake', what: 'intake', id: idOf(stream) }],
  }),
  // A visit is sought since its intake began: that is how long the patient has been at it.
  SlotsRequested: ({ stream, data }) => ({
    ...nothing,
    begins: [{ what: 'visit', id: idOf(stream), since: { what: 'intake', id: field(data, 'intakeId') } }],
  }),
  AppointmentBooked: ({ stream }) => ({
    ...count('bookings'),
    ends: [{ duration: 'time-to-booking', what: 'visit', id: idOf(stream) }],
  }),
  AppointmentMoved: () => count('moves'),
  AppointmentConfirmed: () => count('confirmations'),
  AppointmentCancelled: () => count('cancellations'),
  ReminderSent: () => count('reminders'),
  HandedOver: ({ stream }) => ({
    ...count('handoffs'),
    begins: [{ what: 'handoff', id: idOf(stream), again: true }],
  }),
  StaffReplied: ({ stream, data }) =>
    property(data, 'first') === true
      ? { ...nothing, ends: [{ duration: 'response-time', what: 'handoff', id: idOf(stream) }] }
      : nothing,
  HandoffResolved: () => count('handoffs-resolved'),
  MessagesRead: ({ data }) => count('messages-in', list(data, 'kinds').length),
  MessageAccepted: () => count('messages-out'),
  MessageRejected: () => count('messages-failed'),
  MessageExpired: () => count('messages-failed'),
  MessageStatusChanged: ({ data }) =>
    field(data, 'status') === 'failed' ? count('messages-failed') : nothing,
};

/** Which kind of stream a type of fact must stand in: another module may use the same word for something else. */
const streamOf: Readonly<Record<string, string>> = {
  HandedOver: 'conversation/',
  MessagesRead: 'conversation/',
};

export function meaningOf(fact: CountedFact): Meaning {
  const wanted = streamOf[fact.type] ?? '';
  if (!fact.stream.startsWith(wanted)) return nothing;
  const reader = Object.hasOwn(readers, fact.type) ? readers[fact.type] : undefined;
  return reader?.(fact) ?? nothing;
}

/** The day that an instant falls on in a zone: `YYYY-MM-DD`. */
export function dayOf(at: string, timeZone: string): string {
  return Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

function property(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null
    ? Object.getOwnPropertyDescriptor(data, name)?.value
    : undefined;
}

function field(data: unknown, name: string): string {
  const value = property(data, name);
  return typeof value === 'string' ? value : '';
}

function list(data: unknown, name: string): readonly unknown[] {
  const value = property(data, name);
  return Array.isArray(value) ? value : [];
}
