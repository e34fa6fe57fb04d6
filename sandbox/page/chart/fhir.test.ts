import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Resource } from '../api.ts';
import { chartsOf } from './charts.ts';
import { answersOf, fieldsOf } from './fhir.ts';

const patient: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  active: true,
  name: [{ given: ['Maria'], family: 'da Silva' }],
  birthDate: '1984-05-03',
  telecom: [{ system: 'phone', value: '+5511987654321', use: 'mobile' }],
  communication: [{ language: { coding: [{ code: 'pt' }] } }],
};

test('a patient reads like a form', () => {
  expect(fieldsOf(patient)).toEqual([
    { label: 'Name', value: 'Maria da Silva' },
    { label: 'Date of birth', value: '3 May 1984' },
    { label: 'Phone', value: '+5511987654321 (mobile)' },
    { label: 'Language', value: 'Portuguese' },
    { label: 'Active', value: 'Yes' },
  ]);
});

test('who pays themselves has no insurer', () => {
  const coverage: Resource = {
    resourceType: 'Coverage',
    type: { coding: [{ code: 'pay' }] },
    payor: [{ reference: 'Patient/p1' }],
  };
  expect(fieldsOf(coverage)).toContainEqual({ label: 'Insurer', value: 'None: the patient pays' });
});

test('a type without a form of its own shows what it says at its top level', () => {
  const slot: Resource = { resourceType: 'Slot', id: 's1', status: 'free', specialty: [{ text: 'Knees' }] };
  expect(fieldsOf(slot)).toEqual([
    { label: 'Status', value: 'free' },
    { label: 'Specialty', value: 'Knees' },
  ]);
});

test('answers come in the order of the form, groups as headings', () => {
  const response: Resource = {
    resourceType: 'QuestionnaireResponse',
    item: [
      {
        linkId: 'patient',
        text: 'About you',
        item: [
          { linkId: 'birth-date', answer: [{ valueDate: '1984-05-03' }] },
          { linkId: 'payer', text: 'Insurer', answer: [{ valueCoding: { code: 'u', display: 'Unimed' } }] },
        ],
      },
      { linkId: 'reason', text: 'Reason' },
    ],
  };
  expect(answersOf(response).map(({ question, answers, group }) => [question, answers, group])).toEqual([
    ['About you', [], true],
    ['Birth date', ['3 May 1984'], false],
    ['Insurer', ['Unimed'], false],
    ['Reason', [], false],
  ]);
});

test('resources gather under their patient, whatever form the reference has', () => {
  const resources: Resource[] = [
    { resourceType: 'Consent', id: 'c1', patient: { reference: 'http://pms.example/fhir/Patient/p1' } },
    { resourceType: 'Coverage', id: 'v1', beneficiary: { reference: 'Patient/p2' } },
    { resourceType: 'Binary', id: 'b1' },
    patient,
  ];
  expect(chartsOf(resources).map(({ title, resources: own }) => [title, own.map(({ id }) => id)])).toEqual([
    ['Maria da Silva', ['p1', 'c1']],
    ['Patient p2', ['v1']],
    ['Other', ['b1']],
  ]);
});

test('no resource, however odd, breaks the page', () => {
  const types = fc.constantFrom('Patient', 'Coverage', 'Consent', 'QuestionnaireResponse', 'Odd');
  const keys = fc.constantFrom(
    'name',
    'telecom',
    'address',
    'item',
    'payor',
    'identifier',
    'provision',
    'birthDate',
  );
  fc.assert(
    fc.property(types, fc.dictionary(keys, fc.jsonValue()), (resourceType, fields) => {
      const resource: Resource = { ...fields, resourceType };
      for (const { value } of fieldsOf(resource)) expect(typeof value).toBe('string');
      for (const { question } of answersOf(resource)) expect(typeof question).toBe('string');
      expect(chartsOf([resource])).toHaveLength(1);
    }),
  );
});
