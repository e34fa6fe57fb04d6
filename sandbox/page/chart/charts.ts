import type { Resource } from '../api.ts';
import { at, humanName } from './fhir.ts';

/** All that the practice system holds about one person; `patient` is missing where resources name nobody we know. */
export type PatientChart = {
  readonly key: string;
  readonly title: string;
  readonly patient: Resource | undefined;
  readonly resources: readonly Resource[];
};

/** What is read first, first; other types follow in the order in which they came. */
const order = [
  'Patient',
  'Appointment',
  'Task',
  'Communication',
  'Coverage',
  'QuestionnaireResponse',
  'Consent',
];

/** Sorts resources (newest first) into charts; the chart that changed last comes first. */
export function chartsOf(resources: readonly Resource[]): readonly PatientChart[] {
  const byPatient = Map.groupBy(resources, patientIdOf);
  return [...byPatient].map(([key, own]) => {
    const patient = own.find(({ resourceType }) => resourceType === 'Patient');
    return {
      key,
      title: humanName(at(patient, 'name', 0)) ?? (key === '' ? 'Other' : `Patient ${key}`),
      patient,
      resources: own.toSorted((a, b) => rank(a) - rank(b)),
    };
  });
}

const rank = ({ resourceType }: Resource): number => {
  const place = order.indexOf(resourceType);
  return place === -1 ? order.length : place;
};

/** The id of the patient that a resource is about; "" where it names none. */
export function patientIdOf(resource: Resource): string {
  if (resource.resourceType === 'Patient') return resource.id ?? '';
  const participants = Array.isArray(resource.participant) ? resource.participant : [];
  const references = [
    ...['subject', 'patient', 'beneficiary', 'for', 'individual'].map((field) =>
      at(resource, field, 'reference'),
    ),
    ...participants.map((one) => at(one, 'actor', 'reference')),
  ];
  for (const reference of references) {
    const id = typeof reference === 'string' ? /(?:^|\/)Patient\/([^/]+)/.exec(reference)?.[1] : undefined;
    if (id !== undefined) return id;
  }
  return '';
}

/** Unique among all resources of a practice system. */
export const resourceKey = (resource: Resource): string => `${resource.resourceType}/${resource.id ?? ''}`;
