import { mkdir } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { type Clock, systemClock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import type { ReferenceSource } from '#practice/index.ts';
import { openKeyProvider } from '#security/index.ts';
import type { App } from '../app.ts';
import { type Config, ConfigError, type Role } from '../config.ts';
import { openDatabase } from './database.ts';
import { PracticesError } from './findings.ts';
import { loadPractices, referencesFrom } from './load-practices.ts';
import { migrationsDir, staffAppDir } from './paths.ts';
import { productionProblems } from './production.ts';
import { version } from './version.ts';

/** Reads all of the product, which takes a second: begun early, it is done while the database starts. */
export function loadApp(): Promise<typeof import('../app.ts')> {
  const loading = import('../app.ts');
  // Told to whoever awaits it.
  loading.catch(() => undefined);
  return loading;
}

/**
 * Starts the product: database, practices, roles.
 * @throws ConfigError, PracticesError
 */
export async function startProduct(options: {
  readonly config: Config;
  readonly roles: readonly Role[];
  readonly practicesDir: string;
  readonly references?: ReferenceSource;
  readonly clock?: Clock;
  readonly log: Log;
  readonly sandbox?: (app: FastifyInstance) => Promise<void>;
}): Promise<App> {
  const { config, log } = options;
  const loaded = await loadPractices(options.practicesDir, options.references ?? referencesFrom(process.env));
  if ('findings' in loaded) throw new PracticesError(loaded.findings);
  // Before the keys are made in it, which would close it to the database's user.
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 });
  const keyProvider = openKeyProvider(config.keys);
  const problems = productionProblems(config, keyProvider, loaded.practices);
  if (problems.length > 0) throw new ConfigError(problems);
  const loading = loadApp();
  const database = await openDatabase(config, log);
  const failed = async (error: unknown): Promise<never> => {
    await database.stop();
    throw error;
  };
  const { startApp } = await loading.catch(failed);
  const app = await startApp({
    ownerUrl: database.url,
    migrationsDir,
    practices: loaded.practices,
    roles: options.roles,
    keyProvider,
    clock: options.clock ?? systemClock,
    log,
    http: {
      host: config.host,
      port: config.port,
      publicUrl: config.publicUrl,
      trustedProxies: config.trustedProxies,
      limits: config.limits,
    },
    apiToken: config.apiToken,
    metricsPort: config.metricsPort,
    keep: {
      deliveriesDays: config.keepDeliveriesDays,
      mailDays: config.keepMailDays,
      filesDays: config.keepFilesDays,
    },
    maxFileBytes: config.maxFileBytes,
    staffAppDir,
    version,
    ...(options.sandbox === undefined ? {} : { sandbox: options.sandbox }),
  }).catch(failed);
  return {
    ...app,
    async stop() {
      await app.stop();
      await database.stop();
    },
  };
}
