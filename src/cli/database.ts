import { startEmbedded } from '#platform/db/embedded.ts';
import type { Log } from '#platform/log.ts';
import type { Config } from '../config.ts';

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
