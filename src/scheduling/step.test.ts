import { describe, expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { rejected, retry, unknown } from '#kernel/outcome.ts';
import { appointment } from './appointment.ts';
import { type Failed, failed, goOn, type Next, nothing, type Work, withNews } from './step.ts';
import { at, booking } from './testdata/visit.ts';

function work(more: Partial<Work> = {}): Work {
  const state = fold(appointment, booking);
  if (state.status === 'none') throw new Error('the way to a visit has begun');
  return {
    practiceId: 'aurora',
    appointmentId: 'a1',
    step: 'book',
    round: undefined,
    holdId: 'h1',
    progress: 3,
    by: 'patient',
    pmsAppointmentId: undefined,
    tries: 0,
    since: Date.parse(at),
    repeated: false,
    state,
    hold: undefined,
    practice: undefined as unknown as Work['practice'], // no failure looks at it
    at,
    ...more,
  };
}

const refused = (): Next => ({ ...nothing, hopeless: 'REFUSED' });
const waits = (outcome: Failed, more: Partial<Work> = {}) =>
  failed(work(more), outcome, refused).owed.map((job) => job.afterSeconds ?? 0);

test('what is refused for good is not tried again', () => {
  expect(failed(work(), rejected('INVALID') as Failed, refused)).toEqual(refused());
});

test.each([
  ['waits longer each time', retry('UNAVAILABLE'), [2, 4, 8, 16, 32, 60, 60]],
  ['waits as long as it is told', retry('THROTTLED', 45_000), [45, 45, 45, 45, 45, 60, 60]],
  ['pauses though it is told not to', retry('THROTTLED', 0), [2, 4, 8, 16, 32, 60, 60]],
  ['of a doubt', unknown('TIMEOUT'), [2, 4, 8, 16, 32, 60, 60]],
  ['meets a conflict at once, but not for ever', rejected('CONFLICT'), [0, 0, 0, 16, 32, 60, 60]],
])('a step that is tried again %s', (_, outcome, expected) => {
  expect(expected.map((__, tries) => waits(outcome as Failed, { tries })[0])).toEqual(expected);
});

describe('the patient is told that it takes long', () => {
  const began = Date.parse(at);
  const told = (outcome: Failed, seconds: number, more: Partial<Work> = {}) =>
    withNews(work(more), failed(work(more), outcome, refused), began + seconds * 1000).commands.map(
      ({ type }) => type,
    );
  const away = retry('UNAVAILABLE') as Failed;

  test('not of a hiccup, but before the try that would come too late', () => {
    expect(told(away, 6, { tries: 1 })).toEqual([]);
    expect(told(away, 14, { tries: 2 })).toEqual(['RecordBookingDelayed']);
    expect(told(retry('THROTTLED', 31_000) as Failed, 0)).toEqual(['RecordBookingDelayed']);
    expect(told(away, 14, { tries: 2, step: 'search', round: 1 })).toEqual(['RecordSearchDelayed']);
  });

  test('also where nothing fails and each answer takes its time, unless it was the last', () => {
    const slow = (next: Next) => withNews(work(), next, began + 29_000).commands.map(({ type }) => type);
    expect(slow(goOn(work(), 'create'))).toEqual(['RecordBookingDelayed']);
    expect(slow(nothing)).toEqual([]);
  });

  test('nobody waits for what is tidied up', () => {
    expect(told(away, 90, { tries: 9, step: 'release' })).toEqual([]);
  });
});

test('what is tried again knows whose step it is, and that one more was recorded', () => {
  const [job] = failed(
    work({ pmsAppointmentId: 'pa1' }),
    unknown('TIMEOUT') as Failed,
    refused,
    'look-up',
  ).owed;
  expect(job?.data).toMatchObject({
    practiceId: 'aurora',
    appointmentId: 'a1',
    step: 'look-up',
    holdId: 'h1',
    pmsAppointmentId: 'pa1',
    progress: 4,
    tries: 1,
  });
});
