import type { Outcome } from '#kernel/outcome.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { RunningJob } from '#platform/job.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { EntryKey, FiledEntry, FoundPatient, IntakeEntry, Pms } from '#pms/index.ts';
import type { PracticeSettings } from '#practice/index.ts';
import { loadIntake, recordFiling } from './commands.ts';
import type { Form } from './form.ts';
import type { IntakeCommand, IntakeState } from './intake.ts';
import { candidatesOf } from './match.ts';
import { type FilingStep, filingJob, filingSteps, waitBeforeTry } from './reactions.ts';
import { type GivenConsent, type IntakeResources, toResources } from './resources.ts';

/** What the filing needs to know of a practice. */
export type PracticeForFiling = {
  readonly settings: PracticeSettings;
  readonly form: Form;
  /** The Questionnaire that the form was compiled from. */
  readonly questionnaire: unknown;
  readonly identifierSystem: string;
  readonly pms: Pms;
};

/** What the conversation knows that the chart should hold. */
export type IntakeBackground = {
  readonly consent: GivenConsent | undefined;
  /** `+5511987654321`, where the patient's channel shows it. */
  readonly channelPhone: string | undefined;
};

export type FilingDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly practice: (practiceId: string) => PracticeForFiling | undefined;
  readonly background: (tx: Tx, intakeId: string) => Promise<IntakeBackground>;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

type Owing = Exclude<
  IntakeState,
  { status: 'none' | 'asking' | 'reviewing' | 'discarded' | 'filed' | 'refused' }
>;

type Work = {
  readonly practiceId: string;
  readonly intakeId: string;
  readonly tries: number;
  readonly intake: Owing;
  readonly practice: PracticeForFiling;
  readonly resources: IntakeResources;
  /** True when an earlier run of this very job may have made its call. */
  readonly repeated: boolean;
  /** Now: ISO 8601, UTC. */
  readonly at: string;
};

/** What to record, and what to do next. */
type Next = {
  readonly commands: readonly IntakeCommand[];
  readonly owed: readonly OwedJob[];
  /** Why the step is tried again. */
  readonly code?: string;
};

/**
 * The job of the `practice-system` queue: one step of filing one intake. The calls happen outside of any transaction; what
 * came of them and the next step are committed together.
 */
export function fileIntakeStep(deps: FilingDeps): (job: RunningJob) => Promise<void> {
  return async (job) => {
    const step = filingSteps.find((known) => known === job.data.step);
    if (step === undefined) throw new Error('a filing step of an unknown kind');
    const work = await prepare(deps, job);
    if (work === undefined) return;
    const next = withNews(work, await steps[step](work, deps), deps.clock.now());
    await deps.db.tx(work.practiceId, (tx) =>
      recordFiling(
        tx,
        { store: deps.store, enqueue: deps.queues.enqueue },
        work.intakeId,
        next.commands,
        next.owed,
      ),
    );
  };
}

/** Undefined when nothing is owed any more: filed, refused, or not confirmed. */
async function prepare(deps: FilingDeps, job: RunningJob): Promise<Work | undefined> {
  const practiceId = String(job.data.practiceId);
  const intakeId = String(job.data.intakeId);
  const practice = deps.practice(practiceId);
  if (practice === undefined) throw new Error('an intake of a practice without a practice system');
  const { state, background } = await deps.db.tx(practiceId, async (tx) => ({
    state: (await loadIntake(tx, deps.store, intakeId)).state,
    background: await deps.background(tx, intakeId),
  }));
  if (state.status !== 'confirmed') return undefined;
  // A narrowing that the union's `status` list cannot express: the confirmed member is what remains.
  const intake = state as Owing;
  const resources = toResources({
    form: practice.form,
    questionnaire: practice.questionnaire,
    answers: intake.answers,
    intakeId,
    patientId: intake.patientId,
    language: intake.language,
    confirmedAt: intake.confirmedAt,
    practice: practice.settings,
    identifierSystem: practice.identifierSystem,
    ...(background.consent === undefined ? {} : { consent: background.consent }),
    ...(background.channelPhone === undefined ? {} : { channelPhone: background.channelPhone }),
  });
  return {
    practiceId,
    intakeId,
    tries: Number(job.data.tries ?? 0),
    intake,
    practice,
    resources,
    repeated: job.attempt > 1,
    at: isoNow(deps.clock),
  };
}

type Step = (work: Work, deps: FilingDeps) => Promise<Next>;

const steps: Readonly<Record<FilingStep, Step>> = {
  find,
  register,
  file,
  'look-up': lookUp,
  'read-back': readBack,
};

const go = (work: Work, step: FilingStep): OwedJob => filingJob(work.practiceId, work.intakeId, step);

/**
 * Milliseconds since the patient confirmed after which they are told that it takes longer, so that a hiccup stays unseen. With a
 * call that begins just before and is given up as late as any, it is less than a minute.
 */
const untoldMs = 20_000;

/** The same step again, later. */
function again(work: Work, step: FilingStep, code: string, afterMs?: number): Next {
  const tries = work.tries + 1;
  const seconds = afterMs === undefined ? waitBeforeTry(tries) : Math.ceil(afterMs / 1000);
  return { commands: [], owed: [filingJob(work.practiceId, work.intakeId, step, tries, seconds)], code };
}

/** The patient is told once, when what they wait for takes long: because it fails, or because each answer takes its time. */
function withNews(work: Work, next: Next, now: number): Next {
  const [owed] = next.owed;
  if (owed === undefined || work.intake.delayed) return next;
  const untilNext = now + (owed.afterSeconds ?? 0) * 1000 - Date.parse(work.intake.confirmedAt);
  if (untilNext < untoldMs) return next;
  const told: IntakeCommand = { type: 'RecordFilingDelayed', code: next.code ?? 'SLOW', at: work.at };
  return { ...next, commands: [...next.commands, told] };
}

const refuse = (work: Work, code: string): Next => ({
  commands: [{ type: 'RecordIntakeRefused', code, at: work.at }],
  owed: [],
});

type Failed = Exclude<Outcome<never>, { kind: 'accepted' }>;

/** A call that did not succeed: `rejected` ends the filing, a retry repeats the step, `unknown` goes to the step that looks. */
function failed(work: Work, outcome: Failed, step: FilingStep, looks: FilingStep): Next {
  if (outcome.kind === 'rejected') return refuse(work, outcome.code);
  if (outcome.kind === 'retry') return again(work, step, outcome.code, outcome.afterMs);
  return again(work, looks, outcome.code);
}

function count(deps: FilingDeps, operation: string, outcome: Outcome<unknown>): void {
  deps.metrics.count('vestibule_pms_calls', { operation, outcome: outcome.kind });
}

async function find(work: Work, deps: FilingDeps): Promise<Next> {
  if (work.intake.pmsPatientId !== undefined) return { commands: [], owed: [go(work, 'file')] };
  const { pms } = work.practice;
  const byIdentifier = await pms.findPatientByIdentifier(work.resources.identifier);
  count(deps, 'find-by-identifier', byIdentifier);
  if (byIdentifier.kind !== 'accepted') return failed(work, byIdentifier, 'find', 'find');
  if (byIdentifier.value !== undefined) return found(work, byIdentifier.value.id, 'identifier');
  const candidates = await findByDemographics(work, deps);
  if (candidates.kind !== 'accepted') return failed(work, candidates, 'find', 'find');
  const [only, ...others] = candidates.value;
  if (only !== undefined && others.length === 0) return found(work, only.id, 'demographics');
  const ambiguous: readonly IntakeCommand[] =
    only === undefined
      ? []
      : [{ type: 'RecordPatientAmbiguous', count: candidates.value.length, at: work.at }];
  // Of several who may be the patient none is taken: a second record can be merged, a wrong one has been read.
  return { commands: ambiguous, owed: [go(work, 'register')] };
}

function found(work: Work, pmsPatientId: string, how: 'identifier' | 'demographics'): Next {
  return {
    commands: [{ type: 'RecordPatientFound', pmsPatientId, how, at: work.at }],
    owed: [go(work, 'file')],
  };
}

/** Pages of candidates that are looked at; a name and birth date that so many share tells nobody apart. */
const maxPages = 5;

async function findByDemographics(work: Work, deps: FilingDeps): Promise<Outcome<readonly FoundPatient[]>> {
  const { pms } = work.practice;
  const { patient } = work.resources;
  const name = patient.name?.[0];
  if (name?.text === undefined || patient.birthDate === undefined) return { kind: 'accepted', value: [] };
  const query = {
    text: name.text,
    given: name.given ?? [],
    ...(name.family === undefined ? {} : { family: name.family }),
    birthDate: patient.birthDate,
  };
  const survivors = new Map<string, FoundPatient>();
  let page: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const outcome = await pms.findPatientsByNameAndBirthDate(page === undefined ? query : { ...query, page });
    count(deps, 'find-by-demographics', outcome);
    if (outcome.kind !== 'accepted') return outcome;
    for (const candidate of candidatesOf(patient, outcome.value.patients)) {
      const survivor = await pms.surviving(candidate);
      if (survivor.kind !== 'accepted') return survivor;
      survivors.set(survivor.value.id, survivor.value);
    }
    page = outcome.value.next;
    if (page === undefined) break;
  }
  return { kind: 'accepted', value: [...survivors.values()] };
}

async function register(work: Work, deps: FilingDeps): Promise<Next> {
  // An earlier run may have created the patient: look first.
  if (work.repeated || work.intake.pmsPatientId !== undefined)
    return { commands: [], owed: [go(work, 'find')] };
  const { identifier, patient } = work.resources;
  const outcome = await work.practice.pms.registerPatient({ identifier, patient });
  count(deps, 'register', outcome);
  if (outcome.kind !== 'accepted') {
    const conflict = outcome.kind === 'rejected' && outcome.code === 'CONFLICT';
    return conflict ? again(work, 'find', outcome.code) : failed(work, outcome, 'register', 'find');
  }
  return {
    commands: [{ type: 'RecordPatientRegistered', pmsPatientId: outcome.value.patientId, at: work.at }],
    owed: [go(work, 'file')],
  };
}

function entriesOf(work: Work): readonly IntakeEntry[] {
  return work.resources.entriesFor(`Patient/${work.intake.pmsPatientId}`);
}

const keyOf = ({ identifier, resource }: IntakeEntry): EntryKey => ({
  resourceType: resource.resourceType,
  identifier,
});

async function file(work: Work, deps: FilingDeps): Promise<Next> {
  if (work.intake.pmsPatientId === undefined) return { commands: [], owed: [go(work, 'find')] };
  if (work.repeated) return { commands: [], owed: [go(work, 'look-up')] };
  return await fileEntries(work, deps, entriesOf(work), 'file');
}

/** @param rest the step that sends what is still missing, where nothing was done */
async function fileEntries(
  work: Work,
  deps: FilingDeps,
  entries: readonly IntakeEntry[],
  rest: FilingStep,
): Promise<Next> {
  const patientId = String(work.intake.pmsPatientId);
  const outcome = await work.practice.pms.fileIntake({ patientId, entries });
  count(deps, 'file', outcome);
  if (outcome.kind !== 'accepted') {
    const conflict = outcome.kind === 'rejected' && outcome.code === 'CONFLICT';
    // What was refused for now may be the rest of entries of which others stand: those are not sent again.
    return conflict ? again(work, 'look-up', outcome.code) : failed(work, outcome, rest, 'look-up');
  }
  const { unfiled, filed } = outcome.value;
  if (unfiled.length === 0) return { commands: [], owed: [go(work, 'read-back')] };
  const refusal = unfiled.find((entry) => entry.kind === 'rejected' && entry.code !== 'CONFLICT');
  if (refusal !== undefined) return refuse(work, refusal.code);
  // Some stand and some do not: look, then send only what is missing. Where there was progress there is no need to wait.
  if (filed.length > 0) return { commands: [], owed: [go(work, 'look-up')] };
  return again(work, 'look-up', unfiled[0]?.code ?? 'UNFILED');
}

async function lookUp(work: Work, deps: FilingDeps): Promise<Next> {
  const entries = entriesOf(work);
  const outcome = await work.practice.pms.findFiled(entries.map(keyOf));
  count(deps, 'look-up', outcome);
  if (outcome.kind !== 'accepted') return failed(work, outcome, 'look-up', 'look-up');
  const { missing } = outcome.value;
  if (missing.length === 0) return { commands: [], owed: [go(work, 'read-back')] };
  // The write follows in a job of its own, and asks again what is missing when that job is repeated.
  if (work.repeated) return { commands: [], owed: [go(work, 'look-up')] };
  const wanted = entries.filter((entry) => missing.some((key) => sameEntry(key, keyOf(entry))));
  return await fileEntries(work, deps, wanted, 'look-up');
}

function sameEntry(a: EntryKey, b: EntryKey): boolean {
  return (
    a.resourceType === b.resourceType &&
    a.identifier.system === b.identifier.system &&
    a.identifier.value === b.identifier.value
  );
}

async function readBack(work: Work, deps: FilingDeps): Promise<Next> {
  const { pms } = work.practice;
  const there = await pms.findFiled(entriesOf(work).map(keyOf));
  count(deps, 'look-up', there);
  if (there.kind !== 'accepted') return failed(work, there, 'read-back', 'read-back');
  if (there.value.missing.length > 0) return again(work, 'look-up', 'MISSING_AFTER_FILING');
  const outcome = await pms.readBack(there.value.filed);
  count(deps, 'read-back', outcome);
  if (outcome.kind !== 'accepted') return failed(work, outcome, 'read-back', 'read-back');
  const [problem] = outcome.value.failed;
  if (problem !== undefined) return again(work, 'read-back', problem.code);
  const references = [`Patient/${work.intake.pmsPatientId}`, ...outcome.value.confirmed.map(referenceOf)];
  return { commands: [{ type: 'RecordIntakeFiled', resources: references, at: work.at }], owed: [] };
}

const referenceOf = ({ resourceType, id }: FiledEntry): string => `${resourceType}/${id}`;
