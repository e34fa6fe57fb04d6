import { spawn } from 'node:child_process';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, childEnvironment, run } from './account.ts';

/** A running server, as its `postmaster.pid` describes it. */
export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
  /** Folder of its Unix socket, which costs half of what TCP does; empty where it has none. */
  readonly socketFolder: string;
};

/** Where a server reads its data, as whom it runs, and where it writes its log. */
export type Launch = {
  readonly postgres: string;
  readonly cluster: string;
  readonly account: Account | undefined;
  readonly log: string;
  /** Where the log of the run before goes. */
  readonly earlierLog: string;
  readonly fsync: boolean;
};

const pollMs = 10;

/** Recovery after a crash replays at most `max_wal_size`: seconds, on a slow disk a minute. */
const startTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;

/** After a crash the old server's children need a moment to notice; a port can be taken between choosing and using it. */
const retryTimeoutMs = 10_000;
const retriable = /shared memory block|could not create any TCP\/IP sockets|could not bind/;

/**
 * Patient data must not reach the log, and an error's text repeats values ("invalid input syntax for …"), so errors of
 * statements are not logged at all: the level `log` stands above `error`. The caller gets them.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  wal_compression: 'on',
  jit: 'off',
  // A young database grows from nothing within minutes; until it is analysed its plans are those of empty tables.
  autovacuum_naptime: '10s',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** For databases that nobody needs after a power cut. */
const notDurable = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/**
 * The living server of this cluster, ready for connections; undefined when there is none. A server that is still
 * starting or stopping is waited for.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const found = await readPidFile(cluster);
    if (!found || !(await isServing(found.pid, cluster))) return undefined;
    if (found.status === 'ready') return found;
    if (performance.now() > deadline) throw new Error('the database neither starts nor stops');
    await sleep(pollMs);
  }
}

/** Starts the server and waits until it takes connections. It outlives us: see `detached`. */
export async function launchPostmaster(launch: Launch): Promise<Postmaster> {
  await removeForeignPidFile(launch.cluster);
  await rename(launch.log, launch.earlierLog).catch(() => undefined);
  const deadline = performance.now() + retryTimeoutMs;
  for (;;) {
    const started = await attempt(launch, await freePort());
    if (typeof started !== 'string') return started;
    if (!retriable.test(started) || performance.now() > deadline) {
      throw new Error(`PostgreSQL did not start: ${started}`);
    }
    await sleep(10 * pollMs);
  }
}

/** Ends the server: open transactions are rolled back, all that is committed is kept. */
export async function stopPostmaster(cluster: string): Promise<void> {
  const found = await readPidFile(cluster);
  if (!found || !(await isServing(found.pid, cluster))) return;
  process.kill(found.pid, 'SIGINT');
  const deadline = performance.now() + stopTimeoutMs;
  while (await isServing(found.pid, cluster)) {
    if (performance.now() > deadline) {
      // Ends at once; the next start recovers from the log.
      process.kill(found.pid, 'SIGQUIT');
      return;
    }
    await sleep(pollMs);
  }
}

/** Bytes that the path of a Unix socket may have: 108 with its end on Linux, 104 on macOS (`sun_path`). */
const longestSocketPath = 103;

/** Beside the cluster, in a folder that only the server's user and root may enter. */
function socketFolder(cluster: string): string {
  const folder = dirname(cluster);
  // PostgreSQL takes several folders, separated by commas.
  const isUsable =
    !/[,"]/.test(folder) && Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= longestSocketPath;
  return isUsable && process.platform !== 'win32' ? folder : '';
}

/** Returns the last lines of the log when the server ended instead of starting. */
async function attempt(launch: Launch, port: number): Promise<Postmaster | string> {
  const place = { port: String(port), unix_socket_directories: socketFolder(launch.cluster) };
  const options = { ...settings, ...(launch.fsync ? {} : notDurable), ...place };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await open(launch.log, 'a', 0o600);
  let exited = false;
  const child = spawn(launch.postgres, ['-D', launch.cluster, ...flags], {
    ...launch.account,
    cwd: '/',
    env: childEnvironment(),
    // A group of its own: Ctrl-C in a terminal reaches us only, and we finish our work before we stop the database.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.on('error', () => {
    exited = true;
  });
  child.on('exit', () => {
    exited = true;
  });
  child.unref();
  await log.close();
  const deadline = performance.now() + startTimeoutMs;
  while (!exited) {
    const found = await readPidFile(launch.cluster);
    if (found && found.pid === child.pid && found.status === 'ready') return found;
    if (performance.now() > deadline) {
      child.kill('SIGQUIT');
      return 'it was not ready in time';
    }
    await sleep(pollMs);
  }
  return tail(launch.log);
}

async function readPidFile(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  // PostgreSQL: src/include/utils/pidfile.h. Lines 1, 4, 5 and 8: process id, port, folder of the socket, status.
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return {
    pid,
    port: Number(lines[3]),
    socketFolder: lines[4]?.trim() ?? '',
    status: lines[7]?.trim() ?? '',
  };
}

/**
 * Is this process id a server of this cluster? The id alone says little: after a crash another process may have it,
 * and a copied folder names the server of the original.
 */
async function isServing(pid: number, cluster: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false; // Gone, or of another user, as which no server of ours runs.
  }
  const command = await commandLine(pid);
  return command.includes(`-D ${cluster} `);
}

/** A process that ended and whose parent has not looked yet still has an id, but no command line. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
  return (await run('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], undefined)).output;
}

/** PostgreSQL takes any living process with the id in the file for its own server, and would refuse to start. */
async function removeForeignPidFile(cluster: string): Promise<void> {
  const found = await readPidFile(cluster);
  if (!found || (await isServing(found.pid, cluster))) return;
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function tail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join(' | ') || 'it left no message';
}
