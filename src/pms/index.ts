export { createPms, type Pms, type PmsOptions } from './commands.ts';
export { type PracticeSystemEvent, practiceSystemStream } from './events.ts';
export { fullUrlOf } from './fhir/reference.ts';
export type { LookUp, PmsHandoffs, ReadBack } from './filing.ts';
export type {
  Coding,
  EntryKey,
  FiledEntry,
  FilingReport,
  FoundAppointment,
  FoundPatient,
  FoundSchedule,
  FoundSlot,
  FoundTask,
  Identifier,
  IntakeEntry,
  PatientPage,
  PatientQuery,
  PmsAccount,
  PmsCapabilities,
  RegisteredPatient,
  ScheduleQuery,
  SlotQuery,
  SlotStatus,
  UnfiledEntry,
} from './pms.ts';
export type { PmsScheduling } from './scheduling.ts';
