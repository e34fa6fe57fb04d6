import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/db.ts';
import { type Db, openDb } from './db.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Ends the connection on which `work` is in the middle of a transaction. */
function endWhile(work: (pid: number) => Promise<unknown>): Promise<unknown> {
  return db.batch(async (tx) => {
    const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    return await work(row?.pid ?? 0);
  });
}

async function end(pid: number): Promise<void> {
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query('select pg_terminate_backend($1)', [pid]);
  await owner.end();
}

/** The process ends of itself when an error of a connection is heard by nobody: this test would then fail as unhandled. */
test('a connection that is lost in a transaction fails that transaction and nothing else', async () => {
  // Between two statements, where only the connection itself can tell of it.
  await expect(
    endWhile(async (pid) => {
      await end(pid);
      await db.ping();
    }),
  ).rejects.toThrow();
  // While a statement runs.
  await expect(
    db.batch(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      const sleeping = tx.query('select pg_sleep(20)');
      await Promise.all([sleeping, end(row?.pid ?? 0)]);
    }),
  ).rejects.toThrow();
  await expect(db.batch((tx) => tx.query('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
});
