import {
  type ErasurePlan,
  type ErasureTarget,
  ErasureUnfinished,
  erase,
  planErasure,
} from '#conversation/index.ts';
import type { ErasureReason } from '#kernel/erasure.ts';
import { openDb, type Tx } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openPrepared } from './database.ts';

/** `vestibule patients erase`: destroys what is kept of a patient, and leaves a fact that it was done. */

export type EraseOptions = {
  readonly practice: string;
  readonly patient: string | undefined;
  readonly conversation: string | undefined;
  readonly reason: ErasureReason;
  /** Without it, what would be erased is shown and nothing is. */
  readonly yes: boolean;
  readonly json: boolean;
};

const print = (json: boolean, value: object, lines: readonly string[]) =>
  void process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));

function targetOf({ patient, conversation }: EraseOptions): ErasureTarget {
  if (patient !== undefined && conversation === undefined) return { patientId: patient };
  if (conversation !== undefined && patient === undefined) return { conversationId: conversation };
  throw new ConfigError(['patients erase: expected --patient or --conversation, one of them']);
}

const summaryOf = (plan: ErasurePlan) => ({
  conversations: plan.conversationIds,
  patients: plan.patientIds,
  deliveries: plan.deliveries.length,
  factsThatStay: plan.factsThatStay,
});

/** @returns 1 where the practice knows nobody by that id, or the erasure could not be finished */
export async function erasePatient(options: EraseOptions): Promise<number> {
  const target = targetOf(options);
  const config = readConfig(process.env);
  const database = await openPrepared(config);
  try {
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
    try {
      const provider = openKeyProvider(config.keys);
      const sealer = createSealer({ db, provider });
      if (!(await db.tx(options.practice, hasKeys)))
        throw new ConfigError([`--practice: nothing is kept of a practice "${options.practice}"`]);
      await sealer.preparePractice(options.practice);
      const plan = await db.tx(options.practice, (tx) => planErasure(tx, sealer, target));
      if (plan === undefined) {
        print(options.json, { ok: false }, ['the practice knows nobody by this id']);
        return 1;
      }
      if (!options.yes) return preview(options, plan);
      const { viewsOf } = await import('../app.ts');
      const views = viewsOf(sealer);
      const store = createEventStore({ sealer, views, reactions: [], enqueue: async () => undefined });
      const by = { who: 'operator', reason: options.reason, at: new Date().toISOString() };
      const deps = { db, store, sealer, provider, keptDays: config.keepDeliveriesDays };
      return await erase(deps, options.practice, plan, by).then(
        (isInBackupsToo) => done(options, plan, isInBackupsToo),
        (error) => unfinished(options, plan, error),
      );
    } finally {
      await db.close();
    }
  } finally {
    await database.stop();
  }
}

/** A practice without keys has nothing sealed; preparing it would make it some. */
async function hasKeys(tx: Tx): Promise<boolean> {
  const found = await tx.query('select from keys where practice_id = $1 limit 1', [tx.practiceId]);
  return found.length > 0;
}

const counted = (plan: ErasurePlan) =>
  `${plan.conversationIds.length} conversations (${plan.conversationIds.join(', ')}), ` +
  `${plan.patientIds.length} forms (${plan.patientIds.join(', ') || 'none'}), ${plan.deliveries.length} raw deliveries` +
  (plan.factsThatStay > 0
    ? `; ${plan.factsThatStay} facts of an earlier release are sealed with the practice's key and stay`
    : '');

function done(options: EraseOptions, plan: ErasurePlan, isInBackupsToo: boolean): number {
  print(options.json, { ok: true, erased: true, ...summaryOf(plan), isInBackupsToo }, [
    `erased: ${counted(plan)}`,
    isInBackupsToo
      ? 'earlier backups do not open either, once every copy of the key file is replaced by the present one'
      : 'not everything of it had a share in the key file: earlier backups still open; rotate the keys and remove the old one',
    'running programs forget the keys within a minute; the practice system is the practice’s own to clear',
  ]);
  return 0;
}

/** Half of it is done. Anything else that fails has erased nothing, and is thrown on. */
function unfinished(options: EraseOptions, plan: ErasurePlan, error: unknown): number {
  if (!(error instanceof ErasureUnfinished)) throw error;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  print(options.json, { ok: false, erased: false, unfinished: true, ...summaryOf(plan) }, [
    `NOT FINISHED: ${counted(plan)}`,
    `the database is emptied, but shares in the key file could not be destroyed${code}: earlier backups still open`,
    'do it again as a user who may write the key file; a running worker tries again every five minutes, and at its start',
  ]);
  return 1;
}

function preview(options: EraseOptions, plan: ErasurePlan): number {
  print(options.json, { ok: true, erased: false, ...summaryOf(plan) }, [
    `would be erased: ${counted(plan)}`,
    'one number is erased whole, whoever of a family was spoken of; nothing was erased yet: repeat with --yes',
  ]);
  return 0;
}
