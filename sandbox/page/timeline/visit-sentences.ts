import { clockTime, shortDay } from '../format.ts';
import { type Data, look, property, spoken, text } from './names.ts';
import { type Tellers, withReason, type Zone } from './teller.ts';

/** Booking, changes of a visit, reminders of it. */

const searches: Readonly<Record<string, string>> = {
  first: 'the next free times',
  earlier: 'earlier times',
  later: 'later times',
  day: 'times on another day',
  clinician: 'times of another clinician',
};

const losses: Readonly<Record<string, string>> = {
  taken: 'somebody else was faster',
  gone: 'the practice took it out of the calendar',
  'hold-expired': 'the patient did not confirm in time',
  refused: 'the practice system refused it',
};

const drops: Readonly<Record<string, string>> = {
  'other-time': 'the patient looks for another time',
  stopped: 'the patient said stop',
  declined: 'the patient does not want it',
  'handed-over': 'a person goes on',
  cancelled: 'the visit was cancelled',
};

const skips: Readonly<Record<string, string>> = {
  cancelled: 'the visit was cancelled',
  moved: 'the visit was moved',
  'no-consent': 'the patient did not agree to reminders',
  'maybe-stopped': 'the patient may have said stop',
  'too-late': 'it would come too late',
  'no-template': 'there is no approved text for it',
  superseded: 'a later one of the same visit is due as well',
  unverified: 'the practice system did not say whether the visit stands',
  'not-planned': 'the practice does not remind of it any more',
};

const putOffs: Readonly<Record<string, string>> = {
  'maybe-stopped': 'the patient may have said stop',
  'practice-system': 'the practice system does not answer',
  'quiet-hours': 'nobody is written to at night',
  changing: 'the visit is being changed',
};

const who: Readonly<Record<string, string>> = {
  patient: 'the patient',
  staff: 'staff',
  practice: 'the practice',
};

const news: Readonly<Record<string, string>> = {
  slots: 'which times are free',
  booked: 'that the visit is booked',
  moved: 'that the visit was moved',
  confirmed: 'that the visit is confirmed',
  cancelled: 'that the visit is cancelled',
  held: 'that the time is kept',
  lost: 'that the time is gone',
  'search-delayed': 'that looking for times takes longer',
  'search-refused': 'that no times can be shown',
  'found-moved': 'that the practice has moved the visit',
  delayed: 'that it takes longer',
  refused: 'that it could not be done',
};

const replies: Readonly<Record<string, string>> = {
  confirm: 'will come',
  move: 'wants another time',
  cancel: 'cancels',
  'cannot-come': 'cannot come',
  outdated: 'answers an older reminder',
  again: 'answers again',
};

/** "Tue 24 Nov, 09:30" */
function at(instant: unknown, zone: Zone): string {
  if (typeof instant !== 'string' || Number.isNaN(Date.parse(instant))) return 'a time';
  return `${shortDay(instant, zone)}, ${clockTime(instant, zone)}`;
}

const startOf = (data: Data, name: string, zone: Zone): string => at(property(data[name], 'start'), zone);

/** "the reminder “two days”" */
const which = (data: Data): string =>
  data.reminderId === undefined ? 'a reminder' : `the reminder “${spoken(data.reminderId)}”`;

const count = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

const free = (found: number): string =>
  found === 0
    ? 'The practice system has no free time'
    : `The practice system has ${found === 1 ? 'one free time' : `${found} free times`}`;

export const visitTellers: Tellers = {
  AppointmentOpened: { icon: 'calendar', tell: 'Begins to book a visit' },
  AppointmentTurnedTo: { icon: 'calendar', tell: 'Speaks of the visit that the reminder was about' },
  AppointmentNewsTold: {
    icon: 'message',
    tell: (d) => `Told the patient ${look(news, d.news) ?? spoken(d.news)}`,
  },
  AppointmentNewsNotTold: {
    icon: 'stop',
    tell: (d) => `Did not tell the patient ${look(news, d.news) ?? spoken(d.news)}`,
  },
  SlotsRequested: {
    icon: 'search',
    tell: (d) =>
      `Asked the practice system for ${look(searches, property(d.search, 'asked')) ?? 'free times'} (${spoken(d.visitType)})`,
  },
  SlotsFound: {
    icon: 'calendar',
    tone: (d) => (count(d.slots) === 0 ? 'attention' : 'plain'),
    tell: (d) => free(count(d.slots)),
  },
  SearchDelayed: {
    icon: 'clock',
    tone: 'attention',
    tell: (d) => `The practice system did not say which times are free; trying again (${text(d.code)})`,
  },
  SearchRefused: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => `The practice system would not say which times are free (${text(d.code)})`,
  },
  SlotChosen: { icon: 'answer', tell: (d, zone) => `The patient chose ${startOf(d, 'offer', zone)}` },
  SlotHeld: {
    icon: 'clock',
    tell: (d, zone) =>
      `Keeps ${startOf(d, 'offer', zone)} for the patient${
        typeof d.expiresAt === 'string' ? ` until ${clockTime(d.expiresAt, zone)}` : ''
      }`,
  },
  SlotLost: {
    icon: 'warning',
    tone: 'attention',
    tell: (d, zone) =>
      withReason(`${startOf(d, 'offer', zone)} is gone`, look(losses, d.why) ?? spoken(d.why)),
  },
  HoldDropped: {
    icon: 'close',
    tell: (d, zone) =>
      withReason(`Gave ${startOf(d, 'offer', zone)} back`, look(drops, d.why) ?? spoken(d.why)),
  },
  BookingRequested: {
    icon: 'send',
    tell: (d) =>
      d.moves === true
        ? 'The patient said yes: the visit is being moved'
        : 'The patient said yes: the visit is being booked',
  },
  BookingDelayed: {
    icon: 'clock',
    tone: 'attention',
    tell: (d) => `The practice system did not take the visit yet; trying again (${text(d.code)})`,
  },
  AppointmentBooked: {
    icon: 'calendar',
    tone: 'good',
    tell: (d, zone) => `Booked in the practice system: ${startOf(d, 'offer', zone)}`,
  },
  AppointmentMoved: {
    icon: 'calendar',
    tone: 'good',
    tell: (d, zone) =>
      `Moved in the practice system: from ${startOf(d, 'from', zone)} to ${startOf(d, 'offer', zone)}`,
  },
  ConfirmationRequested: {
    icon: 'answer',
    tell: (d) => `Confirmed by ${look(who, d.by) ?? spoken(d.by)}: the practice system is being told`,
  },
  AppointmentConfirmed: { icon: 'calendar', tone: 'good', tell: 'Confirmed in the practice system' },
  CancellationRequested: {
    icon: 'close',
    tell: (d) => `Cancelled by ${look(who, d.by) ?? spoken(d.by)}: the practice system is being told`,
  },
  AppointmentCancelled: {
    icon: 'calendar',
    tell: (d, zone) => `Cancelled in the practice system: ${startOf(d, 'offer', zone)} is free again`,
  },
  ChangeRefused: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => `The practice system refused to ${spoken(d.what)} the visit (${text(d.code)})`,
  },
  AppointmentFoundMoved: {
    icon: 'calendar',
    tone: 'attention',
    tell: (d, zone) => `Somebody at the practice has moved the visit to ${startOf(d, 'offer', zone)}`,
  },

  RemindersPlanned: {
    icon: 'clock',
    tell: (d, zone) => planned(d.reminders, zone),
  },
  ReminderPutOff: {
    icon: 'clock',
    tone: 'attention',
    tell: (d, zone) => withReason(`Waits with ${which(d)} until ${at(d.until, zone)}`, look(putOffs, d.why)),
  },
  ReminderSent: { icon: 'send', tone: 'good', tell: (d) => `Sends ${which(d)}` },
  ReminderSkipped: {
    icon: 'stop',
    tell: (d) => withReason(`Does not send ${which(d)}`, look(skips, d.why) ?? spoken(d.why)),
  },
  Reminded: { icon: 'message', tell: 'Reminded: the next answer may be about the visit' },
  ReminderAnswered: {
    icon: 'reply',
    tone: 'good',
    tell: (d) => `Answered the reminder: the patient ${look(replies, d.answer) ?? spoken(d.answer)}`,
  },
};

function planned(reminders: unknown, zone: Zone): string {
  const due = (Array.isArray(reminders) ? reminders : []).map((one) => at(property(one, 'due'), zone));
  return due.length === 0 ? 'No reminder is due any more' : `Will remind on ${due.join(' and ')}`;
}
