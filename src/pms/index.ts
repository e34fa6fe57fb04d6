export { createPms, type LookUp, type Pms, type ReadBack } from './commands.ts';
export { fullUrlOf } from './fhir/reference.ts';
export type {
  EntryKey,
  FiledEntry,
  FilingReport,
  FoundPatient,
  Identifier,
  IntakeEntry,
  PatientPage,
  PatientQuery,
  PmsAccount,
  PmsCapabilities,
  RegisteredPatient,
  UnfiledEntry,
} from './pms.ts';
