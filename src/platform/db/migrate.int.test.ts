import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/db.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let client: pg.Client;
let folder = '';

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // The template is migrated already; these tests bring migrations of their own.
  await client.query('drop table schema_migrations');
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function given(name: string, sql: string) {
  await writeFile(join(folder, name), sql);
}

async function tables(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where tablename like 'probe_%' order by 1`,
  );
  return rows.map(({ name }) => name);
}

test('applies what is missing, once', async () => {
  await given('0001-one.sql', 'create table probe_one (); create table probe_uno ();');
  expect(await migrate(database.url, folder)).toEqual([1]);
  await given('0002-two.sql', 'create table probe_two ();');
  expect(await migrate(client, folder)).toEqual([2]);
  expect(await migrate(client, folder)).toEqual([]);
  expect(await tables()).toEqual(['probe_one', 'probe_two', 'probe_uno']);
});

test('a file that fails leaves nothing of itself and all that came before', async () => {
  await given('0001-one.sql', 'create table probe_one ();');
  await given('0002-two.sql', 'create table probe_two (); select no_such_function();');
  await expect(migrate(client, folder)).rejects.toThrow('migration 2 (two) failed');
  expect(await tables()).toEqual(['probe_one']);
  await given('0002-two.sql', 'create table probe_two ();');
  expect(await migrate(client, folder)).toEqual([2]);
});

test('of ten racing processes one applies and the others wait', async () => {
  await given('0001-one.sql', 'create table probe_one (); select pg_sleep(0.1);');
  await given('0002-two.sql', 'create table probe_two ();');
  const runs = await Promise.all(Array.from({ length: 10 }, () => migrate(database.url, folder)));
  expect(runs.filter((numbers) => numbers.length > 0)).toEqual([[1, 2]]);
});

test('an edited file is refused, and nothing later is applied', async () => {
  await given('0001-one.sql', 'create table probe_one ();');
  await migrate(client, folder);
  await given('0001-one.sql', 'create table probe_one (id int);');
  await given('0002-two.sql', 'create table probe_two ();');
  await expect(migrate(client, folder)).rejects.toThrow('migration 1 (one) was edited');
  expect(await tables()).toEqual(['probe_one']);
});

test('a database that a newer release migrated is refused', async () => {
  await given('0001-one.sql', 'create table probe_one ();');
  await given('0002-two.sql', 'create table probe_two ();');
  await migrate(client, folder);
  await rm(join(folder, '0002-two.sql'));
  await expect(migrate(client, folder)).rejects.toThrow('newer than this program');
});
