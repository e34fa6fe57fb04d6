import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeEmbedded } from '#platform/db/embedded.ts';
import { homeFolder } from '#platform/db/home.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { patienceMs } from '../patience.ts';

/** The real program as a process of its own, started as an operator starts it. */

export const bin = fileURLToPath(new URL('../../bin/vestibule.mjs', import.meta.url));

export type Ended = { readonly code: number | null; readonly signal: string | null };

export type Program = {
  readonly url: string;
  /** Milliseconds from the start to "is ready". */
  readonly readyMs: number;
  readonly kill: (signal: 'SIGKILL' | 'SIGTERM') => Promise<Ended>;
  /** All that it wrote to standard error. */
  readonly logged: () => string;
};

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/**
 * What a program of a test sees of the environment: nothing of ours, so that a setting of the developer's changes no test.
 * `undefined` takes a variable away.
 */
export function programEnv(
  env: Readonly<Record<string, string | undefined>> = {},
): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, METRICS_PORT: '0', LOG_LEVEL: 'warn', ...env };
}

export type RunOptions = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What Node is given before the program's file. */
  readonly nodeArgs?: readonly string[];
};

/** Runs one command to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(options.nodeArgs ?? []), bin, ...args], {
      env: programEnv(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err] = [collect(child.stdout), collect(child.stderr)];
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: out(), err: err() }));
  });
}

/** Starts the program and waits until it says that it is ready. Throws with what it said when it ends instead. */
export async function startProgram(
  options: RunOptions & { readonly args?: readonly string[] },
): Promise<Program> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...(options.nodeArgs ?? []), bin, 'start', ...(options.args ?? [])],
    {
      env: programEnv(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const [out, logged] = [collect(child.stdout), collect(child.stderr)];
  const url = await readyUrl(child, out, logged);
  return {
    url,
    readyMs: performance.now() - began,
    logged,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

function readyUrl(child: ChildProcess, out: () => string, logged: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`the program ${what}: ${out()}${logged()}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('was not ready in time');
    }, patienceMs);
    child.on('error', () => fail('did not start'));
    child.on('close', () => fail('ended'));
    child.stdout?.on('data', () => {
      const found = /is ready in [\d.]+ s: (http\S+)/.exec(out())?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** A data folder that the embedded database's user can enter. */
export async function makeDataFolder(): Promise<string> {
  const folder = await makeFolder();
  await chmod(folder, 0o711);
  return folder;
}

/** Stops what still runs in a data folder, and removes it. */
export async function removeDataFolder(folder: string): Promise<void> {
  await removeEmbedded(folder).catch(() => undefined);
  await removeFolder(folder);
}

/** The process id of a data folder's living database server; undefined when there is none. */
export async function databasePid(dataDir: string): Promise<number | undefined> {
  const file = join(await homeFolder(dataDir), 'cluster', 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
