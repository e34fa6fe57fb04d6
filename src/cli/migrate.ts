import { createLog } from '#platform/log.ts';
import { prepareDatabase } from '../app.ts';
import { readConfig } from '../config.ts';
import { openDatabase } from './database.ts';
import { migrationsDir } from './paths.ts';

/** `vestibule migrate`: brings the database to the schema of this release. */
export async function migrate(json: boolean): Promise<number> {
  const config = readConfig(process.env);
  const database = await openDatabase(config, createLog(config.logLevel));
  try {
    await prepareDatabase(database.url, migrationsDir);
  } finally {
    await database.stop();
  }
  process.stdout.write(json ? `${JSON.stringify({ ok: true })}\n` : 'the database is up to date\n');
  return 0;
}
