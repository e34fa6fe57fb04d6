import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** One file of the migrations folder: `0002-mailbox.sql` has number 2 and name `mailbox`. */
export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal, with line ends as `\n`. */
  readonly checksum: string;
};

type Applied = Pick<Migration, 'number' | 'name' | 'checksum'>;

/** Any constant will do, as long as no other program uses it in this database: the letters "VSTB". */
const advisoryLock = 0x56535442;

const fileName = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/**
 * Brings the database to the newest schema and returns the numbers it applied. Processes may race: one applies, the
 * others wait and find nothing left. Each file is one transaction, so an interrupted run goes on where it stopped.
 *
 * Throws `Error` when an applied file was edited or is gone, or when the database is newer than these files.
 *
 * @param target a URL, or a connected client, of a role that may change the schema
 */
export async function migrate(target: string | pg.Client, folder: string): Promise<number[]> {
  const migrations = await readMigrations(folder);
  if (typeof target !== 'string') return migrateWith(target, migrations);
  const client = new pg.Client({ connectionString: target, application_name: 'vestibule migrate' });
  // A lost connection is told by the statement that runs.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await migrateWith(client, migrations);
  } finally {
    await client.end();
  }
}

/** The files of the folder in order. Throws `Error` on another kind of name, a gap, a repeat or an empty folder. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  if (names.length === 0) throw new Error(`there are no migrations in ${folder}`);
  return Promise.all(
    names.map(async (name, index) => {
      const match = fileName.exec(name);
      if (!match) throw new Error(`migration ${name}: expected a name such as 0001-events.sql`);
      if (Number(match[1]) !== index + 1) {
        throw new Error(`migration ${name}: expected number ${index + 1}, without gaps or repeats`);
      }
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { number: index + 1, name: match[2] ?? '', sql, checksum };
    }),
  );
}

/**
 * Which of `migrations` are still to be applied, oldest first.
 *
 * Throws `Error` when `applied` is not a beginning of `migrations`.
 */
export function pending(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const newest = migrations.length;
  for (const { number, name, checksum } of applied) {
    const file = migrations.find((migration) => migration.number === number);
    if (!file) {
      throw new Error(
        `the database is newer than this program: it has migration ${number} (${name}), the program knows ${newest}; start a newer release`,
      );
    }
    if (file.checksum !== checksum) {
      throw new Error(
        `migration ${number} (${name}) was edited after it was applied: restore the file and put the change in a new migration`,
      );
    }
  }
  const done = new Set(applied.map(({ number }) => number));
  return migrations.filter(({ number }) => !done.has(number));
}

async function migrateWith(client: pg.Client, migrations: readonly Migration[]): Promise<number[]> {
  // A session lock: it spans the transactions below, and ends with the connection if we are killed.
  await client.query('select pg_advisory_lock($1)', [advisoryLock]);
  try {
    await createTable(client);
    const { rows } = await client.query<Applied>(
      'select number, name, checksum from schema_migrations order by number',
    );
    const due = pending(migrations, rows);
    for (const migration of due) await apply(client, migration);
    return due.map(({ number }) => number);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [advisoryLock]);
  }
}

async function createTable(client: pg.Client): Promise<void> {
  await client.query(`
    create table if not exists schema_migrations (
      number integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`);
}

async function apply(client: pg.Client, { number, name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migrations (number, name, checksum) values ($1, $2, $3)', [
      number,
      name,
      checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`migration ${number} (${name}) failed: ${reason}`, { cause: error });
  }
}
