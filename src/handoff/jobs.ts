import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { systemActor } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { RunningJob } from '#platform/job.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import { type EntryKey, type FiledEntry, fullUrlOf, type IntakeEntry, type Pms } from '#pms/index.ts';
import type { PracticeSettings } from '#practice/index.ts';
import { act, asHandoff, type HandoffActDeps, loadHandoff } from './commands.ts';
import type { HandoffContext } from './context.ts';
import type { HandoffEvent } from './events.ts';
import {
  closedTask,
  type Ending,
  type FilingPlace,
  identifiersOf,
  isTaskOver,
  openingEntries,
  raisedTask,
  transcriptEntry,
} from './filing.ts';
import { type HandoffCommand, handoff } from './handoff.ts';
import type { Filing } from './handoff-state.ts';
import { type HandoffStep, handoffJob, handoffSteps } from './reactions.ts';
import type { StaffNames } from './thread/lines.ts';
import { transcriptOf } from './thread/transcript/views.ts';
import type { ThreadDeps } from './thread/views.ts';

export type PracticeForHandoffFiling = {
  readonly settings: Pick<PracticeSettings, 'timeZone' | 'name'>;
  readonly identifierSystem: string;
  /** What a resolution code is called. */
  readonly resolutionName: (code: string) => string;
  readonly pms: Pms;
};

export type HandoffJobDeps = HandoffActDeps &
  ThreadDeps & {
    readonly db: Db;
    readonly queues: Pick<Queues, 'enqueue'>;
    readonly practice: (practiceId: string) => PracticeForHandoffFiling | undefined;
    /** Names of all staff of the practice, those who have left too. */
    readonly staffNames: (tx: Tx) => Promise<StaffNames>;
    readonly clock: Clock;
    readonly metrics: Metrics;
  };

/** One handoff, as far as it is now. */
type Work = {
  readonly practiceId: string;
  readonly conversationId: string;
  readonly version: number;
  readonly tries: number;
  /** True when an earlier run, or try, may have made its call. */
  readonly repeated: boolean;
  readonly practice: PracticeForHandoffFiling;
  readonly handoffId: string;
  /** Of the newest fact that opened or raised it; undefined where the patient was erased. */
  readonly context: HandoffContext | undefined;
  readonly isRaised: boolean;
  readonly openedAt: string;
  readonly ended: { readonly how: Ending; readonly at: string } | undefined;
  readonly filing: Filing;
  readonly at: string;
};

type Next = { readonly record?: HandoffCommand; readonly owed?: OwedJob };

/**
 * The job of the `handoffs` queue: one step of one handoff in the practice system. Calls happen outside of any transaction; what
 * came of them, and the next step, are committed together.
 */
export function fileHandoffStep(deps: HandoffJobDeps): (job: RunningJob) => Promise<void> {
  return async (job) => {
    const step = handoffSteps.find((known) => known === job.data.step);
    if (step === undefined) throw new Error('a handoff step of an unknown kind');
    const work = await prepare(deps, job);
    if (work === undefined) return;
    const { record, owed } = await steps[step](work, deps);
    await deps.db.tx(work.practiceId, async (tx) => {
      if (record !== undefined) await act(tx, deps, work.conversationId, systemActor, () => record);
      if (owed !== undefined) await deps.queues.enqueue(tx, [owed]);
    });
  };
}

/** Undefined when nothing is owed any more. */
async function prepare(deps: HandoffJobDeps, job: RunningJob): Promise<Work | undefined> {
  const practiceId = String(job.data.practiceId);
  const conversationId = String(job.data.conversationId);
  const version = Number(job.data.version);
  const practice = deps.practice(practiceId);
  if (practice === undefined) throw new Error('a handoff of a practice without a practice system');
  const { past, state } = await deps.db.tx(practiceId, (tx) => loadHandoff(tx, deps.store, conversationId));
  const { handoffId } = fold(handoff, asHandoff(past).slice(0, version));
  const filing = handoffId === undefined ? undefined : state.filings.get(handoffId);
  if (handoffId === undefined || filing === undefined || filing.failed !== undefined) return undefined;
  const opened = openingsOf(past, handoffId);
  const tries = Number(job.data.tries ?? 0);
  return {
    practiceId,
    conversationId,
    version,
    tries,
    repeated: job.attempt > 1 || tries > 0,
    practice,
    handoffId,
    context: opened.at(-1)?.phi?.context,
    isRaised: opened.length > 1,
    openedAt: opened[0]?.data.at ?? '',
    ended: endingOf(past, handoffId, practice),
    filing,
    at: isoNow(deps.clock),
  };
}

type Opened = Extract<HandoffEvent, { type: 'HandoffOpened' }>;

function openingsOf(past: readonly StoredEvent[], handoffId: string): readonly Opened[] {
  return asHandoff(past).filter(
    (event): event is Opened => event.type === 'HandoffOpened' && event.data.handoffId === handoffId,
  );
}

/** The first end after the handoff's opening is its own. */
function endingOf(
  past: readonly StoredEvent[],
  handoffId: string,
  practice: PracticeForHandoffFiling,
): Work['ended'] {
  const events = asHandoff(past);
  const from = events.findIndex(
    (event) => event.type === 'HandoffOpened' && event.data.handoffId === handoffId,
  );
  for (const event of events.slice(from)) {
    if (event.type === 'HandoffWithdrawn') return { how: 'withdrawn', at: event.data.at };
    if (event.type === 'HandoffResolved') {
      const { code, at } = event.data;
      return { how: { code, name: practice.resolutionName(code) }, at };
    }
  }
  return undefined;
}

const steps: Readonly<Record<HandoffStep, (work: Work, deps: HandoffJobDeps) => Promise<Next>>> = {
  file,
  close,
  transcript,
};

function go(work: Work, step: HandoffStep, tries = 0, afterMs?: number): OwedJob {
  const wait = afterMs === undefined ? undefined : Math.ceil(afterMs / 1000);
  return handoffJob(work.practiceId, work.conversationId, work.version, step, tries, wait);
}

type Failed = Exclude<Outcome<never>, { kind: 'accepted' }>;

/** A refusal ends it, unless somebody else wrote meanwhile; all else is tried again, and then looks first. */
function failed(work: Work, step: HandoffStep, outcome: Failed): Next {
  const { handoffId, at } = work;
  if (outcome.kind === 'rejected' && outcome.code !== 'CONFLICT')
    return { record: { type: 'RecordNotFiled', handoffId, code: outcome.code, at } };
  return {
    owed: go(work, step, work.tries + 1, outcome.kind === 'retry' ? outcome.afterMs : undefined),
  };
}

function count(deps: HandoffJobDeps, operation: string, outcome: Outcome<unknown>): void {
  deps.metrics.count('vestibule_pms_calls', { operation, outcome: outcome.kind });
}

function placeOf(work: Work): FilingPlace {
  return {
    identifierSystem: work.practice.identifierSystem,
    referenceTo: fullUrlOf,
    pmsPatientId: work.context?.patient.pmsPatientId,
  };
}

const keyOf = ({ identifier, resource }: IntakeEntry): EntryKey => ({
  resourceType: resource.resourceType,
  identifier,
});

const referenceOf = ({ resourceType, id }: FiledEntry): string => `${resourceType}/${id}`;

type Written = { readonly references: readonly string[] } | { readonly next: Next };

/**
 * Files what is missing of the entries. A first run writes at once; a repeated one asks first what stands there, for an earlier
 * call may have been done.
 *
 * @param standing entries that these refer to
 */
async function write(
  work: Work,
  deps: HandoffJobDeps,
  step: HandoffStep,
  entries: readonly IntakeEntry[],
  standing: readonly EntryKey[] = [],
): Promise<Written> {
  const { handoffs } = work.practice.pms;
  let filed: readonly FiledEntry[] = [];
  if (work.repeated || standing.length > 0) {
    const found = await handoffs.findFiled([...standing, ...entries.map(keyOf)]);
    count(deps, 'look-up', found);
    if (found.kind !== 'accepted') return { next: failed(work, step, found) };
    filed = found.value.filed;
  }
  const isThere = (entry: IntakeEntry) =>
    filed.some((one) => one.identifier.value === entry.identifier.value);
  const missing = entries.filter((entry) => !isThere(entry));
  if (missing.length === 0) return { references: filed.map(referenceOf) };
  const pmsPatientId = work.context?.patient.pmsPatientId;
  const outcome = await handoffs.file({
    ...(pmsPatientId === undefined ? {} : { patientId: pmsPatientId }),
    entries: missing,
    filed,
  });
  count(deps, 'file', outcome);
  if (outcome.kind !== 'accepted') return { next: failed(work, step, outcome) };
  const { unfiled } = outcome.value;
  const refused = unfiled.find((entry) => entry.kind === 'rejected' && entry.code !== 'CONFLICT');
  if (refused !== undefined) return { next: failed(work, step, { kind: 'rejected', code: refused.code }) };
  // Some stand and some do not: the next try sees which. Where there was progress there is no need to wait.
  if (unfiled.length > 0) {
    const wait = outcome.value.filed.length > 0 ? 0 : undefined;
    return { next: { owed: go(work, step, work.tries + 1, wait) } };
  }
  return { references: [...filed, ...outcome.value.filed].map(referenceOf) };
}

async function file(work: Work, deps: HandoffJobDeps): Promise<Next> {
  if (work.filing.filed !== undefined) return await raise(work, deps, work.filing.filed);
  if (work.context === undefined) return erased(work);
  const written = await write(work, deps, 'file', openingEntries(work.context, placeOf(work)));
  if ('next' in written) return written.next;
  const { handoffId, at } = work;
  return { record: { type: 'RecordFiled', handoffId, resources: written.references, at } };
}

/** The patient was erased before the practice system knew: there is nothing left to tell. */
function erased({ handoffId, at }: Work): Next {
  return { record: { type: 'RecordNotFiled', handoffId, code: 'ERASED', at } };
}

function taskIdIn(references: readonly string[]): string | undefined {
  return references.find((reference) => reference.startsWith('Task/'))?.slice('Task/'.length);
}

/** A more urgent reason came up while the Task stood already. */
async function raise(work: Work, deps: HandoffJobDeps, filed: readonly string[]): Promise<Next> {
  const { context, at } = work;
  const taskId = taskIdIn(filed);
  if (!work.isRaised || context === undefined || taskId === undefined || work.ended !== undefined) return {};
  const { scheduling } = work.practice.pms;
  const read = await scheduling.readTask(taskId);
  count(deps, 'read-task', read);
  if (read.kind !== 'accepted') return failed(work, 'file', read);
  if (isTaskOver(read.value.status) || read.value.resource.priority === 'stat') return {};
  const updated = await scheduling.updateTask(read.value, raisedTask(read.value.resource, context, at));
  count(deps, 'update-task', updated);
  return updated.kind === 'accepted' ? {} : failed(work, 'file', updated);
}

async function close(work: Work, deps: HandoffJobDeps): Promise<Next> {
  if (work.ended === undefined || work.filing.closed !== undefined) return {};
  // What is not there yet cannot be closed: filing goes on by itself, and we look again.
  if (work.filing.filed === undefined) return { owed: go(work, 'close', work.tries + 1) };
  const taskId = taskIdIn(work.filing.filed);
  if (taskId === undefined) return { owed: go(work, 'transcript') };
  const { scheduling } = work.practice.pms;
  const read = await scheduling.readTask(taskId);
  count(deps, 'read-task', read);
  if (read.kind !== 'accepted') return failed(work, 'close', read);
  if (isTaskOver(read.value.status)) return { owed: go(work, 'transcript') };
  const task = closedTask(read.value.resource, work.ended.how, work.ended.at);
  const updated = await scheduling.updateTask(read.value, task);
  count(deps, 'update-task', updated);
  return updated.kind === 'accepted' ? { owed: go(work, 'transcript') } : failed(work, 'close', updated);
}

async function transcript(work: Work, deps: HandoffJobDeps): Promise<Next> {
  const { ended, handoffId, practice, at } = work;
  if (ended === undefined || work.filing.closed !== undefined) return {};
  const lines = await deps.db.tx(work.practiceId, async (tx) => {
    const names = await deps.staffNames(tx);
    const span = { from: work.openedAt, to: ended.at };
    return await transcriptOf(tx, deps, work.conversationId, names, span);
  });
  const place = { ...placeOf(work), timeZone: practice.settings.timeZone, at: ended.at };
  const { task } = identifiersOf(handoffId, practice.identifierSystem);
  const entry = transcriptEntry(handoffId, lines, place);
  const standing = [{ resourceType: 'Task', identifier: task }];
  const written = await write(work, deps, 'transcript', [entry], standing);
  if ('next' in written) return written.next;
  return { record: { type: 'RecordClosed', handoffId, resources: written.references, at } };
}
