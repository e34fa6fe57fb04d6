/** The resource types this server keeps. Any other answers 404, as a practice system's does that never had it. */
export const resourceTypes = [
  'Patient',
  'RelatedPerson',
  'Coverage',
  'Questionnaire',
  'QuestionnaireResponse',
  'Consent',
  'DocumentReference',
  'Binary',
  'Appointment',
  'Slot',
  'Schedule',
  'Practitioner',
  'PractitionerRole',
  'Location',
  'HealthcareService',
  'Organization',
  'Task',
  'Communication',
  'ServiceRequest',
  'AuditEvent',
  'Provenance',
] as const;

export type ResourceType = (typeof resourceTypes)[number];

const known: ReadonlySet<string> = new Set(resourceTypes);

export function isResourceType(name: string): name is ResourceType {
  return known.has(name);
}
