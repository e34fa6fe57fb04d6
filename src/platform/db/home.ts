import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, run, serviceAccount } from './account.ts';

/** Where a database lives, and as whom it runs. */
export type Home = { readonly folder: string; readonly account: Account | undefined };

/** The part of the data folder that belongs to the embedded database. */
export function layout(dataDir: string) {
  return {
    home: join(dataDir, 'postgres'),
    /** Names the home where that is not `postgres` in the data folder. */
    pointer: join(dataDir, 'postgres.home'),
    password: join(dataDir, 'postgres.password'),
    /** Held while the database is being started or stopped. */
    startLock: join(dataDir, 'postgres.start-lock'),
    /** Held, shared, by every process that uses the database. */
    useLock: join(dataDir, 'postgres.use-lock'),
    log: join(dataDir, 'postgres.log'),
    earlierLog: join(dataDir, 'postgres.log.1'),
  };
}

/** Where the home goes when the database's user cannot enter the data folder, best first. */
const elsewhere = ['/var/lib/vestibule', tmpdir()];

/**
 * Finds the database's home, or makes an empty one.
 *
 * An ordinary user has it in the data folder. As root it belongs to an unprivileged user; where that one cannot enter
 * the data folder (root's home is closed), it lies elsewhere and a pointer file remembers where.
 */
export async function findHome(dataDir: string, log: (line: string) => void): Promise<Home> {
  const { home, pointer } = layout(dataDir);
  const isRoot = process.getuid?.() === 0;
  const pointed = await readPointer(dataDir);
  const folder = pointed ?? home;
  const owner = await stat(folder).catch(() => undefined);
  // As root, a folder that is still root's is one that we were interrupted in handing over.
  if (owner && !(isRoot && owner.uid === 0))
    return { folder, account: usable(folder, { uid: owner.uid, gid: owner.gid }) };
  if (pointed !== undefined) {
    throw new Error(`the database in ${folder} is gone; to begin with an empty one, delete ${pointer}`);
  }
  if (!isRoot) {
    await mkdir(home, { mode: 0o700 });
    return { folder: home, account: undefined };
  }
  const account = await serviceAccount();
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chown(home, account.uid, account.gid);
  if (await canWork(home, account)) return { folder: home, account };
  await rmdir(home);
  const moved = await makeElsewhere(dataDir, account);
  await writeFile(pointer, `${moved}\n`, { mode: 0o600 });
  log(`the database is in ${moved}, because its user cannot enter ${dataDir}`);
  return { folder: moved, account };
}

/** Removes the database of a data folder and all that belongs to it. It must not be running. */
export async function removeHome(dataDir: string): Promise<void> {
  const { pointer, ...rest } = layout(dataDir);
  // The pointer last: an interrupted removal can then be repeated.
  for (const path of [await homeFolder(dataDir), ...Object.values(rest), pointer]) {
    await rm(path, { recursive: true, force: true });
  }
}

/** The home's path, whether it exists or not. */
export async function homeFolder(dataDir: string): Promise<string> {
  return (await readPointer(dataDir)) ?? layout(dataDir).home;
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  return (await readFile(layout(dataDir).pointer, 'utf8').catch(() => undefined))?.trim();
}

/** As root we run the server as the home's owner; anybody else must be the owner. */
function usable(folder: string, owner: Account): Account | undefined {
  const uid = process.getuid?.();
  if (uid === undefined || uid === owner.uid) return undefined;
  if (uid === 0) return owner;
  throw new Error(
    `the database in ${folder} belongs to another user: start as that user, or choose another VESTIBULE_DATA`,
  );
}

async function makeElsewhere(dataDir: string, account: Account): Promise<string> {
  const prefix = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  for (const parent of elsewhere) {
    try {
      await mkdir(parent, { recursive: true, mode: 0o755 });
      // A name nobody can foresee: in the folder for temporary files anybody could have made a foreseeable one.
      const folder = await mkdtemp(join(parent, `${prefix}-`));
      await chmod(folder, 0o700);
      await chown(folder, account.uid, account.gid);
      if (await canWork(folder, account)) return folder;
      await rm(folder, { recursive: true, force: true });
    } catch {
      // Not writable: the next one.
    }
  }
  throw new Error(
    `the database's user can enter none of ${[dataDir, ...elsewhere].join(', ')}: choose another VESTIBULE_DATA, or set DATABASE_URL`,
  );
}

/** Tried instead of computed from modes: access lists and security modules have a say too. */
async function canWork(folder: string, account: Account): Promise<boolean> {
  const script = 'cd "$1" && : > probe && rm probe';
  return (await run('/bin/sh', ['-c', script, 'sh', folder], account)).code === 0;
}
