import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../meta/index.ts';

/** A clock that runs like the system's, but can be moved forward: the sandbox sees in two seconds what is due in two days. */
export type MovableClock = Clock & {
  /** Only ever forward. */
  readonly advance: (milliseconds: number) => void;
  /** Milliseconds that it is ahead of the system's. */
  readonly movedMs: () => number;
};

const file = z.object({ movedMs: z.number().min(0) });

/**
 * The sandbox's time. In `dataDir` it is kept how far it was moved, before anyone sees the new time: killed at any moment and
 * started again, it goes on where it was and never back.
 */
export function openClock(dataDir?: string): MovableClock {
  const path = dataDir === undefined ? undefined : join(dataDir, 'clock.json');
  let movedMs =
    path !== undefined && existsSync(path) ? file.parse(JSON.parse(readFileSync(path, 'utf8'))).movedMs : 0;
  return {
    now: () => Date.now() + movedMs,
    movedMs: () => movedMs,
    advance: (milliseconds) => {
      const next = movedMs + Math.max(0, milliseconds);
      if (path !== undefined && dataDir !== undefined) {
        mkdirSync(dataDir, { recursive: true });
        // Written aside and renamed: a process that is killed here leaves the old file or the new one.
        writeFileSync(`${path}.new`, JSON.stringify({ movedMs: next }));
        renameSync(`${path}.new`, path);
      }
      movedMs = next;
    },
  };
}
