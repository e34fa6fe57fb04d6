import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { compileForm } from '#intake/index.ts';
import type { Log } from '#platform/log.ts';
import {
  type AccountFile,
  checkPractice,
  type PmsFile,
  type PracticeSettings,
  type SchedulingSettings,
  type TemplateFile,
} from '#practice/index.ts';
import type { Credentials, World, WorldPractice, WorldVisitType } from '../../sandbox/world/index.ts';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { PracticesError } from './findings.ts';
import { practiceFolders, readPracticeFolder, referencesFrom } from './load-practices.ts';
import { sandboxPageDir } from './paths.ts';
import { startProduct } from './product.ts';

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

type Unresolved = {
  readonly settings: PracticeSettings;
  readonly accounts: readonly AccountFile[];
  readonly pms: PmsFile;
  readonly scheduling: SchedulingSettings | undefined;
  readonly templates: Readonly<Record<string, TemplateFile>>;
};

async function readUnresolved(practicesDir: string): Promise<readonly Unresolved[]> {
  const practices: Unresolved[] = [];
  for (const folder of await practiceFolders(practicesDir)) {
    const checked = checkPractice(await readPracticeFolder(folder), compileForm);
    if ('findings' in checked)
      throw new PracticesError(checked.findings.map((finding) => ({ folder, ...finding })));
    const { practice, accounts, pms, scheduling, templates } = checked.configuration;
    practices.push({ settings: practice, accounts, pms, scheduling, templates });
  }
  return practices;
}

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

/** Gives every reference of a practice a value: what `env:NAME` names, the world provides. */
function referenceValues(
  practices: readonly Unresolved[],
  credentials: Readonly<Record<string, Credentials>>,
  world: World,
): Record<string, string> {
  const values: Record<string, string> = {};
  const give = (reference: string | undefined, value: string | undefined) => {
    if (reference?.startsWith('env:') && value !== undefined) values[reference.slice('env:'.length)] = value;
  };
  for (const { settings, accounts, pms } of practices) {
    for (const account of accounts) {
      if (account.provider !== 'meta') continue;
      const known = credentials[account.id];
      give(account.phoneNumberId, known?.phoneNumberId);
      give(account.wabaId, known?.wabaId);
      give(account.baseUrl, world.providerOf(account.id).url);
      give(account.appSecrets[0], known?.appSecret);
      give(account.verifyToken, known?.verifyToken);
      give(account.accessToken, known?.accessToken);
    }
    give(pms.baseUrl, world.pmsUrl(settings.id));
    if (pms.authentication.kind === 'bearer') give(pms.authentication.token, 'sandbox');
  }
  return values;
}

/** A clinic sees patients and has a calendar, also where nothing can be booked by chat. */
function visitTypesOf({ settings, scheduling }: Unresolved): readonly WorldVisitType[] {
  const [language = 'en'] = settings.languages;
  const booked = scheduling?.visitTypes.map(({ id, name, minutes, serviceType }) => ({
    id,
    name: name[language] ?? id,
    minutes,
    ...(serviceType === undefined
      ? {}
      : {
          serviceType: {
            code: serviceType.code,
            ...(serviceType.system === undefined ? {} : { system: serviceType.system }),
          },
        }),
  }));
  return booked ?? [{ id: 'consultation', name: 'Consultation', minutes: 30 }];
}

const templateCategories = {
  utility: 'UTILITY',
  marketing: 'MARKETING',
  authentication: 'AUTHENTICATION',
} as const;

/** As the provider has them: one per language, approved. */
function approvedTemplates({ templates }: Unresolved): NonNullable<WorldPractice['templates']> {
  return Object.values(templates).flatMap(({ name, category, texts }) =>
    Object.values(texts).map(({ providerLanguage, body, buttons }) => ({
      name,
      language: providerLanguage,
      category: templateCategories[category],
      body,
      buttons,
    })),
  );
}

function worldPractice(
  practice: Unresolved,
  credentials: Readonly<Record<string, Credentials>>,
): WorldPractice {
  const { settings, accounts } = practice;
  return {
    id: settings.id,
    name: settings.name,
    contentMode: settings.contentMode,
    languages: settings.languages,
    timeZone: settings.timeZone,
    visitTypes: visitTypesOf(practice),
    templates: approvedTemplates(practice),
    accounts: accounts.flatMap((account) => {
      const known = credentials[account.id];
      if (known === undefined) return [];
      const { appSecret, ...rest } = known;
      return [
        { id: account.id, displayPhone: account.displayPhone, appSecrets: [appSecret] as const, ...rest },
      ];
    }),
  };
}

/** Starts the world, then the product in it. */
export async function startSandbox(options: {
  readonly config: Config;
  readonly practicesDir: string;
  readonly log: Log;
}): Promise<Sandbox> {
  const { config, log, practicesDir } = options;
  const { createWorld, loadCredentials, openClock } = await import('../../sandbox/world/index.ts');
  const practices = await readUnresolved(practicesDir);
  const dataDir = join(config.dataDir, 'sandbox');
  const credentials = loadCredentials(
    practices.flatMap((practice) => practice.accounts.map((account) => account.id)),
    dataDir,
  );
  const port = config.port === 0 ? await freePort(0) : config.port;
  const wanted = (offset: number) => (config.port === 0 ? freePort(0) : freePort(config.port + offset));
  const apiToken = config.apiToken ?? randomBytes(24).toString('base64url');
  const clock = openClock(dataDir);
  let product: App | undefined;
  const world = await createWorld({
    dataDir,
    ports: { provider: await wanted(11), fhir: await wanted(12) },
    productUrl: `http://127.0.0.1:${port}`,
    apiToken,
    practices: practices.map((practice) => worldPractice(practice, credentials)),
    clock,
    pageDir: sandboxPageDir,
    onAdvance: () => product?.lookNow(),
  });
  const env = { ...process.env, ...referenceValues(practices, credentials, world) };
  const app = await startProduct({
    // Port 0 has become a real one, by which the product knows its own site.
    config: { ...config, port, apiToken, publicUrl: config.publicUrl.replace(/:0$/, `:${port}`) },
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
