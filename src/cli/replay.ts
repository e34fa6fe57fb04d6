import { countFigures, forgetFigures } from '#analytics/index.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import type { PracticeSettings } from '#practice/index.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openPrepared } from './database.ts';
import { settingsIn } from './load-practices.ts';
import { examplePractices } from './paths.ts';

export const replayable = ['views', 'figures'] as const;

export type ReplayOptions = {
  readonly what: string;
  readonly practices: string | undefined;
  readonly json: boolean;
};

/**
 * `vestibule replay`: empties the read tables, or the daily figures, of every practice and writes them again from the events. Safe
 * while the program runs: whoever appends meanwhile waits.
 * @throws ConfigError, PracticesError
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const what = replayable.find((known) => known === options.what);
  if (what === undefined) throw new ConfigError([`replay: expected one of ${replayable.join(', ')}`]);
  const config = readConfig(process.env);
  const practices = await settingsIn(options.practices ?? config.practicesDir ?? examplePractices);
  const database = await openPrepared(config);
  try {
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
    try {
      const sealer = createSealer({ db, provider: openKeyProvider(config.keys) });
      const facts: Record<string, number> = {};
      for (const practice of practices) {
        await sealer.preparePractice(practice.id);
        facts[practice.id] =
          what === 'views' ? await replayViews(db, sealer, practice.id) : await replayFigures(db, practice);
      }
      process.stdout.write(options.json ? `${JSON.stringify({ ok: true, facts })}\n` : textOf(facts));
      return 0;
    } finally {
      await db.close();
    }
  } finally {
    await database.stop();
  }
}

const textOf = (facts: Readonly<Record<string, number>>) =>
  Object.entries(facts)
    .map(([practice, count]) => `${practice}: ${count} facts read\n`)
    .join('');

function replayViews(db: Db, sealer: Sealer, practiceId: string): Promise<number> {
  const store = createEventStore({ sealer, views: [], reactions: [], enqueue: async () => undefined });
  return db.tx(practiceId, async (tx) => {
    const { viewsOf } = await import('../app.ts');
    let read = 0;
    for (const view of viewsOf(sealer)) read = await store.rebuild(tx, view);
    return read;
  });
}

async function replayFigures(db: Db, { id, timeZone }: PracticeSettings): Promise<number> {
  await db.tx(id, (tx) => forgetFigures(tx, timeZone));
  let counted = 0;
  for (;;) {
    const batch = await db.tx(id, (tx) => countFigures(tx, timeZone));
    if (batch === 0) return counted;
    counted += batch;
  }
}
