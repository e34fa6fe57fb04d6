import { join } from 'node:path';
import { type Child, endChild, startChild } from './child.ts';
import { databaseRequest, practiceRequest, providerRequest } from './points.ts';
import { references, type Setting } from './setting.ts';
import { startWire, type Wire } from './wire.ts';

/** The processes of the product. Who dies is started again, as a service manager does; the ways out of each have proxies of their own. */

export type Way = 'database' | 'provider' | 'practice-system';

export type Member = {
  readonly name: string;
  readonly roles: string;
  readonly ways: Readonly<Record<Way, Wire>>;
  /** Where its web server listens; 0 while it does not. */
  readonly webPort: () => number;
  readonly isReady: () => boolean;
  /** False where it was gone already, or has not come up yet: on a slow machine it never would. */
  readonly signal: (signal: 'SIGKILL' | 'SIGTERM', evenStarting?: boolean) => boolean;
  readonly tell: (message: object) => void;
};

export type Counts = {
  kills: number;
  terminations: number;
  /** Starts after the first of each. */
  restarts: number;
  /** Starts that came to nothing: the database was away. */
  failedStarts: number;
  /** Processes that were ready, and ended without being told to. */
  deaths: number;
};

export type Fleet = {
  readonly members: readonly Member[];
  readonly counts: Readonly<Counts>;
  /** The last words of those that ended by themselves. */
  readonly lastWords: readonly string[];
  readonly tellAll: (message: object) => void;
  /** Resolves once all of them are ready. */
  readonly allReady: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type FleetOptions = {
  readonly setting: Setting;
  /** The roles of each process: `web`, `worker`, `web,worker`. */
  readonly processes: readonly string[];
  readonly database: () => URL;
  readonly isDatabaseUp: () => boolean;
  readonly providerUrl: string;
  readonly practiceSystemUrl: string;
  readonly frontUrl: string;
  readonly keys: string;
  readonly movedMs: () => number;
  /** Milliseconds by which each machine is off. */
  readonly skews: readonly number[];
};

/** Milliseconds after an end at which a process is started again. */
const restartAfterMs = 300;
const lookEveryMs = 50;

type Common = FleetOptions & { readonly counts: Counts; readonly lastWords: string[]; isStopping: boolean };

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const counts: Counts = { kills: 0, terminations: 0, restarts: 0, failedStarts: 0, deaths: 0 };
  const common: Common = { ...options, counts, lastWords: [], isStopping: false };
  const members = await Promise.all(
    options.processes.map((roles, index) => startMember(common, roles, index)),
  );
  const allReady = async () => {
    while (!members.every((member) => member.isReady())) await pause(lookEveryMs);
  };
  return {
    members,
    counts,
    lastWords: common.lastWords,
    tellAll: (message) => {
      for (const member of members) member.tell(message);
    },
    allReady,
    async stop() {
      common.isStopping = true;
      await Promise.all(members.map((member) => member.end()));
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startMember(
  common: Common,
  roles: string,
  index: number,
): Promise<Member & { readonly end: () => Promise<void> }> {
  const name = `${roles.replace(',', '+')}-${index + 1}`;
  const ways = await openWays(common);
  let child: Child | undefined;
  let webPort = 0;
  let isReady = false;
  let isToldToEnd = false;
  const run = async (): Promise<void> => {
    isToldToEnd = false;
    const log = join(common.setting.folder, `${name}.log`);
    const running = startChild('product.ts', envOf(common, roles, ways, common.skews[index] ?? 0), log);
    child = running;
    const url = await running.ask<string | null>({ where: true }).catch(() => undefined);
    if (url !== undefined) {
      webPort = url === null ? 0 : Number(new URL(url).port);
      isReady = true;
      // It may have started while the clock was moved.
      running.tell({ movedMs: common.movedMs() });
    }
    const { said, signal, code } = await running.ended;
    if (!isToldToEnd && isReady) {
      common.counts.deaths += 1;
      common.lastWords.push(`${name} ended by itself (${signal ?? code}): ${said.slice(-600)}`);
    } else if (!isToldToEnd) common.counts.failedStarts += 1;
    isReady = false;
    webPort = 0;
    if (common.isStopping) return;
    await pause(restartAfterMs);
    if (common.isStopping) return;
    common.counts.restarts += 1;
    return run();
  };
  const over = run();
  return {
    name,
    roles,
    ways,
    webPort: () => webPort,
    isReady: () => isReady,
    signal(signal, evenStarting = false) {
      if (child?.isAlive() !== true || isToldToEnd || !(isReady || evenStarting)) return false;
      isToldToEnd = true;
      if (signal === 'SIGKILL') common.counts.kills += 1;
      else common.counts.terminations += 1;
      child.kill(signal);
      return true;
    },
    tell: (message) => child?.tell(message),
    async end() {
      isToldToEnd = true;
      if (child !== undefined) await endChild(child);
      await over;
      await Promise.all(Object.values(ways).map((way) => way.close()));
    },
  };
}

async function openWays(common: Common): Promise<Readonly<Record<Way, Wire>>> {
  const to = (url: string) => () => ({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const [database, provider, practiceSystem] = await Promise.all([
    startWire({
      target: () =>
        common.isDatabaseUp() ? { host: '127.0.0.1', port: Number(common.database().port) } : undefined,
      classify: databaseRequest,
    }),
    startWire({ target: to(common.providerUrl), classify: providerRequest }),
    startWire({ target: to(common.practiceSystemUrl), classify: practiceRequest }),
  ]);
  return { database, provider, 'practice-system': practiceSystem };
}

function through(url: string, { port }: Wire): string {
  const changed = new URL(url);
  // A Unix socket would pass by the wire.
  changed.searchParams.delete('host');
  changed.port = String(port);
  return changed.href.replace(/\/$/, '');
}

function envOf(
  common: Common,
  roles: string,
  ways: Readonly<Record<Way, Wire>>,
  skewMs: number,
): Record<string, string> {
  const { setting } = common;
  return {
    NODE_ENV: 'test',
    CHAOS_ROLES: roles,
    CHAOS_MOVED_MS: String(common.movedMs()),
    CHAOS_SKEW_MS: String(skewMs),
    PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'info',
    PUBLIC_URL: common.frontUrl,
    DATABASE_URL: through(common.database().href, ways.database),
    VESTIBULE_DATA: setting.folder,
    VESTIBULE_KEYS: common.keys,
    VESTIBULE_PRACTICES: setting.practicesDir,
    ...references(setting, {
      provider: through(common.providerUrl, ways.provider),
      practiceSystem: through(common.practiceSystemUrl, ways['practice-system']),
    }),
  };
}
