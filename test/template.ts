import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { prepareDatabase } from '../src/app/prepare.ts';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** What every test database holds when it is made. Add here what the program installs at its start. */
export async function prepareTemplate(adminUrl: string): Promise<void> {
  await prepareDatabase(adminUrl, migrations);
}

/** Makes the database that test databases are copies of, and returns its name. */
export async function createTemplate(serverUrl: string): Promise<string> {
  const name = freshName('template');
  await execute(serverUrl, `create database ${name} strategy file_copy`);
  await prepareTemplate(withDatabase(serverUrl, name));
  return name;
}

/** A name that no other run on the same server uses. */
export function freshName(kind: 'template' | 'test'): string {
  return `vestibule_${kind}_${randomBytes(6).toString('hex')}`;
}

export function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** One statement on a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
