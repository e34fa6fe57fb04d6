import { accepted, type Outcome, rejected } from '#kernel/outcome.ts';
import type { Call, Known } from './call.ts';
import { isResolved, resolve } from './fhir/resolve.ts';
import type { EntryKey, FiledEntry, FilingReport, IntakeEntry, PmsCapabilities } from './pms.ts';

/** Entries of an intake as looked up: those that stand in the chart, and those that do not. */
export type LookUp = { readonly filed: readonly FiledEntry[]; readonly missing: readonly EntryKey[] };

/** Entries read back: those that stand as they were filed, and those that do not, with the reason. */
export type ReadBack = {
  readonly confirmed: readonly FiledEntry[];
  readonly failed: readonly { readonly entry: FiledEntry; readonly code: string }[];
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

type Filing = Parameters<PmsHandoffs['file']>[0];

export async function fileEntries(call: Call, known: Known, filing: Filing): Promise<Outcome<FilingReport>> {
  const able = await known();
  if (able.kind !== 'accepted') return able;
  return able.value.transaction
    ? call('file-intake', { type: 'file-intake', ...filing }, able.value)
    : fileOne(call, filing, able.value);
}

/** The first entry that refers to no other unfiled one: what it refers to must have its id by then. */
async function fileOne(
  call: Call,
  { patientId, entries, filed = [] }: Filing,
  capabilities: PmsCapabilities,
): Promise<Outcome<FilingReport>> {
  const alone = (entry: IntakeEntry) => isResolved(resolve(entry, filed).resource, new Set());
  const entry = entries.find(alone) ?? entries[0];
  if (entry === undefined) return rejected('EMPTY');
  const outcome = await call('file-entry', { type: 'file-entry', patientId, entry, filed }, capabilities);
  if (outcome.kind !== 'accepted') return outcome;
  const unfiled = entries
    .filter((one) => one !== entry)
    .map(({ identifier, resource }) => ({
      resourceType: resource.resourceType,
      identifier,
      kind: 'retry' as const,
      code: 'NOT_SENT',
    }));
  return accepted({ filed: [outcome.value], unfiled });
}

export async function findFiled(call: Call, entries: readonly EntryKey[]): Promise<Outcome<LookUp>> {
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

export async function readBack(call: Call, entries: readonly FiledEntry[]): Promise<Outcome<ReadBack>> {
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
