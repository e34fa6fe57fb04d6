import { countFigures, forgetFigures } from '#analytics/index.ts';
import { openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createLog } from '#platform/log.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { prepareDatabase, viewsOf } from '../app.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openDatabase } from './database.ts';
import { migrationsDir } from './paths.ts';

export const replayable = ['views', 'figures'] as const;

export type ReplayOptions = {
  readonly what: (typeof replayable)[number];
  readonly practice: string;
  readonly timeZone: string | undefined;
  readonly json: boolean;
};

/** `vestibule replay`: empties the views or the daily figures of one practice, and writes them again from its events. */
export async function replay({ what, practice, timeZone, json }: ReplayOptions): Promise<number> {
  if (what === 'figures' && timeZone === undefined)
    throw new ConfigError([
      '--time-zone: figures are kept per day of the practice, such as "America/Sao_Paulo"',
    ]);
  const config = readConfig(process.env);
  const database = await openDatabase(config, createLog(config.logLevel));
  try {
    await prepareDatabase(database.url, migrationsDir);
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
    try {
      const sealer = createSealer({ db, provider: openKeyProvider(config.keys) });
      await sealer.preparePractice(practice);
      const facts = await db.tx(practice, async (tx) => {
        if (timeZone !== undefined && what === 'figures') {
          await forgetFigures(tx, timeZone);
          return 0;
        }
        const store = createEventStore({ sealer, views: [], reactions: [], enqueue: async () => undefined });
        let read = 0;
        for (const view of viewsOf(sealer)) read = await store.rebuild(tx, view);
        return read;
      });
      const counted = what === 'figures' ? await countAll(db, practice, timeZone ?? 'UTC') : facts;
      process.stdout.write(
        json ? `${JSON.stringify({ ok: true, facts: counted })}\n` : `${counted} facts read\n`,
      );
      return 0;
    } finally {
      await db.close();
    }
  } finally {
    await database.stop();
  }
}

async function countAll(db: ReturnType<typeof openDb>, practice: string, timeZone: string): Promise<number> {
  let counted = 0;
  for (;;) {
    const batch = await db.tx(practice, (tx) => countFigures(tx, timeZone));
    if (batch === 0) return counted;
    counted += batch;
  }
}
