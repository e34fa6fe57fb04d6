import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock that is held until `release`, or until the process dies, however it dies. */
export type FileLock = { readonly release: () => void };

export type LockMode = 'shared' | 'exclusive';

/** How often a waiting process asks again. */
const pollMs = 20;

/** SQLite's primary result code for "somebody else holds a lock that excludes ours". */
const sqliteBusy = 5;

/**
 * Takes the lock, or returns undefined when another holder excludes it. Throws when the file cannot be opened.
 *
 * Node offers no `flock`. SQLite, which it ships, locks its file through the kernel: such a lock ends with the
 * process even after `kill -9`, so there is no stale lock to detect and no process id that could have been reused.
 * SQLite also keeps two connections of one process apart, which the bare `fcntl` call does not.
 */
export function tryLock(path: string, mode: LockMode): FileLock | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin');
    // A deferred transaction takes its shared lock with its first read, and keeps it until the end.
    if (mode === 'shared') file.prepare('select count(*) from sqlite_master').get();
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    release: () => {
      if (file.isOpen) file.close();
    },
  };
}

/** Waits for the lock. Throws `Error` with the path when it is not free within `timeoutMs`. */
export async function lock(path: string, mode: LockMode, timeoutMs: number): Promise<FileLock> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const held = tryLock(path, mode);
    if (held) return held;
    if (performance.now() > deadline) throw new Error(`another process keeps ${path} locked`);
    await sleep(pollMs);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}
