import type { Patient } from 'fhir/r4.js';
import { accepted, type Outcome, rejected } from '#kernel/outcome.ts';
import { type Clock, systemClock } from '#platform/clock.ts';
import type { Egress } from '#platform/egress.ts';
import type { Call } from './call.ts';
import { fileEntries, findFiled, type LookUp, type PmsHandoffs, type ReadBack, readBack } from './filing.ts';
import {
  type EntryKey,
  type FiledEntry,
  type FilingReport,
  type FoundPatient,
  type Identifier,
  type IntakeEntry,
  leastCapabilities,
  type PatientPage,
  type PatientQuery,
  type PmsAccount,
  type PmsCapabilities,
  type RegisteredPatient,
} from './pms.ts';
import { createScheduling, type PmsScheduling } from './scheduling.ts';
import { type BreakerNews, createTransport, type Transport } from './transport.ts';

/** Milliseconds for which a system's capabilities are taken as unchanged. */
const capabilitiesLifeMs = 3_600_000;

/** Merges that are followed from one record to the next; a longer chain is a fault in the chart. */
const maxMerges = 5;

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
  /**
   * The same system for another lane of work, with as many calls at the same time at most. Give it less than the lane has workers, so
   * that a system that hangs leaves some for the others.
   */
  readonly within: (places: number) => Pms;
};

export type PmsOptions = {
  /** Calls that may be under way at the same time. */
  readonly places?: number;
  /** Told when calls are kept away from the system because it does not answer, and when they pass again. */
  readonly onChange?: (news: BreakerNews, code: string) => void;
};

/** Calls to one system that may be under way at the same time, by each way. */
const defaultPlaces = 12;

/**
 * Connects to a practice's system through `egress`, whose list must hold the account's origin.
 *
 * @throws where the account's base is no http(s) URL: a configuration error, found at start.
 */
export function createPms(
  account: PmsAccount,
  egress: Egress,
  clock: Clock = systemClock,
  { places = defaultPlaces, onChange = () => undefined }: PmsOptions = {},
): Pms {
  const base = URL.canParse(account.baseUrl) ? new URL(account.baseUrl) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol) || base.search !== '' || base.hash !== '') {
    throw new Error('pms.baseUrl: expected a FHIR base such as "https://pms.example/fhir/R4"');
  }
  const transport = createTransport(account, egress, clock, onChange);
  return pmsBy(transport, places, account, clock, { known: undefined });
}

/** The system by one way: what is known of it and its breaker are shared by all ways, the places are each way's own. */
function pmsBy(transport: Transport, places: number, account: PmsAccount, clock: Clock, memory: Memory): Pms {
  const call = transport.way(places);
  const capabilities = rememberCapabilities(call, clock, memory);
  const known = async () => orLeast(await capabilities());
  const file: PmsHandoffs['file'] = (filing) => fileEntries(call, known, filing);
  const surviving = (patient: FoundPatient) => followMerges(call, patient);
  return {
    capabilities,
    within: (others) => pmsBy(transport, others, account, clock, memory),
    surviving,
    findPatientByIdentifier: (identifier) => findOne(call, identifier),
    findPatientsByNameAndBirthDate: (query) =>
      call('find-patients-by-name-and-birth-date', {
        type: 'find-patients-by-name-and-birth-date',
        ...query,
      }),
    async registerPatient(registration) {
      const able = await known();
      if (able.kind !== 'accepted') return able;
      return call('register-patient', { type: 'register-patient', ...registration }, able.value);
    },
    fileIntake: file,
    findFiled: (entries) => findFiled(call, entries),
    readBack: (entries) => readBack(call, entries),
    scheduling: createScheduling(call, known, { slots: account.slots ?? 'hold', now: () => clock.now() }),
    handoffs: { file, findFiled: (entries) => findFiled(call, entries) },
  };
}

/** What is remembered of a system, by whichever way it was learned. */
type Memory = { known: { readonly value: PmsCapabilities; readonly until: number } | undefined };

function rememberCapabilities(call: Call, clock: Clock, memory: Memory): Pms['capabilities'] {
  return async () => {
    const { known } = memory;
    if (known !== undefined && clock.now() < known.until) return accepted(known.value);
    const outcome = await call('capabilities', { type: 'capabilities' });
    if (outcome.kind === 'accepted') {
      memory.known = { value: outcome.value, until: clock.now() + capabilitiesLifeMs };
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
