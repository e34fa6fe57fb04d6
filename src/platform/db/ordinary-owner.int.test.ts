import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../../../test/folder.ts';
import { prepareDatabase } from '../../app/prepare.ts';
import { openDb } from './db.ts';
import { removeEmbedded, startEmbedded } from './embedded.ts';

const migrations = fileURLToPath(new URL('../../../migrations', import.meta.url));

async function asSuperuser(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

test('a database owned by a login that may create roles, and nothing more, is enough', async () => {
  const dataDir = await makeFolder();
  const server = await startEmbedded({ dataDir, fsync: false, log: () => {} });
  try {
    await asSuperuser(
      server.url,
      `create role clinic login createrole password 'x'`,
      'create database clinic owner clinic strategy file_copy',
    );
    const url = new URL(server.url);
    Object.assign(url, { username: 'clinic', password: 'x', pathname: '/clinic' });
    await prepareDatabase(url.href, migrations);
    const db = openDb({ url: url.href, role: 'vestibule_app', maxConnections: 2 });
    const [made] = await db.tx('aurora', (tx) =>
      tx.query(`select current_user, make_delivery_partitions('2026-11-22', 3) as n`),
    );
    expect(made).toEqual({ current_user: 'vestibule_app', n: 3 });
    // A second process finds all of it done.
    await prepareDatabase(url.href, migrations);
    // The owner is bound by row security too.
    const owner = new pg.Client({ connectionString: url.href });
    await owner.connect();
    const open = await owner.query(
      `select relname from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         and relname not in ('schema_migrations', 'queue_setup')
         and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(open.rows).toEqual([]);
    await owner.end();
    await db.close();
  } finally {
    await server.stop();
    await removeEmbedded(dataDir);
    await removeFolder(dataDir);
  }
});
