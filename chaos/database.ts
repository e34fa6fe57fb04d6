import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Embedded, removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { homeFolder } from '#platform/db/home.ts';

/** The embedded PostgreSQL, durable as in production, that can be stopped at once and started again. */
export type Database = {
  /** Past every proxy: for those who keep the books. Of the server that runs now. */
  readonly url: () => string;
  readonly isUp: () => boolean;
  /** `pg_ctl stop -m immediate`: no checkpoint, no farewell; the next start recovers from the log. */
  readonly crash: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

const pollMs = 10;

export async function openDatabase(dataDir: string): Promise<Database> {
  const options = { dataDir, log: () => {} };
  let running: Embedded | undefined = await startEmbedded(options);
  let { url } = running;
  const stop = async () => {
    await running?.stop();
    running = undefined;
  };
  return {
    url: () => url,
    isUp: () => running !== undefined,
    async crash() {
      const pid = await serverPid(dataDir);
      const before = running;
      running = undefined;
      if (pid !== undefined) {
        process.kill(pid, 'SIGQUIT');
        while (isLiving(pid)) await wait(pollMs);
      }
      // Lets go of the lock; there is no server left to stop.
      await before?.stop();
    },
    async start() {
      running ??= await startEmbedded(options);
      url = running.url;
    },
    stop,
    async remove() {
      await stop();
      await removeEmbedded(dataDir);
    },
  };
}

async function serverPid(dataDir: string): Promise<number | undefined> {
  const file = join(await homeFolder(dataDir), 'cluster', 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** A process that has ended and was not looked at by its parent counts as gone. */
function isLiving(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
