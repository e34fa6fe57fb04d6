import type { Appointment, FhirResource, Patient, Slot, Task } from 'fhir/r4.js';

/**
 * Glossary of the practice-system words.
 *
 * - **practice system** (PMS): the practice's own system of record. FHIR R4 resources are our common language for it.
 * - **account**: how one practice's system is reached.
 * - **operation**: one call to it, and never more than one: so "did it happen?" always has one answer.
 * - **our identifier**: a business identifier that we give to everything we create, so that it can be found again
 *   when nobody knows whether a create was done. Practice systems do not make a repeated create harmless by themselves.
 * - **entry**: one resource of an intake (Coverage, QuestionnaireResponse, Consent …), filed under a patient.
 * - **filed**: stored in the practice system, under the id that it gave.
 * - **found**: a resource as it was last read, whole, with its version: what is written back changes no more than it means to, and
 *   only if nobody changed it meanwhile (`If-Match`).
 */

export type PmsAccount = {
  readonly practiceId: string;
  readonly adapter: 'fhir';
  /** The FHIR base, `https://pms.example/fhir/R4`. */
  readonly baseUrl: string;
  readonly authentication: { readonly kind: 'none' } | { readonly kind: 'bearer'; readonly token: string };
  /** The system of the identifiers that we give. */
  readonly identifierSystem: string;
  /** Milliseconds until a call is given up. */
  readonly timeoutMs: number;
  /** `post` (the default) keeps names and birth dates out of URLs, and so out of other people's access logs. */
  readonly search?: 'post' | 'get';
  /**
   * What the system lets us do to a Slot: `hold` it (`busy-tentative`) and take it (`busy`), only `take` it, or only `read` it,
   * for systems that keep their slots themselves. Default `hold`.
   */
  readonly slots?: 'hold' | 'take' | 'read';
};

export type Identifier = { readonly system: string; readonly value: string };

/** How an entry is known before the practice system has given it an id. */
export type EntryKey = { readonly resourceType: string; readonly identifier: Identifier };

export type IntakeEntry = {
  /** Stands in the resource as well. */
  readonly identifier: Identifier;
  /** Refers to its patient as `Patient/<patientId>`, and to another entry by `fullUrlOf` of that entry's identifier. */
  readonly resource: FhirResource;
};

export type FiledEntry = EntryKey & { readonly id: string };

export type PmsOperation =
  | { readonly type: 'capabilities' }
  | { readonly type: 'find-patient-by-identifier'; readonly identifier: Identifier }
  | ({ readonly type: 'find-patients-by-name-and-birth-date' } & PatientQuery)
  | { readonly type: 'read-patient'; readonly patientId: string }
  | { readonly type: 'register-patient'; readonly identifier: Identifier; readonly patient: Patient }
  /** All entries in one transaction. */
  | ({ readonly type: 'file-intake'; readonly entries: readonly IntakeEntry[] } & Filing)
  /** One entry alone, for systems without transactions. */
  | ({ readonly type: 'file-entry'; readonly entry: IntakeEntry } & Filing)
  /** Reads one filed entry back. */
  | { readonly type: 'read-entry'; readonly entry: FiledEntry }
  /** Which of these are filed? Asked when the outcome of filing is unknown. */
  | {
      readonly type: 'find-filed';
      readonly resourceType: string;
      readonly identifiers: readonly Identifier[];
    }
  /** Active schedules, with the names of whose they are. */
  | ({ readonly type: 'find-schedules' } & ScheduleQuery)
  /** Free slots, in the order of their starts. */
  | ({ readonly type: 'find-slots' } & SlotQuery)
  | { readonly type: 'read-slot'; readonly slotId: string }
  /** Sets the status; with `If-Match`. `hold`: our mark on a slot that is kept or taken for us; a freed slot loses it. */
  | {
      readonly type: 'set-slot';
      readonly slot: FoundSlot;
      readonly status: 'free' | 'busy-tentative' | 'busy';
      readonly hold: Identifier;
    }
  /** `appointment` carries `identifier`. */
  | {
      readonly type: 'create-appointment';
      readonly identifier: Identifier;
      readonly appointment: Appointment;
    }
  | { readonly type: 'find-appointment'; readonly identifier: Identifier }
  | { readonly type: 'read-appointment'; readonly appointmentId: string }
  /** Writes the whole resource back; with `If-Match`. */
  | {
      readonly type: 'update-appointment';
      readonly current: FoundAppointment;
      readonly appointment: Appointment;
    }
  | { readonly type: 'read-task'; readonly taskId: string }
  | { readonly type: 'update-task'; readonly current: FoundTask; readonly task: Task };

type Filing = {
  /** Whose the entries are, by the system's id. Without one, no entry may name a patient: staff's work about somebody unknown. */
  readonly patientId?: string | undefined;
  /** What stands in the system already: an entry that refers to one of these by `fullUrlOf` is sent with its id. */
  readonly filed?: readonly FiledEntry[] | undefined;
};

export type Coding = { readonly system?: string; readonly code: string };

export type ScheduleQuery = {
  readonly serviceType?: Coding | undefined;
  /** Searches for all; those of another service are left out of the answer, and those that name none stay. */
  readonly untyped?: boolean | undefined;
  readonly page?: string | undefined;
  /** Without `_include` and `_sort`, for systems that refuse a search for what they cannot do. */
  readonly plain?: boolean | undefined;
};

export type SlotQuery = {
  /** One schedule per call: systems differ in whether they take several. */
  readonly scheduleId: string;
  readonly serviceType?: Coding | undefined;
  /** ISO 8601 with offset; starts from here … */
  readonly from: string;
  /** … and before this. */
  readonly to: string;
  /** How many the caller wants; the system may give fewer per page. */
  readonly count: number;
  readonly page?: string | undefined;
  /** As in `ScheduleQuery`. */
  readonly plain?: boolean | undefined;
};

export type FoundSchedule = {
  readonly id: string;
  /** Of the clinician among the actors, else of the first that has one. */
  readonly name?: string | undefined;
  /** `Practitioner/1`, `Location/2` … */
  readonly actors: readonly string[];
};

export type SchedulePage = { readonly schedules: readonly FoundSchedule[]; readonly next?: string };

export type SlotStatus = 'free' | 'busy' | 'busy-tentative' | 'busy-unavailable' | 'entered-in-error';

export type FoundSlot = {
  readonly id: string;
  /** For `If-Match`; undefined where the system gives none. */
  readonly version: string | undefined;
  readonly status: SlotStatus;
  readonly scheduleId: string;
  /** Instants, ISO 8601 in UTC. */
  readonly start: string;
  readonly end: string;
  /** Values of the identifiers of the account's `identifierSystem` on it: whose hold it is. */
  readonly holds: readonly string[];
  readonly resource: Slot;
};

export type SlotPage = { readonly slots: readonly FoundSlot[]; readonly next?: string };

export type FoundAppointment = {
  readonly id: string;
  readonly version: string | undefined;
  readonly status: string;
  /** Instants, ISO 8601 in UTC; absent only from proposed or cancelled ones. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly slotIds: readonly string[];
  readonly patientId: string | undefined;
  /** What the patient answered: accepted, declined, tentative, needs-action. */
  readonly patientStatus: string | undefined;
  readonly resource: Appointment;
};

export type FoundTask = {
  readonly id: string;
  readonly version: string | undefined;
  readonly status: string;
  readonly resource: Task;
};

export type PatientQuery = {
  /** The name as written, for systems that are asked by words when `family` is not known. */
  readonly text: string;
  readonly given: readonly string[];
  readonly family?: string;
  /** `YYYY-MM-DD` */
  readonly birthDate: string;
  /** `next` of the page before. */
  readonly page?: string;
};

/** What each operation gives when it is accepted. */
export type PmsResults = {
  readonly capabilities: PmsCapabilities;
  readonly 'find-patient-by-identifier': readonly FoundPatient[];
  readonly 'find-patients-by-name-and-birth-date': PatientPage;
  readonly 'read-patient': FoundPatient;
  readonly 'register-patient': RegisteredPatient;
  readonly 'file-intake': FilingReport;
  readonly 'file-entry': FiledEntry;
  readonly 'read-entry': FiledEntry;
  readonly 'find-filed': readonly FiledEntry[];
  readonly 'find-schedules': SchedulePage;
  readonly 'find-slots': SlotPage;
  readonly 'read-slot': FoundSlot;
  readonly 'set-slot': FoundSlot;
  readonly 'create-appointment': FoundAppointment;
  /** Several that carry our identifier are `rejected` with `SEVERAL_APPOINTMENTS`. */
  readonly 'find-appointment': FoundAppointment | undefined;
  readonly 'read-appointment': FoundAppointment;
  readonly 'update-appointment': FoundAppointment;
  readonly 'read-task': FoundTask;
  readonly 'update-task': FoundTask;
};

export type OperationType = PmsOperation['type'];

/** The operation of one type. */
export type OperationOf<T extends OperationType> = Extract<PmsOperation, { readonly type: T }>;

export type PmsCapabilities = {
  readonly fhirVersion: string;
  readonly transaction: boolean;
  /** Resource types whose create takes a condition (`If-None-Exist`). */
  readonly conditionalCreate: readonly string[];
};

/** What may be relied on where a system does not tell: single creates without a condition. */
export const leastCapabilities: PmsCapabilities = {
  fhirVersion: '4.0.1',
  transaction: false,
  conditionalCreate: [],
};

/** A patient as the practice system knows them: the parts that we match by, checked, in FHIR's words. */
export type FoundPatient = {
  readonly id: string;
  readonly active: boolean;
  /** The patient that this one was merged into: this record must no longer be used. */
  readonly replacedBy?: string | undefined;
  readonly identifier: readonly {
    readonly system?: string | undefined;
    readonly value: string;
  }[];
  readonly name: readonly {
    readonly use?: string | undefined;
    readonly text?: string | undefined;
    readonly family?: string | undefined;
    readonly given: readonly string[];
  }[];
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD` */
  readonly birthDate?: string | undefined;
  readonly gender?: string | undefined;
  readonly telecom: readonly {
    readonly system?: string | undefined;
    readonly use?: string | undefined;
    readonly value: string;
  }[];
  readonly address: readonly {
    readonly text?: string | undefined;
    readonly line: readonly string[];
    readonly city?: string | undefined;
    readonly state?: string | undefined;
    readonly postalCode?: string | undefined;
    readonly country?: string | undefined;
  }[];
};

export type PatientPage = {
  readonly patients: readonly FoundPatient[];
  /** Where the next page is found; passed on as `page`. */
  readonly next?: string;
  /** True when there are more that we do not follow, because the link leads out of the practice system. */
  readonly incomplete: boolean;
};

export type RegisteredPatient = {
  readonly patientId: string;
  /** False when the system already had a patient with our identifier. */
  readonly created: boolean;
};

/** An entry that was not filed; `kind` reads as in `Outcome`, for this entry alone. */
export type UnfiledEntry = EntryKey & {
  readonly kind: 'rejected' | 'retry' | 'unknown';
  readonly code: string;
};

/**
 * What became of each entry. Systems that treat a transaction as a batch store some and refuse others: then only the
 * unfiled ones are sent again, and those of kind `unknown` are looked up first.
 */
export type FilingReport = {
  readonly filed: readonly FiledEntry[];
  readonly unfiled: readonly UnfiledEntry[];
};

/** The operation makes no sense to send; nothing was. `field` is a dotted path in the operation. */
export type RenderRefusal = {
  readonly refused:
    | 'INVALID_ID'
    | 'INVALID_PAGE'
    | 'INVALID_INSTANT'
    | 'EMPTY'
    | 'IDENTIFIER_MISSING'
    | 'OTHER_PATIENT'
    | 'REFERENCE_UNRESOLVED';
  readonly field: string;
};

const writes: ReadonlySet<OperationType> = new Set<OperationType>([
  'register-patient',
  'file-intake',
  'file-entry',
  'set-slot',
  'create-appointment',
  'update-appointment',
  'update-task',
]);

/** Whether a call may change something: only then can a lost answer leave a question open. */
export function effectOf(type: OperationType): 'read' | 'write' {
  return writes.has(type) ? 'write' : 'read';
}
