import { randomBytes } from 'node:crypto';
import {
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { run } from './account.ts';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { type FileLock, lock, tryLock } from './file-lock.ts';
import { findHome, type Home, homeFolder, layout, removeHome } from './home.ts';
import { findPostmaster, launchPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts';

/**
 * The PostgreSQL that comes with the program.
 *
 * Glossary:
 * - **data folder**: what the operator names (`VESTIBULE_DATA`).
 * - **home**: the database's own folder, normally `postgres` in the data folder; see `home.ts`.
 * - **cluster**: PostgreSQL's word for one server's data; here `cluster` in the home.
 * - **user**: a process that uses the database. The last one to leave stops the server.
 */
export type Embedded = {
  /** Of the superuser, with the password; of this machine only. */
  readonly url: string;
  /** Stops the server, unless another process still uses it: that one then stops it. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** True when the server was running already: another process uses it, or one that was killed left it behind. */
  readonly adopted: boolean;
};

export type EmbeddedOptions = {
  readonly dataDir: string;
  /** False gives up durability for speed, for tests. Default true. */
  readonly fsync?: boolean;
  readonly log: (line: string) => void;
};

const superuser = 'postgres';
const database = 'vestibule';
const freshPrefix = 'new-';

/** A first start copies 45 MB and initialises; a start after a crash may recover for as long as `postmaster.ts` lets it. */
const startLockTimeoutMs = 180_000;

/**
 * Starts the database of a data folder, or joins the server that already runs there. Any number of processes may do so
 * at the same moment. Creates the data folder, the cluster, the password and the database where they are missing.
 *
 * Nothing here must be cleaned up after `kill -9`, of us or of the server: locks end with their process, a cluster is
 * renamed into place when it is whole, and a server that was left behind is taken over.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  // Others may pass through, for the database's user may be one of them; the files in it are closed.
  await mkdir(options.dataDir, { recursive: true, mode: 0o711 });
  const dataDir = await realpath(options.dataDir);
  const { startLock, useLock } = layout(dataDir);
  const starting = await lock(startLock, 'exclusive', startLockTimeoutMs);
  let using: FileLock | undefined;
  try {
    using = await lock(useLock, 'shared', startLockTimeoutMs);
    const { cluster, url, adopted } = await bringUp(dataDir, options);
    return { url, adopted, stop: leaver(dataDir, cluster, using) };
  } catch (error) {
    using?.release();
    throw error;
  } finally {
    starting.release();
  }
}

/** Deletes the embedded database of a data folder with all that is in it. Throws when a process uses it. */
export async function removeEmbedded(folder: string): Promise<void> {
  const dataDir = await realpath(folder);
  const using = tryLock(layout(dataDir).useLock, 'exclusive');
  if (!using) throw new Error(`the database in ${dataDir} is in use`);
  try {
    await stopPostmaster(clusterIn(await homeFolder(dataDir)));
    await removeHome(dataDir);
  } finally {
    using.release();
  }
}

async function bringUp(dataDir: string, { fsync = true, log }: EmbeddedOptions) {
  const home = await findHome(dataDir, log);
  const cluster = clusterIn(home.folder);
  let postmaster = await findPostmaster(cluster);
  const adopted = postmaster !== undefined;
  const password = await readPassword(dataDir, await exists(cluster));
  if (!postmaster) {
    const binaries = await prepareBinaries(home.account, join(home.folder, 'runtime'));
    if (!(await exists(cluster))) await initialise(home, cluster, binaries, password, fsync);
    await refuseOtherMajor(cluster, binaries);
    const { log: logFile, earlierLog } = layout(dataDir);
    const launch = { postgres: binaries.postgres, account: home.account, cluster, fsync };
    postmaster = await launchPostmaster({ ...launch, log: logFile, earlierLog });
  }
  const url = urlOf(postmaster, password);
  await ensureDatabase(url, fsync);
  return { cluster, url, adopted };
}

/** By the server's Unix socket where it has one; the TCP address stands in it for those who need one. */
function urlOf({ port, socketFolder }: Postmaster, password: string): string {
  const address = `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  return socketFolder === '' ? address : `${address}?host=${encodeURIComponent(socketFolder)}`;
}

/** Leaves; the last one stops the server. Under the start lock, so that nobody joins a server that is about to stop. */
function leaver(dataDir: string, cluster: string, using: FileLock): () => Promise<void> {
  let leaving: Promise<void> | undefined;
  const leave = async () => {
    const { startLock, useLock } = layout(dataDir);
    const stopping = await lock(startLock, 'exclusive', startLockTimeoutMs);
    try {
      using.release();
      const alone = tryLock(useLock, 'exclusive');
      if (!alone) return;
      alone.release();
      await stopPostmaster(cluster);
    } finally {
      stopping.release();
    }
  };
  return () => {
    leaving ??= leave();
    return leaving;
  };
}

/** Made once, in a file that only we can read. */
async function readPassword(dataDir: string, hasCluster: boolean): Promise<string> {
  const { password: path } = layout(dataDir);
  const kept = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new Error(`the database's password in ${path} cannot be read: start as the user whose file it is`);
  });
  if (kept.trim() !== '') return kept.trim();
  if (hasCluster) throw new Error(`the database's password is missing: ${path} is not there or empty`);
  const password = randomBytes(24).toString('base64url');
  await writeFile(path, `${password}\n`, { mode: 0o600 });
  return password;
}

/**
 * The locale is PostgreSQL's own `C.UTF-8`, which knows upper and lower case beyond ASCII and needs nothing of the
 * system's. All happens in a folder beside the final one: what is interrupted is thrown away by the next start.
 */
async function initialise(home: Home, cluster: string, binaries: Binaries, password: string, fsync: boolean) {
  for (const name of await readdir(home.folder)) {
    // Of an initialisation that was killed. Its initdb may live on for a moment and delete what it made when it fails,
    // hence a new name each time.
    if (name.startsWith(freshPrefix))
      await rm(join(home.folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const fresh = await mkdtemp(join(home.folder, freshPrefix));
  const passwordFile = join(fresh, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (home.account) {
    for (const path of [fresh, passwordFile]) await chown(path, home.account.uid, home.account.gid);
  }
  const args = [
    ...['-D', join(fresh, 'cluster'), '-U', superuser, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...['--no-instructions', ...(fsync ? [] : ['--no-sync'])],
  ];
  const { code, output } = await run(binaries.initdb, args, home.account);
  if (code !== 0) throw new Error(`initdb failed: ${output.trim().split('\n').slice(-3).join(' | ')}`);
  await rename(join(fresh, 'cluster'), cluster);
  await rm(fresh, { recursive: true, force: true });
  if (fsync) await syncFolder(home.folder);
}

/** So that the rename, too, survives a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

async function refuseOtherMajor(cluster: string, { version }: Binaries): Promise<void> {
  const major = version.split('.')[0];
  const written = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (written !== major) {
    throw new Error(
      `the database was written by PostgreSQL ${written} and this release brings ${major}: restore it from a backup made with the earlier release`,
    );
  }
}

/** Creates our database where it is missing: the first time, or when the first start was interrupted. */
async function ensureDatabase(url: string, fsync: boolean): Promise<void> {
  try {
    await once(url, 'select 1');
  } catch (error) {
    // PostgreSQL: 3D000 is invalid_catalog_name.
    if (!(error instanceof pg.DatabaseError) || error.code !== '3D000') throw error;
    const maintenance = new URL(url);
    maintenance.pathname = '/postgres';
    // Copying files is the quicker way where they are not synced, and the slower one where they are.
    await once(maintenance.href, `create database ${database} strategy ${fsync ? 'wal_log' : 'file_copy'}`);
  }
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function clusterIn(home: string): string {
  return join(home, 'cluster');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
