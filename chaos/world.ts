import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { openKeyProvider } from '#security/index.ts';
import type { WorldPractice } from '../sandbox/world/options.ts';
import { type Child, endChild, startChild } from './child.ts';
import { type Database, openDatabase } from './database.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { Standing } from './patients/play.ts';
import { webRequest } from './points.ts';
import type { PracticeQuestion } from './practice-system.ts';
import type { ProviderQuestion } from './provider.ts';
import { type Random, randomOf } from './random.ts';
import { accountId, makeSetting, practiceId, readPractice, type Setting } from './setting.ts';
import { startWire, type Wire } from './wire.ts';

/** Everything that runs: the database, the product's processes, the two other sides, and the proxies between them. */
export type World = {
  readonly setting: Setting;
  readonly keys: string;
  readonly database: Database;
  readonly fleet: Fleet;
  /** The way in: webhooks and staff reach any living web process through it. */
  readonly front: Wire;
  readonly frontUrl: string;
  readonly provider: { readonly ask: <Answer>(question: ProviderQuestion) => Promise<Answer> };
  readonly practiceSystem: { readonly ask: <Answer>(question: PracticeQuestion) => Promise<Answer> };
  /** Moves the clock of everybody. */
  readonly moveClock: (byMs: number) => Promise<void>;
  /** Milliseconds since the epoch, by the moved clock. */
  readonly now: () => number;
  /** One statement past all proxies, as the owner. */
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  readonly stop: () => Promise<void>;
};

export type ProviderStanding = { readonly waiting: number; readonly patients: readonly Standing[] };

export type WorldOptions = {
  /** Empty; the caller removes it. */
  readonly folder: string;
  readonly seed: string;
  readonly patients: number;
  readonly processes: readonly string[];
  /** Milliseconds within which the patients come. */
  readonly arriveMs: number;
  /** Leaves the database's files. */
  readonly keep: boolean;
};

/** Milliseconds by which a machine's clock may be off. */
const maxSkewMs = 1_500;

export async function startWorld(options: WorldOptions): Promise<World> {
  const { folder, seed } = options;
  const random = randomOf(seed).fork('world');
  const cleanUp = new AsyncDisposableStack();
  try {
    await mkdir(join(folder, 'database'), { mode: 0o711 });
    const setting = await makeSetting(folder);
    const keys = `file:${join(folder, 'keys.json')}`;
    openKeyProvider(keys);
    const database = await openDatabase(join(folder, 'database'));
    cleanUp.defer(options.keep ? database.stop : database.remove);
    const fleetHolder: { fleet?: Fleet } = {};
    const front = await startWire({
      target: () => anyWeb(fleetHolder.fleet, random),
      classify: webRequest,
    });
    cleanUp.defer(front.close);
    const frontUrl = `http://127.0.0.1:${front.port}`;
    const others = await startOthers(options, setting, frontUrl);
    cleanUp.defer(others.stop);
    let movedMs = 0;
    const fleet = await startFleet({
      setting,
      processes: options.processes,
      database: () => new URL(database.url()),
      isDatabaseUp: database.isUp,
      providerUrl: others.providerUrl,
      practiceSystemUrl: others.practiceSystemUrl,
      frontUrl,
      keys,
      movedMs: () => movedMs,
      skews: options.processes.map(() => random.int(-maxSkewMs, maxSkewMs)),
    });
    cleanUp.defer(fleet.stop);
    fleetHolder.fleet = fleet;
    await fleet.allReady();
    const { provider, practiceSystem } = others;
    return {
      ...{ setting, keys, database, fleet, front, frontUrl, provider, practiceSystem },
      async moveClock(byMs) {
        movedMs += byMs;
        fleet.tellAll({ movedMs });
        await Promise.all([
          practiceSystem.ask({ type: 'move', movedMs }),
          provider.ask({ type: 'move', movedMs }),
        ]);
      },
      now: () => Date.now() + movedMs,
      query: (sql, values) => queryOnce(database.url(), sql, values),
      stop: () => cleanUp.disposeAsync(),
    };
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

function anyWeb(fleet: Fleet | undefined, random: Random) {
  const ports = (fleet?.members ?? []).map((member) => member.webPort()).filter((port) => port !== 0);
  return ports.length === 0 ? undefined : { host: '127.0.0.1', port: random.pick(ports) };
}

async function startOthers(
  { folder, seed, patients, arriveMs }: WorldOptions,
  setting: Setting,
  frontUrl: string,
) {
  const practice = await worldPractice(setting);
  const providerChild = startChild('provider.ts', {}, join(folder, 'provider.log'));
  const practiceChild = startChild('practice-system.ts', {}, join(folder, 'practice-system.log'));
  const provider: World['provider'] = { ask: (question) => providerChild.ask(question) };
  const practiceSystem: World['practiceSystem'] = { ask: (question) => practiceChild.ask(question) };
  const webhookUrl = `${frontUrl}/webhooks/meta/${accountId}`;
  const stop = async () =>
    void (await Promise.all([providerChild, practiceChild].map((one: Child) => endChild(one))));
  try {
    const [atProvider, atPractice] = await Promise.all([
      provider.ask<{ url: string }>({
        type: 'start',
        folder,
        practice,
        webhookUrl,
        seed,
        patients,
        arriveMs,
      }),
      practiceSystem.ask<{ url: string; baseUrl: string }>({ type: 'start', folder, practice }),
    ]);
    return {
      provider,
      practiceSystem,
      stop,
      providerUrl: atProvider.url,
      practiceSystemUrl: atPractice.baseUrl,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function worldPractice(setting: Setting): Promise<WorldPractice> {
  const { settings, scheduling, templates } = await readPractice(setting);
  const { appSecret, ...credentials } = setting.credentials;
  const [language = 'en'] = settings.languages;
  return {
    id: practiceId,
    name: settings.name,
    contentMode: settings.contentMode,
    languages: settings.languages,
    timeZone: settings.timeZone,
    visitTypes: (scheduling?.visitTypes ?? []).map(({ id, name, minutes, serviceType }) => ({
      id,
      name: name[language] ?? id,
      minutes,
      ...(serviceType?.system === undefined
        ? {}
        : { serviceType: { code: serviceType.code, system: serviceType.system } }),
    })),
    templates: Object.values(templates).flatMap(({ name, texts }) =>
      Object.values(texts).map(({ providerLanguage, body, buttons }) => ({
        ...{ name, language: providerLanguage, category: 'UTILITY' as const, body, buttons },
      })),
    ),
    accounts: [
      { id: accountId, displayPhone: '+55 11 5550-1200', appSecrets: [appSecret] as const, ...credentials },
    ],
  };
}

async function queryOnce<Row>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // The caller names the columns of its own statement.
    return (await client.query(sql, [...values])).rows as Row[];
  } finally {
    await client.end();
  }
}
