import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Log } from '#platform/log.ts';
import type { PracticeSettings } from '#practice/index.ts';
import type { World } from '../../sandbox/world/index.ts';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { referencesFrom } from './load-practices.ts';
import { sandboxPageDir } from './paths.ts';
import { startProduct } from './product.ts';
import { placePractices, readUnresolved, referenceValues, worldPractice } from './sandbox-practices.ts';

/**
 * The sandbox: the product, and a world around it that speaks the real protocols. The product is configured for it exactly as for
 * the real one: base URLs and credentials come by the references in the practices' folders.
 */
export type Sandbox = {
  readonly app: App;
  readonly world: World;
  /** Where a browser finds the sandbox world. */
  readonly url: string;
  readonly apiToken: string;
  readonly practiceIds: readonly string[];
  readonly settingsOf: (practiceId: string) => PracticeSettings | undefined;
  /** The id of a practice's first channel account. */
  readonly accountOf: (practiceId: string) => string | undefined;
  readonly stop: () => Promise<void>;
};

/** The port, if it is free, else any. */
async function freePort(wanted: number): Promise<number> {
  const tryPort = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() =>
          resolve(address !== null && typeof address !== 'string' ? address.port : undefined),
        );
      });
    });
  const port = (await tryPort(wanted)) ?? (await tryPort(0));
  if (port === undefined) throw new Error('no port is free on 127.0.0.1');
  return port;
}

/** Starts the world, then the product in it. */
export async function startSandbox(options: {
  readonly config: Config;
  readonly practicesDir: string;
  readonly log: Log;
}): Promise<Sandbox> {
  const { config, log } = options;
  const { createWorld, loadCredentials, openClock } = await import('../../sandbox/world/index.ts');
  const dataDir = join(config.dataDir, 'sandbox');
  const practicesDir = await placePractices(options.practicesDir, config.sandboxProvider, dataDir);
  const practices = await readUnresolved(practicesDir);
  const accounts = practices.flatMap((practice) => practice.accounts);
  const credentials = loadCredentials(
    accounts.map(({ id }) => id),
    dataDir,
    Object.fromEntries(accounts.map(({ id, provider }) => [id, provider])),
  );
  const port = config.port === 0 ? await freePort(0) : config.port;
  const wanted = (offset: number) => (config.port === 0 ? freePort(0) : freePort(config.port + offset));
  const apiToken = config.apiToken ?? randomBytes(24).toString('base64url');
  const clock = openClock(dataDir);
  // Port 0 has become a real one, by which the product knows its own site.
  const publicUrl = config.publicUrl.replace(/:0$/, `:${port}`);
  let product: App | undefined;
  const world = await createWorld({
    dataDir,
    ports: { provider: await wanted(11), fhir: await wanted(12) },
    productUrl: `http://127.0.0.1:${port}`,
    publicUrl,
    apiToken,
    practices: practices.map((practice) => worldPractice(practice, credentials)),
    clock,
    pageDir: sandboxPageDir,
    onAdvance: () => product?.lookNow(),
  });
  const env = { ...process.env, ...referenceValues(practices, credentials, world) };
  const app = await startProduct({
    config: { ...config, port, apiToken, publicUrl },
    roles: ['web', 'worker'],
    practicesDir,
    references: referencesFrom(env),
    clock,
    log,
    sandbox: world.routes,
  }).catch(async (error: unknown) => {
    await world.stop();
    throw error;
  });
  await world.calendars.ready().catch(async (error: unknown) => {
    await world.stop();
    await app.stop();
    throw error;
  });
  product = app;
  return {
    app,
    world,
    url: `http://localhost:${port}`,
    apiToken,
    practiceIds: practices.map((practice) => practice.settings.id),
    settingsOf: (practiceId) => practices.find(({ settings }) => settings.id === practiceId)?.settings,
    accountOf: (practiceId) =>
      practices.find((practice) => practice.settings.id === practiceId)?.accounts[0]?.id,
    async stop() {
      // First the world: its phones hold event streams open, which the web server would wait for.
      await world.stop();
      await app.stop();
    },
  };
}
