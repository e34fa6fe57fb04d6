import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schedulingFile } from '#practice/practice.ts';
import type { SlotOffer, SlotSearch } from './events.ts';
import {
  cliniciansToOffer,
  dayBounds,
  dayOf,
  maxShown,
  type SlotWindow,
  type SlotWish,
  searchFor,
  slotsToShow,
  visitTypeById,
  visitTypeFor,
} from './slots.ts';

const settings = schedulingFile.parse({
  visitTypes: [
    {
      id: 'orthopaedics',
      name: { en: 'Orthopaedics' },
      minutes: 30,
      words: { en: ['knee', 'fracture'], pt: ['joelho', 'costas'] },
    },
    {
      id: 'cardiology',
      name: { en: 'Cardiology' },
      minutes: 40,
      words: { en: ['heart', 'blood pressure'], pt: ['coração', 'pressão alta'] },
    },
    { id: 'consultation', name: { en: 'Consultation' }, minutes: 30 },
  ],
});

/** A Monday, ten in the morning in São Paulo. */
const at = '2026-11-23T13:00:00.000Z';
const window: SlotWindow = { settings, timeZone: 'America/Sao_Paulo', at };
const soonest = '2026-11-23T15:00:00.000Z';
const horizon = '2026-12-21T13:00:00.000Z';

test.each([
  ['My knee hurts', 'orthopaedics'],
  ['dor no JOELHO desde segunda', 'orthopaedics'],
  ['both knees', 'orthopaedics'],
  ['minhas costas', 'orthopaedics'],
  ['I fractured something', 'orthopaedics'],
  ['dor no coracao', 'cardiology'],
  ['my blood pressure is high', 'cardiology'],
  ['pressure of work, and there was blood', 'consultation'],
  ['I hear badly', 'consultation'],
  ['knee pain; heart and blood pressure too', 'cardiology'],
  ['knee or heart', 'orthopaedics'],
  ['a check-up', 'consultation'],
  ['', 'consultation'],
])('%j is a case for %s', (reason, id) => {
  expect(visitTypeFor(settings, reason).id).toBe(id);
});

test('a visit type that the practice took out is not found', () => {
  expect(visitTypeById(settings, 'cardiology')?.minutes).toBe(40);
  expect(visitTypeById(settings, 'dentistry')).toBeUndefined();
});

function slot(start: string, scheduleId = 's1', minutes = 30): SlotOffer {
  const end = Temporal.Instant.from(start).add({ minutes }).toString({ fractionalSecondDigits: 3 });
  return { slotId: `${scheduleId}/${start}`, scheduleId, start, end };
}

describe('where to look', () => {
  const shown = [slot('2026-11-24T12:00:00.000Z'), slot('2026-11-25T12:00:00.000Z')];

  test.each<readonly [SlotWish, Partial<SlotSearch>]>([
    [{ asked: 'first' }, { from: soonest, to: horizon, backwards: false }],
    [
      { asked: 'later', shown },
      { from: '2026-11-25T12:00:01.000Z', to: horizon, backwards: false },
    ],
    [
      { asked: 'earlier', shown },
      { from: soonest, to: '2026-11-24T12:00:00.000Z', backwards: true },
    ],
    [
      { asked: 'day', day: '2026-11-26' },
      { from: '2026-11-26T03:00:00.000Z', to: '2026-11-27T03:00:00.000Z', backwards: false },
    ],
    // Today begins with the notice, and the last day of the horizon ends with it.
    [
      { asked: 'day', day: '2026-11-23' },
      { from: soonest, to: '2026-11-24T03:00:00.000Z' },
    ],
    [
      { asked: 'day', day: '2026-12-21' },
      { from: '2026-12-21T03:00:00.000Z', to: horizon },
    ],
  ])('%j', (wish, expected) => {
    expect(searchFor(wish, window)).toMatchObject({ asked: wish.asked, ...expected });
  });

  test('one clinician’s times', () => {
    expect(searchFor({ asked: 'clinician' }, { ...window, scheduleId: 's2' })).toEqual({
      from: soonest,
      to: horizon,
      scheduleId: 's2',
      backwards: false,
      asked: 'clinician',
    });
  });

  test.each<SlotWish>([
    { asked: 'day', day: '2026-11-22' },
    { asked: 'day', day: '2026-12-22' },
    { asked: 'earlier', shown: [slot(soonest)] },
    { asked: 'later', shown: [slot('2026-12-21T12:59:59.500Z')] },
    { asked: 'earlier', shown: [] },
    { asked: 'later', shown: [] },
  ])('nothing can be there: %j', (wish) => {
    expect(searchFor(wish, window)).toBeUndefined();
  });

  test.each([
    // New York: clocks go forward on 8 March and back on 1 November 2026.
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z', 23],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z', 25],
    // Santiago: midnight itself is skipped on 6 September 2026.
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00.000Z', '2026-09-07T03:00:00.000Z', 23],
    ['2028-02-29', 'Asia/Kolkata', '2028-02-28T18:30:00.000Z', '2028-02-29T18:30:00.000Z', 24],
  ])('%s in %s is a day of its own length', (day, timeZone, from, to, hours) => {
    expect(dayBounds(day, timeZone)).toEqual({ from, to });
    expect((Date.parse(to) - Date.parse(from)) / 3_600_000).toBe(hours);
    expect(dayOf(from, timeZone)).toBe(day);
    expect(dayOf(to, timeZone)).not.toBe(day);
    const before = Temporal.Instant.from(from).subtract({ hours: 72 }).toString();
    expect(searchFor({ asked: 'day', day }, { settings, timeZone, at: before })).toMatchObject({ from, to });
  });
});

describe('what is shown', () => {
  const timeZone = 'America/Sao_Paulo';
  const orthopaedics = visitTypeFor(settings, 'knee');
  const show = (free: readonly SlotOffer[], search: Partial<SlotSearch> = {}) =>
    slotsToShow(free, {
      settings,
      visitType: orthopaedics,
      timeZone,
      at,
      search: { from: soonest, to: horizon, backwards: false, asked: 'first', ...search },
    }).map((one) => one.start.slice(5, 16));

  /** Every half hour from eight to six in the practice's zone. */
  const dayOfSlots = (day: string, scheduleId = 's1') =>
    Array.from({ length: 20 }, (_, i) =>
      slot(
        Temporal.Instant.from(`${day}T11:00:00Z`)
          .add({ minutes: 30 * i })
          .toString({ fractionalSecondDigits: 3 }),
        scheduleId,
      ),
    );

  test('the first answer begins with the earliest and spreads over half days', () => {
    expect(show([...dayOfSlots('2026-11-25'), ...dayOfSlots('2026-11-24')])).toEqual([
      '11-24T11:00',
      '11-24T11:30',
      '11-24T15:00',
      '11-24T15:30',
      '11-25T11:00',
    ]);
  });

  test('where there is little, all of it is shown', () => {
    const few = dayOfSlots('2026-11-24').slice(0, 4);
    expect(show(few)).toEqual(['11-24T11:00', '11-24T11:30', '11-24T12:00', '11-24T12:30']);
    expect(show([])).toEqual([]);
  });

  test('whoever asks for a day gets its slots one after the other', () => {
    expect(show(dayOfSlots('2026-11-24'), { asked: 'day' })).toEqual([
      '11-24T11:00',
      '11-24T11:30',
      '11-24T12:00',
      '11-24T12:30',
      '11-24T13:00',
    ]);
  });

  test('earlier times are the last ones before, listed forwards', () => {
    const search = { asked: 'earlier', backwards: true, to: '2026-11-24T14:00:00.000Z' } as const;
    expect(show(dayOfSlots('2026-11-24'), search)).toEqual([
      '11-24T11:30',
      '11-24T12:00',
      '11-24T12:30',
      '11-24T13:00',
      '11-24T13:30',
    ]);
  });

  test('nothing within the notice, although it was asked for before', () => {
    const free = [slot('2026-11-23T14:59:00.000Z'), slot(soonest)];
    expect(show(free, { from: at })).toEqual(['11-23T15:00']);
  });

  test('no slot that is too short for the visit', () => {
    expect(show([slot('2026-11-24T12:00:00.000Z', 's1', 20), slot('2026-11-24T13:00:00.000Z')])).toEqual([
      '11-24T13:00',
    ]);
  });

  test('one slot per start, from the clinicians in turn', () => {
    const free = [...dayOfSlots('2026-11-24', 's1'), ...dayOfSlots('2026-11-24', 's2')];
    const context = { settings, visitType: orthopaedics, timeZone, at };
    const search = { from: soonest, to: horizon, backwards: false, asked: 'day' } as const;
    const shown = slotsToShow(free, { ...context, search });
    expect(shown.map((one) => one.scheduleId)).toEqual(['s1', 's2', 's1', 's2', 's1']);
    expect(new Set(shown.map((one) => one.start)).size).toBe(maxShown);
  });

  test('by asking for later times again and again, every start is reached once', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 4_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(minutes, (offsets) => {
        const free = offsets.map((offset) =>
          slot(
            Temporal.Instant.from(soonest).add({ minutes: offset }).toString({ fractionalSecondDigits: 3 }),
          ),
        );
        const context = { settings, visitType: orthopaedics, timeZone, at };
        const seen: string[] = [];
        let search = searchFor({ asked: 'clinician' }, window);
        while (search !== undefined) {
          const shown = slotsToShow(free, { ...context, search });
          seen.push(...shown.map((one) => one.start));
          search = searchFor({ asked: 'later', shown }, window);
        }
        expect(seen).toEqual(free.map((one) => one.start).toSorted());
      }),
    );
  });
});

test('clinicians are offered by name, and only where there is a choice', () => {
  expect(cliniciansToOffer({ s1: 'Dr. Zo Sample', s2: 'Dr. Ana Exemplo' })).toEqual([
    { scheduleId: 's2', name: 'Dr. Ana Exemplo' },
    { scheduleId: 's1', name: 'Dr. Zo Sample' },
  ]);
  expect(cliniciansToOffer({ s1: 'Dr. Zo Sample' })).toEqual([]);
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, `Dr. ${i}`]));
  expect(cliniciansToOffer(many)).toHaveLength(9);
});
