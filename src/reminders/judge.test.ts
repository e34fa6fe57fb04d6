import { describe, expect, test } from 'vitest';
import type { ConsentState } from '#consent/consent.ts';
import { accepted, rejected, retry, unknown } from '#kernel/outcome.ts';
import type { FoundAppointment } from '#pms/pms.ts';
import type { OpenAppointment } from '#scheduling/appointment.ts';
import { judge, type Question, standsAt } from './judge.ts';

const start = '2026-11-24T13:00:00.000Z';
const due = '2026-11-22T13:00:00.000Z';
const now = '2026-11-22T13:00:01.000Z';
const last = '2026-11-24T12:30:00.000Z';

const offer = { slotId: 's1', scheduleId: 'sch1', start, end: '2026-11-24T13:30:00.000Z' };
const booked = { pmsAppointmentId: 'p1', pmsPatientId: 'pat1', offer, holdId: 'h1', confirmed: false };
const visit: OpenAppointment = {
  status: 'open',
  appointmentId: 'a1',
  conversationId: 'c1',
  intakeId: 'i1',
  patientId: 'patient1',
  visitType: 'consultation',
  search: { from: due, to: start, backwards: false, asked: 'first' },
  round: 1,
  found: [],
  clinicians: {},
  choice: undefined,
  booked,
  changing: undefined,
  cancelled: undefined,
  delayTold: false,
};
const given: ConsentState = { status: 'given', since: due, wording: '1', language: 'pt' };
const waiting = { reminderId: 'two-days', template: 'visit-reminder', due, last, putOffs: 0 };
const found = (changes: Partial<FoundAppointment> = {}): FoundAppointment => ({
  id: 'p1',
  version: '1',
  status: 'booked',
  start,
  end: offer.end,
  slotIds: ['s1'],
  patientId: 'pat1',
  patientStatus: 'needs-action',
  resource: { resourceType: 'Appointment', status: 'booked', participant: [] },
  ...changes,
});

const question = (changes: Partial<Question> = {}): Question => ({
  reminderId: 'two-days',
  start,
  reminders: { start, waiting: [waiting], done: [] },
  visit,
  consent: given,
  maybeStopped: false,
  found: accepted(found()),
  quietHours: { from: '21:00', to: '08:00' },
  timeZone: 'UTC',
  now,
  ...changes,
});

const skip = (why: string) => ({ do: 'skip', why });
const putOff = (why: string, until: string) => ({ do: 'put-off', why, until });
const minutesLater = (minutes: number) => new Date(Date.parse(now) + minutes * 60_000).toISOString();

test('a reminder that is due of a visit that stands is sent', () => {
  expect(judge(question())).toEqual({ do: 'send', waiting, booked });
});

test('the practice system is asked first', () => {
  expect(judge(question({ found: undefined }))).toEqual({ do: 'ask', pmsAppointmentId: 'p1' });
});

describe('nothing is done about one', () => {
  test.each<[string, Partial<Question>]>([
    ['that is not due yet', { now: '2026-11-22T12:59:59.999Z' }],
    ['that was dealt with', { reminders: { start, waiting: [], done: [`two-days@${start}`] } }],
    ['of another time than the plan’s', { start: due }],
  ])('%s', (_, changes) => expect(judge(question(changes))).toEqual({ do: 'nothing' }));
});

describe('it is skipped', () => {
  const three = { ...waiting, reminderId: 'three-hours', due: now };
  test.each<[string, Partial<Question>, string]>([
    ['when the visit is cancelled', { visit: { ...visit, booked: undefined } }, 'cancelled'],
    ['when it never was', { visit: { status: 'none' } }, 'cancelled'],
    [
      'when it was moved',
      { visit: { ...visit, booked: { ...booked, offer: { ...offer, start: last } } } },
      'moved',
    ],
    ['when the patient took their yes back', { consent: { ...given, status: 'withdrawn' } }, 'no-consent'],
    ['when the patient never said yes', { consent: { status: 'none' } }, 'no-consent'],
    ['when it helps nobody any more', { now: '2026-11-24T12:30:00.001Z' }, 'too-late'],
    [
      'when a later one is due as well',
      { reminders: { start, waiting: [waiting, three], done: [] } },
      'superseded',
    ],
    ['when the practice system will not say', { found: rejected('NOT_FOUND') }, 'unverified'],
    ['when it has not said in time', { found: unknown('TIMEOUT'), now: last }, 'unverified'],
    [
      'when the patient has not said whether they stopped',
      { maybeStopped: true, now: last },
      'maybe-stopped',
    ],
    ['when the patient is there already', { found: accepted(found({ status: 'arrived' })) }, 'too-late'],
    [
      'when the practice system gives no time',
      { found: accepted(found({ start: undefined })) },
      'unverified',
    ],
    [
      'when the quiet hours leave no time',
      { quietHours: { from: '12:00', to: '14:00' }, now: '2026-11-24T12:29:00.000Z' },
      'too-late',
    ],
  ])('%s', (_, changes, why) => expect(judge(question(changes))).toEqual(skip(why)));
});

describe('it is put off', () => {
  const stuck = (putOffs: number) => ({ reminders: { start, waiting: [{ ...waiting, putOffs }], done: [] } });
  test.each<[string, Partial<Question>, object]>([
    [
      'when the practice system does not answer',
      { found: retry('HTTP_503') },
      putOff('practice-system', minutesLater(1)),
    ],
    [
      'longer each time',
      { found: unknown('TIMEOUT'), ...stuck(2) },
      putOff('practice-system', minutesLater(4)),
    ],
    [
      'a quarter of an hour at most',
      { found: unknown('TIMEOUT'), ...stuck(60) },
      putOff('practice-system', minutesLater(15)),
    ],
    [
      'to its last moment',
      { found: retry('X'), now: '2026-11-24T12:29:30.000Z' },
      putOff('practice-system', last),
    ],
    ['while the patient may have stopped', { maybeStopped: true }, putOff('maybe-stopped', minutesLater(1))],
    [
      'while the visit is being cancelled',
      { visit: { ...visit, changing: 'cancel' } },
      putOff('changing', minutesLater(1)),
    ],
    [
      'while the visit is being moved',
      { visit: { ...visit, choice: { holdId: 'h2', offer, phase: 'booking', expiresAt: undefined } } },
      putOff('changing', minutesLater(1)),
    ],
    [
      'over the quiet hours, when it comes late',
      { now: '2026-11-22T22:00:00.000Z' },
      putOff('quiet-hours', '2026-11-23T08:00:00.000Z'),
    ],
  ])('%s', (_, changes, expected) => expect(judge(question(changes))).toEqual(expected));
});

describe('what the practice changed is written down', () => {
  test.each(['cancelled', 'noshow', 'entered-in-error'])('%s', (status) => {
    expect(judge(question({ found: accepted(found({ status })) }))).toEqual({ do: 'record-cancelled' });
  });

  test('moved', () => {
    const moved = found({ start: last });
    expect(judge(question({ found: accepted(moved) }))).toEqual({ do: 'record-moved', found: moved });
  });

  test('the same instant written otherwise is no move', () => {
    const same = accepted(found({ start: '2026-11-24T10:00:00-03:00' }));
    expect(judge(question({ found: same })).do).toBe('send');
  });
});

describe('the door asks whether the visit stands', () => {
  test.each<[string, Parameters<typeof standsAt>, boolean]>([
    ['as it says', [visit, start, now], true],
    ['confirmed', [{ ...visit, changing: 'confirm' }, start, now], true],
    ['moved', [visit, due, now], false],
    ['cancelled', [{ ...visit, booked: undefined }, start, now], false],
    ['being cancelled', [{ ...visit, changing: 'cancel' }, start, now], false],
    ['begun', [visit, start, start], false],
    ['never asked for', [{ status: 'none' }, start, now], false],
  ])('%s', (_, given, expected) => expect(standsAt(...given)).toBe(expected));
});
