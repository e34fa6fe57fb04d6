import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** The operating system's user that a child process runs as; undefined where it is the user we run as. */
export type Account = { readonly uid: number; readonly gid: number };

export type Ran = { readonly code: number | null; readonly output: string };

const execute = promisify(execFile);

/**
 * Preferred names, best first. `nobody` comes last: other services may run as it, and they could then read the
 * database's files.
 */
const existing = ['vestibule', 'postgres', '_postgres'];
const ownName = 'vestibule';
const lastResort = 'nobody';

/** Ways to add a system user: first the one of most Linux distributions, then the one of busybox (Alpine). */
const waysToAdd: readonly (readonly [string, ...string[]])[] = [
  ['useradd', '--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', ownName],
  ['adduser', '-S', '-D', '-H', ownName],
];

/**
 * The unprivileged user that PostgreSQL runs as when we are root, for it refuses root. The user must have an entry
 * among the system's users: `initdb` looks its name up.
 */
export async function serviceAccount(): Promise<Account> {
  for (const name of existing) {
    const account = await findUser(name);
    if (account) return account;
  }
  for (const [command, ...args] of waysToAdd) {
    await execute(command, args).catch(() => undefined);
    const added = await findUser(ownName);
    if (added) return added;
  }
  const account = await findUser(lastResort);
  if (account) return account;
  throw new Error(
    `PostgreSQL does not run as root, and no user for it could be found or added: add a system user named ${ownName}, or set DATABASE_URL`,
  );
}

async function findUser(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', name]), execute('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * What a child of ours may see of the environment. Ours holds secrets, and a child's can be read from outside;
 * and a `PGDATA` or `PGPORT` of the caller's would change what PostgreSQL does.
 */
export function childEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end as the given user. Never throws: a program that cannot start has the code null. */
export function run(command: string, args: readonly string[], account: Account | undefined): Promise<Ran> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(command, args, {
      ...account,
      // The user need not be able to enter the folder that we stand in.
      cwd: '/',
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  });
}
