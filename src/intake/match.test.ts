import type { Patient } from 'fhir/r4.js';
import { expect, test } from 'vitest';
import type { FoundPatient } from '#pms/pms.ts';
import { candidatesOf } from './match.ts';

const patient: Patient = {
  resourceType: 'Patient',
  name: [{ text: 'José da Silva', given: ['José'], family: 'da Silva' }],
  gender: 'male',
  birthDate: '1984-05-03',
};

const found = (changes: Partial<FoundPatient>): FoundPatient => ({
  id: '1',
  active: true,
  identifier: [],
  telecom: [],
  address: [],
  name: [{ given: ['Jose'], family: 'DA SILVA' }],
  birthDate: '1984-05-03',
  ...changes,
});

test.each<[string, Partial<FoundPatient>, boolean]>([
  ['case and accents apart, the same name', {}, true],
  ['the name only as text', { name: [{ text: 'Jose  da  Silva', given: [] }] }, true],
  [
    'one of several names',
    {
      name: [
        { given: ['Zé'], family: 'Silva' },
        { given: ['José'], family: 'da Silva' },
      ],
    },
    true,
  ],
  ['a longer name that begins alike', { name: [{ given: ['José', 'Maria'], family: 'da Silva' }] }, false],
  ['another birth date', { birthDate: '1984-05-04' }, false],
  ['only a year of birth', { birthDate: '1984' }, false],
  ['no birth date', { birthDate: undefined }, false],
  ['a record out of use', { active: false }, false],
  ['a record out of use that was merged into another', { active: false, replacedBy: '2' }, true],
  ['another sex', { gender: 'female' }, false],
  ['the sex not recorded', { gender: undefined }, true],
])('%s', (_, changes, taken) => {
  expect(candidatesOf(patient, [found(changes)]).length).toBe(taken ? 1 : 0);
});

test('a patient without a name or birth date is like nobody', () => {
  expect(candidatesOf({ ...patient, name: [] }, [found({})])).toEqual([]);
  const { birthDate: _, ...undated } = patient;
  expect(candidatesOf(undated, [found({ birthDate: undefined })])).toEqual([]);
});

test('of a family on one phone, nobody is taken for another', () => {
  const phone = [{ system: 'phone', value: '+5511955500101' }] as const;
  const member = (id: string, given: string, birthDate: string) =>
    found({ id, name: [{ given: [given], family: 'da Silva' }], birthDate, telecom: [...phone] });
  const family = [
    member('father', 'José', '1954-05-03'),
    member('himself', 'José', '1984-05-03'),
    member('twin', 'João', '1984-05-03'),
    member('son', 'José', '2014-05-03'),
    member('sister', 'Josefa', '1984-05-03'),
  ];
  const withPhone: Patient = { ...patient, telecom: [...phone] };
  expect(candidatesOf(withPhone, family).map(({ id }) => id)).toEqual(['himself']);
  const stranger: Patient = { ...withPhone, name: [{ text: 'Jonas da Silva' }] };
  expect(candidatesOf(stranger, family)).toEqual([]);
});
