import { startEmbedded } from '#platform/db/embedded.ts';
import { createLog, type Log } from '#platform/log.ts';
import type { Config } from '../config.ts';
import { migrationsDir } from './paths.ts';

export type Database = { readonly url: string; readonly stop: () => Promise<void> };

/** The configured database, or the embedded one. */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  log: Log,
): Promise<Database> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, stop: async () => {} };
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    log: (line) => log.debug('embedded database', { what: line }),
  });
  return { url: embedded.url, stop: embedded.stop };
}

/**
 * As `openDatabase`, at the schema of this release: for a command that works with it. All that knows the schema is a second's
 * worth of reading, which is done while the server starts.
 */
export async function openPrepared(
  config: Pick<Config, 'databaseUrl' | 'dataDir' | 'logLevel'>,
): Promise<Database> {
  const loading = import('../app/prepare.ts');
  // Told below, if it is one.
  loading.catch(() => undefined);
  const database = await openDatabase(config, createLog(config.logLevel));
  try {
    const { prepareDatabase } = await loading;
    await prepareDatabase(database.url, migrationsDir);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}
