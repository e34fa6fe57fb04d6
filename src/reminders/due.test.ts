import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReminderSettings } from '#practice/practice.ts';
import { beforeQuietMs, lastMs, quietUntil, remindersOfVisit } from './due.ts';

const night = { from: '21:00', to: '08:00' };
const never = { from: '03:00', to: '03:01' };

function settings(befores: readonly string[], quietHours = night): ReminderSettings {
  return {
    reminders: befores.map((before, index) => ({ id: `r${index}`, before, template: 'visit-reminder' })),
    quietHours,
  };
}

/** Instant of a local time. */
const at = (local: string, timeZone: string) =>
  Temporal.PlainDateTime.from(local)
    .toZonedDateTime(timeZone)
    .toInstant()
    .toString({ fractionalSecondDigits: 3 });

/** Local times of the reminders. */
function local(
  start: string,
  befores: readonly string[],
  timeZone: string,
  { quiet = night, since = '2020-01-01T00:00' } = {},
): readonly string[] {
  const visit = { start: at(start, timeZone), since: at(since, timeZone) };
  return remindersOfVisit(visit, settings(befores, quiet), timeZone).map(({ due }) =>
    Temporal.Instant.from(due)
      .toZonedDateTimeISO(timeZone)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' }),
  );
}

describe('days are counted on the calendar, hours by the clock', () => {
  test.each([
    ['an ordinary day', 'America/Sao_Paulo', '2026-11-24T10:00', 'P2D', '2026-11-22T10:00'],
    ['hours', 'America/Sao_Paulo', '2026-11-24T15:30', 'PT3H', '2026-11-24T12:30'],
    ['days and hours', 'America/Sao_Paulo', '2026-11-24T15:30', 'P1DT2H', '2026-11-23T13:30'],
    ['weeks', 'Europe/Berlin', '2026-11-24T15:30', 'P1W', '2026-11-17T15:30'],
    // Clocks forward on 2027-03-14 at 2:00 in New York, on 2027-03-28 at 2:00 in Berlin.
    [
      'over the night that is an hour short',
      'America/New_York',
      '2027-03-15T10:00',
      'P2D',
      '2027-03-13T10:00',
    ],
    ['over it in Berlin', 'Europe/Berlin', '2027-03-29T09:00', 'P2D', '2027-03-27T09:00'],
    ['hours over it are hours', 'America/New_York', '2027-03-14T13:00', 'PT24H', '2027-03-13T12:00'],
    // Clocks back on 2026-11-01 in New York, on 2026-10-25 in Berlin.
    [
      'over the night that is an hour long',
      'America/New_York',
      '2026-11-02T10:00',
      'P2D',
      '2026-10-31T10:00',
    ],
    ['over it in Berlin', 'Europe/Berlin', '2026-10-26T09:00', 'P1D', '2026-10-25T09:00'],
    ['hours over it are hours', 'Europe/Berlin', '2026-10-25T13:00', 'PT24H', '2026-10-24T14:00'],
    ['a zone of quarter hours', 'Asia/Kathmandu', '2026-11-24T10:00', 'P1D', '2026-11-23T10:00'],
    [
      'a clock that moves by half an hour',
      'Australia/Lord_Howe',
      '2026-10-05T10:00',
      'P2D',
      '2026-10-03T10:00',
    ],
    ['the last day of February', 'Europe/Berlin', '2028-03-01T10:00', 'P1D', '2028-02-29T10:00'],
  ])('%s, %s', (_, timeZone, start, before, expected) => {
    expect(local(start, [before], timeZone)).toEqual([expected]);
  });

  test('a local time that the day before has not', () => {
    // 2:30 does not exist on 2027-03-14: an hour later is told by what every clock shows then.
    expect(local('2027-03-15T02:30', ['P1D'], 'America/New_York', { quiet: never })).toEqual([
      '2027-03-14T03:30',
    ]);
  });
});

describe('what falls into the quiet hours', () => {
  const zone = 'America/New_York';
  test.each([
    ['leaves before they begin', '2026-11-24T09:00', ['PT3H'], {}, ['2026-11-23T20:30']],
    ['at their first minute', '2026-11-24T21:00', ['P1D'], {}, ['2026-11-23T20:30']],
    ['not at their end', '2026-11-24T08:00', ['P1D'], {}, ['2026-11-23T08:00']],
    [
      'when they end, booked within them',
      '2026-11-24T09:00',
      ['PT3H'],
      { since: '2026-11-23T22:00' },
      ['2026-11-24T08:00'],
    ],
    [
      'when they end, booked just before',
      '2026-11-24T09:00',
      ['PT3H'],
      { since: '2026-11-23T20:45' },
      ['2026-11-24T08:00'],
    ],
    [
      'not at all, where they end too late to help',
      '2026-11-24T08:20',
      ['PT2H'],
      { since: '2026-11-23T22:00' },
      [],
    ],
    [
      'in the middle of the day',
      '2026-11-24T15:00',
      ['PT2H'],
      { quiet: { from: '12:00', to: '14:00' } },
      ['2026-11-24T11:30'],
    ],
    ['before the night that is an hour short', '2027-03-14T09:00', ['PT3H'], {}, ['2027-03-13T20:30']],
    ['after it', '2027-03-14T09:00', ['PT3H'], { since: '2027-03-13T22:00' }, ['2027-03-14T08:00']],
    ['before the night that is an hour long', '2026-11-01T09:00', ['PT3H'], {}, ['2026-10-31T20:30']],
    // Quiet hours that begin at a time which that night does not have.
    [
      'beginning in the gap',
      '2027-03-14T09:00',
      ['PT4H'],
      { quiet: { from: '02:30', to: '08:00' } },
      ['2027-03-14T01:00'],
    ],
  ])('%s', (_, start, befores, options, expected) => {
    expect(local(start, befores, zone, options)).toEqual(expected);
  });
});

describe('a visit booked late', () => {
  test('has no reminder that was due before it was booked', () => {
    const since = '2026-11-23T12:00';
    expect(local('2026-11-24T15:00', ['P2D', 'PT3H'], 'Europe/Berlin', { since })).toEqual([
      '2026-11-24T12:00',
    ]);
  });

  test('has none at all where the last was due as well', () => {
    const since = '2026-11-24T13:00';
    expect(local('2026-11-24T15:00', ['P2D', 'PT3H'], 'Europe/Berlin', { since })).toEqual([]);
  });
});

test('several are sorted, the nearest to the visit last, whatever the file says', () => {
  expect(local('2026-11-24T15:00', ['PT3H', 'P7D', 'P1D'], 'Europe/Berlin')).toEqual([
    '2026-11-17T15:00',
    '2026-11-23T15:00',
    '2026-11-24T12:00',
  ]);
});

test('the last moment is half an hour before the visit, or the reminder’s own', () => {
  const visit = { start: at('2026-11-24T15:00', 'UTC'), since: at('2026-11-01T00:00', 'UTC') };
  const lasts = remindersOfVisit(visit, settings(['PT3H', 'PT10M']), 'UTC').map(({ last }) => last);
  expect(lasts).toEqual(['2026-11-24T14:30:00.000Z', '2026-11-24T14:50:00.000Z']);
});

test('the quiet hours’ end is told inside of them alone', () => {
  expect(quietUntil('2026-11-24T22:00:00.000Z', night, 'UTC')).toBe('2026-11-25T08:00:00.000Z');
  expect(quietUntil('2026-11-24T12:00:00.000Z', night, 'UTC')).toBeUndefined();
});

const zones = [
  'America/New_York',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
];
const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const someVisit = fc.record({
  timeZone: fc.constantFrom(...zones),
  // Two years, every change of clocks among them.
  start: fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) }).map((ms) => ms - (ms % 60_000)),
  bookedHoursBefore: fc.integer({ min: 0, max: 24 * 20 }),
  befores: fc.uniqueArray(fc.constantFrom('PT20M', 'PT1H', 'PT3H', 'PT24H', 'P1D', 'P2D', 'P1DT6H', 'P7D'), {
    minLength: 1,
    maxLength: 4,
  }),
  quietFrom: minute,
  // Quiet for at most twenty hours, so that some time is left to send in.
  quietMinutes: fc.integer({ min: 1, max: 20 * 60 }),
});

test('whatever the visit: never in the quiet hours, never before it was known, never too late to help', () => {
  let seen = 0;
  fc.assert(
    fc.property(someVisit, ({ timeZone, start, bookedHoursBefore, befores, quietFrom, quietMinutes }) => {
      const quietHours = { from: clock(quietFrom), to: clock((quietFrom + quietMinutes) % (24 * 60)) };
      const visit = {
        start: new Date(start).toISOString(),
        since: new Date(start - bookedHoursBefore * 3_600_000).toISOString(),
      };
      const all = remindersOfVisit(visit, settings(befores, quietHours), timeZone);
      expect(new Set(all.map(({ reminderId }) => reminderId)).size).toBe(all.length);
      expect(all.map(({ last }) => last)).toEqual(all.map(({ last }) => last).toSorted());
      for (const { due, last } of all) {
        seen += 1;
        expect(quietUntil(due, quietHours, timeZone)).toBeUndefined();
        expect(due > visit.since).toBe(true);
        expect(due <= last && last < visit.start).toBe(true);
      }
    }),
    { numRuns: 1500 },
  );
  expect(seen).toBeGreaterThan(500);
});

test('whoever books early enough has every reminder, at most a night before it is wanted', () => {
  fc.assert(
    fc.property(someVisit, ({ timeZone, start, befores }) => {
      const visit = {
        start: new Date(start).toISOString(),
        since: new Date(start - 40 * 86_400_000).toISOString(),
      };
      const all = remindersOfVisit(visit, settings(befores), timeZone);
      expect(all).toHaveLength(befores.length);
      for (const { reminderId, due } of all) {
        const before = befores[Number(reminderId.slice(1))] ?? '';
        const wanted = Temporal.Instant.from(visit.start).toZonedDateTimeISO(timeZone).subtract(before);
        const early = wanted.epochMilliseconds - Date.parse(due);
        expect(early).toBeGreaterThanOrEqual(0);
        // The night of eleven hours, which the clocks may lengthen, and the time before it.
        expect(early).toBeLessThanOrEqual(12 * 3_600_000 + beforeQuietMs);
      }
    }),
    { numRuns: 1000 },
  );
  expect(lastMs).toBe(30 * 60_000);
});
