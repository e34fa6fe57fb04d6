import type { ConsentState } from '#consent/consent.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { FoundAppointment } from '#pms/pms.ts';
import type { ReminderSettings } from '#practice/practice.ts';
import type { AppointmentState, Booked } from '#scheduling/appointment.ts';
import { quietUntil } from './due.ts';
import type { PutOffReason, SkipReason } from './events.ts';
import { type RemindersState, type Waiting, waitingFor } from './reminders.ts';

/** Everything that decides whether a reminder is sent now. */
export type Question = {
  readonly reminderId: string;
  readonly start: string;
  readonly reminders: RemindersState;
  readonly visit: AppointmentState;
  readonly consent: ConsentState;
  /** The patient was asked whether they meant a stop. */
  readonly maybeStopped: boolean;
  /** The visit as the practice system has it; undefined before it was asked. */
  readonly found: Outcome<FoundAppointment> | undefined;
  readonly quietHours: ReminderSettings['quietHours'];
  readonly timeZone: string;
  /** Instant, ISO 8601 in UTC. */
  readonly now: string;
};

export type Judgement =
  /** It was dealt with already, or is not due yet. */
  | { readonly do: 'nothing' }
  | { readonly do: 'skip'; readonly why: SkipReason }
  | { readonly do: 'put-off'; readonly why: PutOffReason; readonly until: string }
  /** The practice system must be asked first whether the visit still stands. */
  | { readonly do: 'ask'; readonly pmsAppointmentId: string }
  /** Somebody changed the visit in the practice system. */
  | { readonly do: 'record-cancelled' }
  | { readonly do: 'record-moved'; readonly found: FoundAppointment }
  | { readonly do: 'send'; readonly waiting: Waiting; readonly booked: Booked };

/** Is the reminder sent, now that it is due? */
export function judge(question: Question): Judgement {
  const { reminders, start, now, visit, consent } = question;
  const waiting = waitingFor(reminders, question);
  if (waiting === undefined || now < waiting.due) return { do: 'nothing' };
  if (visit.status !== 'open' || visit.booked === undefined) return skip('cancelled');
  const { booked } = visit;
  if (booked.offer.start !== start) return skip('moved');
  if (isSuperseded(reminders, waiting, now)) return skip('superseded');
  if (consent.status !== 'given') return skip('no-consent');
  if (now > waiting.last) return skip('too-late');
  if (visit.changing === 'cancel' || visit.choice?.phase === 'booking') {
    return putOff(question, waiting, 'changing', 'too-late');
  }
  if (question.maybeStopped) return putOff(question, waiting, 'maybe-stopped', 'maybe-stopped');
  const quiet = quietUntil(now, question.quietHours, question.timeZone);
  if (quiet !== undefined) {
    return quiet > waiting.last ? skip('too-late') : { do: 'put-off', why: 'quiet-hours', until: quiet };
  }
  return fromPracticeSystem(question, waiting, booked);
}

/** `arrived` and what follows it: the patient is there. */
const over: readonly string[] = ['arrived', 'checked-in', 'fulfilled'];
const gone: readonly string[] = ['cancelled', 'noshow', 'entered-in-error'];

function fromPracticeSystem(question: Question, waiting: Waiting, booked: Booked): Judgement {
  const { found, start } = question;
  if (found === undefined) return { do: 'ask', pmsAppointmentId: booked.pmsAppointmentId };
  if (found.kind === 'rejected') return skip('unverified');
  if (found.kind !== 'accepted') return putOff(question, waiting, 'practice-system', 'unverified');
  const { value } = found;
  // Another visit than the one that was asked about: the time of this one has changed meanwhile.
  if (value.id !== booked.pmsAppointmentId) return { do: 'ask', pmsAppointmentId: booked.pmsAppointmentId };
  if (gone.includes(value.status)) return { do: 'record-cancelled' };
  if (over.includes(value.status)) return skip('too-late');
  if (value.start === undefined) return skip('unverified');
  if (Date.parse(value.start) !== Date.parse(start)) return { do: 'record-moved', found: value };
  return { do: 'send', waiting, booked };
}

/** Two at once say the same: after an outage, or where the quiet hours moved both to one evening. */
function isSuperseded({ waiting }: RemindersState, one: Waiting, now: string): boolean {
  return waiting.slice(waiting.indexOf(one) + 1).some(({ due }) => due <= now);
}

/** Milliseconds; doubled each time a reminder is put off. */
const firstPutOffMs = 60_000;
const longestPutOffMs = 15 * 60_000;

/** Looked at again later, and at the last moment; after that it is skipped. */
function putOff(
  { now }: Question,
  { putOffs, last }: Waiting,
  why: PutOffReason,
  otherwise: SkipReason,
): Judgement {
  if (now >= last) return skip(otherwise);
  const wait = Math.min(longestPutOffMs, firstPutOffMs * 2 ** Math.min(putOffs, 10));
  const until = new Date(Math.min(Date.parse(now) + wait, Date.parse(last))).toISOString();
  return { do: 'put-off', why, until };
}

function skip(why: SkipReason): Judgement {
  return { do: 'skip', why };
}

/** Does the visit stand at this time, with no change under way? The door asks it again at the moment of sending. */
export function standsAt(visit: AppointmentState, start: string, now: string): boolean {
  if (visit.status !== 'open' || visit.booked?.offer.start !== start || now >= start) return false;
  return visit.changing !== 'cancel' && visit.choice?.phase !== 'booking';
}
