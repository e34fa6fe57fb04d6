import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PmsCalendar, Resource } from '../api.ts';
import { clinicianDays, dayCounts, initialsOf } from './calendar.ts';
import { chartsOf } from './charts.ts';
import { addDays, dayLabel, weekLabel, weekOf, windowOf, workingDay } from './days.ts';
import { fieldsOf } from './fhir.ts';

const zone = 'America/Sao_Paulo';
const patient: Resource = { resourceType: 'Patient', id: 'p1', name: [{ text: 'Maria Exemplo da Silva' }] };
const schedule = (id: string, name: string, practitioner: string): Resource => ({
  resourceType: 'Schedule',
  id,
  serviceType: [{ text: 'Ortopedia' }],
  actor: [{ reference: `Practitioner/${practitioner}`, display: name }, { reference: 'Location/l1' }],
});
const visit = (id: string, slotId: string, start: string, status: string): Resource => ({
  resourceType: 'Appointment',
  id,
  status,
  start,
  slot: [{ reference: `Slot/${slotId}` }],
  participant: [
    { actor: { reference: 'Patient/p1' }, status: 'accepted' },
    { actor: { reference: 'Practitioner/d1', display: 'Dra. Helena' }, status: 'accepted' },
  ],
});
const slot = (id: string, start: string, status: string, scheduleId = 's1') => ({
  id,
  scheduleId,
  start,
  end: start,
  status,
});

const calendar: PmsCalendar = {
  schedules: [schedule('s2', 'Dr. Rafael', 'd2'), schedule('s1', 'Dra. Helena', 'd1')],
  slots: [
    slot('a', '2026-11-24T11:00:00Z', 'free'),
    slot('b', '2026-11-24T11:30:00Z', 'busy-tentative'),
    slot('c', '2026-11-24T12:00:00Z', 'busy'),
    // 23:30 of the day before, here.
    slot('d', '2026-11-24T02:30:00Z', 'free'),
    slot('e', '2026-11-24T11:00:00Z', 'busy-unavailable', 's2'),
  ],
  appointments: [
    visit('v1', 'c', '2026-11-24T12:00:00Z', 'booked'),
    visit('v2', 'a', '2026-11-24T11:00:00Z', 'cancelled'),
  ],
};

test('a day by clinician: free, held, booked with initials, and what was cancelled', () => {
  const days = clinicianDays(calendar, [patient], '2026-11-24', zone);
  expect(
    days.map(({ name, slots, cancelled }) => [
      name,
      slots.map(({ id, state, visit: booked }) => [id, state, booked?.initials]),
      cancelled.map(({ key, initials }) => [key, initials]),
    ]),
  ).toEqual([
    ['Dr. Rafael', [['e', 'closed', undefined]], []],
    [
      'Dra. Helena',
      [
        ['a', 'free', undefined],
        ['b', 'held', undefined],
        ['c', 'booked', 'MS'],
      ],
      [['Appointment/v2', 'MS']],
    ],
  ]);
  expect(dayCounts(calendar.slots, zone)).toEqual(
    new Map([
      ['2026-11-24', { free: 1, taken: 3 }],
      ['2026-11-23', { free: 1, taken: 0 }],
    ]),
  );
});

test('initials are of the first and the last name, in any script', () => {
  expect(
    ['Maria Exemplo da Silva', 'João', '', 'Åsa Öberg', '陈 伟', "O'Brien (Pat)"].map(initialsOf),
  ).toEqual(['MS', 'J', '', 'ÅÖ', '陈伟', 'OP']);
});

test('weeks run from Monday to Sunday, over months and years; a weekend looks ahead', () => {
  expect(weekOf('2027-01-01')).toEqual([
    '2026-12-28',
    '2026-12-29',
    '2026-12-30',
    '2026-12-31',
    '2027-01-01',
    '2027-01-02',
    '2027-01-03',
  ]);
  expect(['2026-11-21', '2026-11-22', '2026-11-23'].map(workingDay)).toEqual([
    '2026-11-23',
    '2026-11-23',
    '2026-11-23',
  ]);
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(dayLabel('2026-11-24')).toBe('Tue 24');
  // Between the numbers stand thin spaces.
  expect(weekLabel('2026-11-26').replace(/\s/gu, ' ')).toBe('23 – 27 November 2026');
  // Wide enough for every zone.
  expect(windowOf('2026-11-24')).toEqual({
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-12-01T00:00:00.000Z',
  });
});

test('a visit, a task and a conversation with staff read like forms, in the chart of their patient', () => {
  const booked = visit('v1', 'c', '2026-11-24T12:00:00Z', 'booked');
  expect(fieldsOf({ ...booked, end: '2026-11-24T12:30:00Z' }, zone)).toEqual([
    { label: 'When', value: 'Tue 24 Nov, 09:00' },
    { label: 'Until', value: '09:30' },
    { label: 'Status', value: 'Booked, accepted by the patient' },
    { label: 'With', value: 'Dra. Helena' },
  ]);
  const task: Resource = {
    resourceType: 'Task',
    id: 't1',
    status: 'in-progress',
    for: { reference: 'Patient/p1' },
    description: 'The patient asked for a person',
    authoredOn: '2026-11-24T12:00:00Z',
    input: [{ type: { text: 'Language' }, valueString: 'pt' }],
  };
  expect(fieldsOf(task, zone)).toEqual([
    { label: 'What', value: 'The patient asked for a person' },
    { label: 'Status', value: 'In progress' },
    { label: 'Since', value: 'Tue 24 Nov, 09:00' },
    { label: 'Language', value: 'pt' },
  ]);
  const communication: Resource = {
    resourceType: 'Communication',
    id: 'c1',
    status: 'completed',
    subject: { reference: 'Patient/p1' },
    payload: [{ contentString: 'Olá!' }],
  };
  expect(fieldsOf(communication)).toContainEqual({ label: 'Text', value: 'Olá!' });
  expect(
    chartsOf([task, communication, booked, patient]).map(({ resources }) => resources.map(({ id }) => id)),
  ).toEqual([['p1', 'v1', 't1', 'c1']]);
});

test('no calendar, however odd, breaks the page', () => {
  const odd = fc.record({
    resourceType: fc.constantFrom('Schedule', 'Appointment', 'Task', 'Communication'),
    id: fc.constantFrom('s1', 'a'),
    start: fc.oneof(fc.jsonValue(), fc.constant('2026-11-24T11:00:00Z')),
    status: fc.jsonValue(),
    actor: fc.jsonValue(),
    slot: fc.jsonValue(),
    participant: fc.jsonValue(),
    input: fc.jsonValue(),
    payload: fc.jsonValue(),
  });
  fc.assert(
    fc.property(fc.array(odd, { maxLength: 3 }), (resources) => {
      // Whatever a practice system sent: its JSON is checked by nobody before it comes here.
      const given = resources as readonly Resource[];
      const days = clinicianDays(
        { schedules: given, slots: [slot('a', 'never', 'odd')], appointments: given },
        given,
        '2026-11-24',
        zone,
      );
      expect(days).toHaveLength(given.length);
      for (const resource of given) expect(Array.isArray(fieldsOf(resource, zone))).toBe(true);
      chartsOf(given);
    }),
  );
});
