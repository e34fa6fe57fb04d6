import type { Appointment, Patient, Task } from 'fhir/r4.js';
import { accepted, type Outcome, rejected } from '#kernel/outcome.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import { type Egress, outcomeOfFailure } from '#platform/egress.ts';
import {
  type EntryKey,
  effectOf,
  type FiledEntry,
  type FilingReport,
  type FoundAppointment,
  type FoundPatient,
  type FoundSchedule,
  type FoundSlot,
  type FoundTask,
  type Identifier,
  type IntakeEntry,
  leastCapabilities,
  type OperationOf,
  type OperationType,
  type PatientPage,
  type PatientQuery,
  type PmsAccount,
  type PmsCapabilities,
  type PmsResults,
  type RegisteredPatient,
  type ScheduleQuery,
  type SlotQuery,
} from './pms.ts';
import { adapters } from './registry.ts';

/** Milliseconds for which a system's capabilities are taken as unchanged. */
const capabilitiesLifeMs = 3_600_000;

/** Merges that are followed from one record to the next; a longer chain is a fault in the chart. */
const maxMerges = 5;

/** Entries of an intake as looked up: those that stand in the chart, and those that do not. */
export type LookUp = { readonly filed: readonly FiledEntry[]; readonly missing: readonly EntryKey[] };

/** Entries read back: those that stand as they were filed, and those that do not, with the reason. */
export type ReadBack = {
  readonly confirmed: readonly FiledEntry[];
  readonly failed: readonly { readonly entry: FiledEntry; readonly code: string }[];
};

/**
 * One practice's system. Every write is one outside call; its outcome must be recorded before the next.
 * (Before the first write of an hour, the system's capabilities are read.) Only reads are ever repeated or chained here.
 */
export type Pms = {
  /** What the system can do; remembered for an hour. */
  readonly capabilities: () => Promise<Outcome<PmsCapabilities>>;
  /**
   * The patient who carries an identifier of ours, at the end of any merges; undefined where there is none.
   * Several different ones are `rejected` with `SEVERAL_PATIENTS`.
   */
  readonly findPatientByIdentifier: (identifier: Identifier) => Promise<Outcome<FoundPatient | undefined>>;
  /** One page of candidates for matching. They may be inactive or merged: see `surviving`. */
  readonly findPatientsByNameAndBirthDate: (query: PatientQuery) => Promise<Outcome<PatientPage>>;
  /** Follows `replaced-by` to the record that is in use. */
  readonly surviving: (patient: FoundPatient) => Promise<Outcome<FoundPatient>>;
  /**
   * Creates a patient who carries `identifier`.
   *
   * After `unknown`, and after `rejected` with `CONFLICT`, ask `findPatientByIdentifier` before anything else.
   */
  readonly registerPatient: (registration: {
    readonly identifier: Identifier;
    readonly patient: Patient;
  }) => Promise<Outcome<RegisteredPatient>>;
  /**
   * Files an intake's entries: all in one transaction, or, where the system has none, the first of them, with the
   * others reported as unfiled (`retry`, `NOT_SENT`). So the caller repeats with what is unfiled until nothing is.
   *
   * After `unknown`, for the whole or for an entry, ask `findFiled` before that entry is sent again.
   */
  readonly fileIntake: (intake: {
    readonly patientId: string;
    readonly entries: readonly IntakeEntry[];
  }) => Promise<Outcome<FilingReport>>;
  /** Which entries does the system hold? One search per resource type. */
  readonly findFiled: (entries: readonly EntryKey[]) => Promise<Outcome<LookUp>>;
  /** Reads each entry and compares id, type and our identifier. One read per entry. */
  readonly readBack: (entries: readonly FiledEntry[]) => Promise<Outcome<ReadBack>>;
  readonly scheduling: PmsScheduling;
  readonly handoffs: PmsHandoffs;
};

/** What is filed for staff: a Task and a Communication, of a patient, or of somebody whom the system does not know yet. */
export type PmsHandoffs = {
  /**
   * Files entries as `fileIntake` does: all in one transaction, or, where the system has none, one of them, with the others
   * reported as unfiled (`retry`, `NOT_SENT`). With a `patientId` every entry names that patient (`for`, `subject`); without, none
   * names any.
   *
   * `filed`: entries that stand in the system already. What refers to one of them by `fullUrlOf` is sent with its id. So the caller
   * repeats with what is unfiled, and tells what is filed, until nothing is left. After `unknown`, for the whole or for an entry,
   * ask `findFiled` before that entry is sent again.
   */
  readonly file: (handoff: {
    readonly patientId?: string | undefined;
    readonly entries: readonly IntakeEntry[];
    readonly filed?: readonly FiledEntry[] | undefined;
  }) => Promise<Outcome<FilingReport>>;
  readonly findFiled: (entries: readonly EntryKey[]) => Promise<Outcome<LookUp>>;
};

/**
 * Slots and appointments. Each is one call, so that "did it happen?" has one answer; only the searches follow pages. A write of an
 * old version is `rejected` with `CONFLICT`: read again, and decide again.
 */
export type PmsScheduling = {
  /** What the system lets us do to a Slot (`pms.yaml`). */
  readonly slots: 'hold' | 'take' | 'read';
  readonly findSchedules: (query: Omit<ScheduleQuery, 'page'>) => Promise<Outcome<readonly FoundSchedule[]>>;
  /** At most `count`, earliest first. */
  readonly findSlots: (query: Omit<SlotQuery, 'page'>) => Promise<Outcome<readonly FoundSlot[]>>;
  readonly readSlot: (slotId: string) => Promise<Outcome<FoundSlot>>;
  readonly setSlot: (
    slot: FoundSlot,
    status: 'free' | 'busy-tentative' | 'busy',
    hold: Identifier,
  ) => Promise<Outcome<FoundSlot>>;
  /** After `unknown`, and after `rejected` with `CONFLICT`, ask `findAppointment` before anything else. */
  readonly createAppointment: (
    identifier: Identifier,
    appointment: Appointment,
  ) => Promise<Outcome<FoundAppointment>>;
  readonly findAppointment: (identifier: Identifier) => Promise<Outcome<FoundAppointment | undefined>>;
  readonly readAppointment: (appointmentId: string) => Promise<Outcome<FoundAppointment>>;
  readonly updateAppointment: (
    current: FoundAppointment,
    appointment: Appointment,
  ) => Promise<Outcome<FoundAppointment>>;
  readonly readTask: (taskId: string) => Promise<Outcome<FoundTask>>;
  readonly updateTask: (current: FoundTask, task: Task) => Promise<Outcome<FoundTask>>;
};

/** Sends one operation: one call, one outcome. */
type Call = <T extends OperationType>(
  type: T,
  operation: OperationOf<T>,
  capabilities?: PmsCapabilities,
) => Promise<Outcome<PmsResults[T]>>;

/**
 * Connects to a practice's system through `egress`, whose list must hold the account's origin.
 *
 * @throws where the account's base is no http(s) URL: a configuration error, found at start.
 */
export function createPms(account: PmsAccount, egress: Egress, clock: Clock = systemClock): Pms {
  const base = URL.canParse(account.baseUrl) ? new URL(account.baseUrl) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol) || base.search !== '' || base.hash !== '') {
    throw new Error('pms.baseUrl: expected a FHIR base such as "https://pms.example/fhir/R4"');
  }
  const call = caller(account, egress, clock);
  const capabilities = rememberCapabilities(call, clock);
  const surviving = (patient: FoundPatient) => followMerges(call, patient);
  return {
    capabilities,
    surviving,
    findPatientByIdentifier: (identifier) => findOne(call, identifier),
    findPatientsByNameAndBirthDate: (query) =>
      call('find-patients-by-name-and-birth-date', {
        type: 'find-patients-by-name-and-birth-date',
        ...query,
      }),
    async registerPatient(registration) {
      const known = orLeast(await capabilities());
      if (known.kind !== 'accepted') return known;
      return call('register-patient', { type: 'register-patient', ...registration }, known.value);
    },
    async fileIntake(intake) {
      const known = orLeast(await capabilities());
      if (known.kind !== 'accepted') return known;
      return known.value.transaction
        ? call('file-intake', { type: 'file-intake', ...intake }, known.value)
        : fileFirst(call, intake, known.value);
    },
    findFiled: (entries) => findFiled(call, entries),
    readBack: (entries) => readBack(call, entries),
  };
}

function caller(account: PmsAccount, egress: Egress, clock: Clock): Call {
  const adapter = adapters[account.adapter];
  return async (type, operation, capabilities = leastCapabilities) => {
    const request = adapter.render(operation, account, capabilities);
    if ('refused' in request) return rejected(request.refused);
    const sent = await egress.send(request, account.timeoutMs);
    if (sent.kind !== 'response') return outcomeOfFailure(sent, effectOf(type));
    const { baseUrl } = account;
    return adapter.interpret(type, operation, sent.response, { baseUrl, now: clock.now() });
  };
}

function rememberCapabilities(call: Call, clock: Clock): Pms['capabilities'] {
  let known: { readonly value: PmsCapabilities; readonly until: number } | undefined;
  return async () => {
    if (known !== undefined && clock.now() < known.until) return accepted(known.value);
    const outcome = await call('capabilities', { type: 'capabilities' });
    if (outcome.kind === 'accepted') {
      known = { value: outcome.value, until: clock.now() + capabilitiesLifeMs };
    }
    return outcome;
  };
}

/** A system that does not tell what it can do is asked for no more than every one can; a wrong version is not asked. */
function orLeast(capabilities: Outcome<PmsCapabilities>): Outcome<PmsCapabilities> {
  const silent = capabilities.kind === 'rejected' && capabilities.code !== 'FHIR_VERSION_UNSUPPORTED';
  // Some show them to nobody. If it is our credentials that are wrong, the write that follows finds out.
  const closed = capabilities.kind === 'retry' && ['UNAUTHORIZED', 'FORBIDDEN'].includes(capabilities.code);
  return silent || closed ? accepted(leastCapabilities) : capabilities;
}

async function findOne(call: Call, identifier: Identifier): Promise<Outcome<FoundPatient | undefined>> {
  const found = await call('find-patient-by-identifier', { type: 'find-patient-by-identifier', identifier });
  if (found.kind !== 'accepted') return found;
  const survivors = new Map<string, FoundPatient>();
  for (const patient of found.value) {
    const survivor = await followMerges(call, patient);
    if (survivor.kind !== 'accepted') return survivor;
    survivors.set(survivor.value.id, survivor.value);
  }
  if (survivors.size > 1) return rejected('SEVERAL_PATIENTS');
  return accepted(survivors.values().next().value);
}

async function followMerges(call: Call, patient: FoundPatient): Promise<Outcome<FoundPatient>> {
  let current = patient;
  for (let merges = 0; current.replacedBy !== undefined; merges += 1) {
    if (merges === maxMerges) return rejected('MERGED_TOO_OFTEN');
    const read = await call('read-patient', { type: 'read-patient', patientId: current.replacedBy });
    if (read.kind !== 'accepted') return read;
    current = read.value;
  }
  return accepted(current);
}

async function fileFirst(
  call: Call,
  { patientId, entries }: Parameters<Pms['fileIntake']>[0],
  capabilities: PmsCapabilities,
): Promise<Outcome<FilingReport>> {
  const [entry, ...others] = entries;
  if (entry === undefined) return rejected('EMPTY');
  const outcome = await call('file-entry', { type: 'file-entry', patientId, entry }, capabilities);
  if (outcome.kind !== 'accepted') return outcome;
  const unfiled = others.map(({ identifier, resource }) => ({
    resourceType: resource.resourceType,
    identifier,
    kind: 'retry' as const,
    code: 'NOT_SENT',
  }));
  return accepted({ filed: [outcome.value], unfiled });
}

async function findFiled(call: Call, entries: readonly EntryKey[]): Promise<Outcome<LookUp>> {
  const filed: FiledEntry[] = [];
  for (const [resourceType, keys] of Map.groupBy(entries, (entry) => entry.resourceType)) {
    const identifiers = keys.map((key) => key.identifier);
    const found = await call('find-filed', { type: 'find-filed', resourceType, identifiers });
    if (found.kind !== 'accepted') return found;
    filed.push(...found.value);
  }
  return accepted({ filed, missing: entries.filter((entry) => !filed.some((one) => isSame(one, entry))) });
}

function isSame(left: EntryKey, right: EntryKey): boolean {
  return (
    left.resourceType === right.resourceType &&
    left.identifier.system === right.identifier.system &&
    left.identifier.value === right.identifier.value
  );
}

async function readBack(call: Call, entries: readonly FiledEntry[]): Promise<Outcome<ReadBack>> {
  const confirmed: FiledEntry[] = [];
  const failed: { entry: FiledEntry; code: string }[] = [];
  for (const entry of entries) {
    const read = await call('read-entry', { type: 'read-entry', entry });
    if (read.kind === 'accepted') confirmed.push(read.value);
    else if (read.kind === 'rejected') failed.push({ entry, code: read.code });
    else return read;
  }
  return accepted({ confirmed, failed });
}
