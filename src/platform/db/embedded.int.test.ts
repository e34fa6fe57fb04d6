import { type ChildProcess, spawn } from 'node:child_process';
import { on } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Account, run, serviceAccount } from './account.ts';
import { nativeFolder } from './binaries.ts';
import { type Embedded, removeEmbedded, startEmbedded } from './embedded.ts';
import { homeFolder } from './home.ts';

const isRoot = process.getuid?.() === 0;
const log = () => undefined;

let seed = '';
let folder = '';
let dataDir = '';
const children = new Set<ChildProcess>();

beforeAll(async () => {
  seed = await openFolder();
  const { stop } = await startEmbedded({ dataDir: join(seed, 'data'), fsync: false, log });
  await stop();
});

afterAll(() => rm(seed, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await openFolder();
  dataDir = join(folder, 'data');
});

/** Which the database's user can pass through. */
async function openFolder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(made, 0o711);
  return made;
}

/** A data folder whose database was started and stopped before: a copy, for that is quicker. */
async function initialised(): Promise<void> {
  // Not Node's `cp`: the owner must stay.
  expect(await run('/bin/cp', ['-a', join(seed, 'data'), dataDir], undefined)).toMatchObject({ code: 0 });
}

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  if (await stat(dataDir).catch(() => undefined)) await removeEmbedded(dataDir);
  await rm(folder, { recursive: true, force: true });
});

function start(): Promise<Embedded> {
  return startEmbedded({ dataDir, fsync: false, log });
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // The server may be killed under us.
  client.on('error', () => undefined);
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

type Started = { readonly url: string; readonly adopted: boolean };

/** Another process that uses the database, until its standard input ends. `account`: whom it becomes first. */
function startProcess(account?: Account) {
  const module = new URL('./embedded.ts', import.meta.url).href;
  const become = account
    ? `process.setgroups([]); process.setgid(${account.gid}); process.setuid(${account.uid});`
    : '';
  const program = `
    const { startEmbedded } = await import(${JSON.stringify(module)});
    ${become}
    const { url, adopted, stop } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, fsync: false, log() {} });
    console.log(JSON.stringify({ url, adopted }));
    for await (const _ of process.stdin);
    await stop();
    console.log('left');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const lines = on(createInterface(child.stdout), 'line', { close: ['close'] });
  const nextLine = async () => {
    const next = await lines.next();
    if (next.done) throw new Error(complaint || 'the process ended');
    return String(next.value[0]);
  };
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    // What the program above prints.
    started: nextLine().then((line) => JSON.parse(line) as Started),
    leave: async () => {
      child.stdin.end();
      await nextLine();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function postmasterPid(): Promise<number> {
  const file = join(await homeFolder(dataDir), 'cluster', 'postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
}

async function isRunning(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

describe('one process', () => {
  test('gets a database with UTF-8 and case beyond ASCII, and finds its data again', async () => {
    const first = await start();
    expect(first.adopted).toBe(false);
    const [row] = await query(first.url, `select upper('é') as upper, getdatabaseencoding() as encoding`);
    expect(row).toEqual({ upper: 'É', encoding: 'UTF8' });
    await query(first.url, 'create table kept as select 1 as n');
    await first.stop();
    await first.stop();
    expect(await isRunning(first.url)).toBe(false);

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await second.stop();
  });

  test('is durable unless told otherwise', async () => {
    await initialised();
    const { url, stop } = await startEmbedded({ dataDir, log });
    const rows = await query(
      url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by 1`,
    );
    expect(rows.map(({ setting }) => setting)).toEqual(['on', 'on', 'on']);
    await stop();
  });

  test('keeps the password and the log to itself, and no value of a statement in the log', async () => {
    await initialised();
    const { url, stop } = await start();
    await expect(query(url, `select 'Maria'::int`)).rejects.toThrow();
    await expect(isRunning(url.replace(/:[^:@]+@/, ':wrong@'))).resolves.toBe(false);
    await stop();
    for (const name of ['postgres.password', 'postgres.log']) {
      expect((await stat(join(dataDir, name))).mode & 0o077).toBe(0);
    }
    const written = await readFile(join(dataDir, 'postgres.log'), 'utf8');
    expect(written).toContain('ready to accept connections');
    expect(written).not.toContain('Maria');
  });

  test('is told when the password is lost, rather than given an empty database', async () => {
    await initialised();
    await rm(join(dataDir, 'postgres.password'));
    await expect(start()).rejects.toThrow("the database's password is missing");
  });

  test('is told when another major release wrote the data', async () => {
    await initialised();
    await writeFile(join(await homeFolder(dataDir), 'cluster', 'PG_VERSION'), '9\n');
    await expect(start()).rejects.toThrow('was written by PostgreSQL 9');
  });
});

describe('several processes', () => {
  test('that start at the same moment share one server, which the last one stops', async () => {
    const others = [startProcess(), startProcess()];
    const mine = await start();
    const started = await Promise.all(others.map((other) => other.started));
    expect(started.map(({ url }) => url)).toEqual([mine.url, mine.url]);
    expect([mine, ...started].filter(({ adopted }) => !adopted)).toHaveLength(1);
    await mine.stop();
    expect(await isRunning(mine.url)).toBe(true);
    for (const other of others) await other.leave();
    expect(await isRunning(mine.url)).toBe(false);
  });

  test('do not delete the database under each other', async () => {
    await initialised();
    const { stop } = await start();
    await expect(removeEmbedded(dataDir)).rejects.toThrow('is in use');
    await stop();
  });
});

describe('after a crash', () => {
  test('of the program, the server it left is taken over with its data', async () => {
    await initialised();
    const killed = startProcess();
    const { url } = await killed.started;
    await query(url, 'create table kept as select 1 as n');
    await killed.kill();
    expect(await isRunning(url)).toBe(true);

    const next = await start();
    expect(next).toMatchObject({ adopted: true, url });
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
    await next.stop();
    expect(await isRunning(url)).toBe(false);
  });

  test('of the server, the next start recovers what was committed', async () => {
    await initialised();
    const first = await startEmbedded({ dataDir, log });
    await query(first.url, 'create table kept as select 1 as n');
    process.kill(await postmasterPid(), 'SIGKILL');
    await first.stop();

    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await next.stop();
  });

  test('in the middle of the first initialisation, the next start begins again', async () => {
    const killed = startProcess();
    killed.started.catch(() => undefined);
    await expect.poll(async () => (await initialising()).length).toBe(1);
    await killed.kill();
    expect(await readdir(join(dataDir, 'postgres'))).not.toContain('cluster');

    const next = await start();
    expect(await query(next.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(await initialising()).toEqual([]);
    await next.stop();
  });

  test('between making the folder and handing it to the server, the next start goes on', async () => {
    await mkdir(join(dataDir, 'postgres'), { recursive: true });
    await chmod(dataDir, 0o711);
    const next = await start();
    expect(await query(next.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    await next.stop();
  });

  test('a process id that another program has got since is not taken for the server', async () => {
    await initialised();
    const cluster = join(await homeFolder(dataDir), 'cluster');
    const stale = [process.pid, cluster, 1, 5432, '', '127.0.0.1', '1 1', 'ready   ', ''].join('\n');
    await writeFile(join(cluster, 'postmaster.pid'), stale, { mode: 0o600 });

    const next = await start();
    expect(next.adopted).toBe(false);
    await next.stop();
  });
});

async function initialising(): Promise<string[]> {
  const names = await readdir(join(dataDir, 'postgres')).catch(() => []);
  const fresh = names.filter((name) => name.startsWith('new-'));
  const inside = fresh.map((name) => readdir(join(dataDir, 'postgres', name)).catch(() => []));
  return (await Promise.all(inside)).flat().filter((name) => name === 'cluster');
}

describe('whoever starts it', () => {
  test('in a closed folder: root puts it where its user can go, an ordinary user keeps it', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    const home = await homeFolder(dataDir);
    expect(home.startsWith(folder)).toBe(!isRoot);
    await query(first.url, 'create table kept as select 1 as n');
    await first.stop();

    const next = await start();
    expect(await homeFolder(dataDir)).toBe(home);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 1 }]);
    await next.stop();
    await removeEmbedded(dataDir);
    await expect(stat(home)).rejects.toThrow('ENOENT');
  });

  test('when the place where root put it is gone, it says so rather than begin with an empty one', async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'postgres.home'), join(folder, 'nowhere'));
    await expect(start()).rejects.toThrow('is gone');
  });

  test('an ordinary user runs it as themselves', async () => {
    const account = isRoot ? await serviceAccount() : undefined;
    await mkdir(dataDir);
    // In a checkout that is closed to everybody but root, an ordinary user has nothing to run.
    const mayRead = await run('/bin/ls', [nativeFolder()], account);
    await chmod(dataDir, 0o777);
    const other = startProcess(account);
    if (mayRead.code === 0) {
      const { url } = await other.started;
      expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
      const { uid } = await stat(join(dataDir, 'postgres', 'cluster'));
      expect(uid).toBe(account?.uid ?? process.getuid?.());
      await other.leave();
    } else {
      await expect(other.started).rejects.toThrow('set DATABASE_URL');
    }
  });
});
