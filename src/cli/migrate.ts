import { readConfig } from '../config.ts';
import { openPrepared } from './database.ts';

/** `vestibule migrate`: brings the database to the schema of this release. */
export async function migrate(json: boolean): Promise<number> {
  const config = readConfig(process.env);
  const database = await openPrepared(config);
  await database.stop();
  process.stdout.write(json ? `${JSON.stringify({ ok: true })}\n` : 'the database is up to date\n');
  return 0;
}
