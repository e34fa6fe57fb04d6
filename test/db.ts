import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { patienceMs } from './patience.ts';
import { execute, freshName, withDatabase } from './template.ts';

export type TestDatabase = {
  /** The URL of the owner of the tables. */
  readonly url: string;
  /**
   * Resolves when every event that is committed now can be read in commit order: a timeline, a figure or news shows nothing that is
   * newer than the oldest open transaction, and the server's other databases have their own.
   */
  readonly readable: () => Promise<void>;
  /** Ends what is still connected. */
  readonly drop: () => Promise<void>;
};

/**
 * A database of its own for a test file: a copy of the migrated template, so there is nothing to reset.
 *
 *     const database = await createTestDatabase();
 *     afterAll(() => database.drop());
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = freshName('test');
  // Files rather than pages through the log: a tenth of the time, for nothing is synced here.
  await execute(server, `create database ${name} template ${inject('databaseTemplate')} strategy file_copy`);
  return {
    url: withDatabase(server, name),
    readable: () => readable(withDatabase(server, name)),
    drop: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}

/** Milliseconds between two looks at other databases' transactions, which tell nobody of their end. */
const lookEveryMs = 10;

/** As `TestDatabase.readable`, of any database. */
export async function readable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const newest = 'select xact::text as xact from events order by events.xact desc limit 1';
    const { rows } = await client.query<{ xact: string }>(newest);
    if (rows[0] === undefined) return;
    const passed = 'select pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8 as passed';
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const look = await client.query<{ passed: boolean }>(passed, [rows[0].xact]);
      if (look.rows[0]?.passed === true) return;
      if (performance.now() > deadline) throw new Error('a transaction has been open all the time');
      await wait(lookEveryMs);
    }
  } finally {
    await client.end();
  }
}
