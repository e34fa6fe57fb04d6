import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { createLog } from '#platform/log.ts';
import type { Walk } from '../../sandbox/walk/index.ts';
import type { FhirResource } from '../../sandbox/world/index.ts';
import { ConfigError, readConfig } from '../config.ts';
import { walkText } from './demo-text.ts';
import { practiceFolders } from './load-practices.ts';
import { examplePractices } from './paths.ts';
import { loadApp } from './product.ts';
import type { Sandbox } from './sandbox.ts';

export type DemoOptions = { readonly practice: string; readonly language: string; readonly json: boolean };

const languages = ['pt', 'es', 'en'];

export type Walked = Walk & {
  /** What the walk left in the practice system, newest first. */
  readonly resources: readonly FhirResource[];
  readonly timeZone: string;
};

/** A patient of the sandbox who speaks the language; one who lives where the practice is, if there is one. */
function playerOf({ world }: Sandbox, language: string, country: string) {
  const speakers = world.phone.patients.filter((patient) => patient.language === language);
  const atHome = speakers.find(({ user }) => (user.country === 'US') === (country === 'US'));
  return atHome ?? speakers[0];
}

async function walk(sandbox: Sandbox, options: DemoOptions, signal: AbortSignal): Promise<Walked> {
  // Loaded when it is wanted, as all of the sandbox: a production install has no use for it.
  const { walkTheWholeWay } = await import('../../sandbox/walk/index.ts');
  const { readPms } = await import('../../sandbox/world/index.ts');
  const { world, app, apiToken } = sandbox;
  const settings = sandbox.settingsOf(options.practice);
  const accountId = sandbox.accountOf(options.practice);
  const patient = settings && playerOf(sandbox, options.language, settings.jurisdiction);
  if (settings === undefined || patient === undefined || accountId === undefined || app.url === undefined)
    throw new Error('the sandbox has nobody who could play');
  const { id, timeZone, jurisdiction, phases, contentMode } = settings;
  const walked = await walkTheWholeWay({
    productUrl: app.url,
    apiToken,
    phone: world.phone,
    practice: {
      id,
      timeZone,
      country: jurisdiction,
      offers: {
        intake: phases.intake && contentMode === 'open',
        booking: phases.scheduling,
        reminders: phases.reminders,
      },
    },
    patient,
    accountId,
    signal,
  });
  return { ...walked, timeZone, resources: await readPms({ baseUrl: world.pmsUrl(id) ?? '' }) };
}

/** @throws ConfigError, before anything is started */
async function assertKnown({ practice, language }: DemoOptions): Promise<void> {
  const practices = (await practiceFolders(examplePractices)).map((folder) => basename(folder));
  const problems: string[] = [];
  if (!practices.includes(practice)) problems.push(`--practice: expected one of ${practices.join(', ')}`);
  if (!languages.includes(language)) problems.push(`--language: expected one of ${languages.join(', ')}`);
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Reads the product and its sandbox, which is done while the database starts. */
function loadAll(): Promise<typeof import('./sandbox.ts')> {
  const loading = Promise.all([import('./sandbox.ts'), loadApp()]).then(([sandbox]) => sandbox);
  // Told to whoever awaits it.
  loading.catch(() => undefined);
  return loading;
}

/** The walk in a sandbox of its own, whatever the environment says; all of it is gone when the walk is over. */
async function walkAside(options: DemoOptions, signal: AbortSignal): Promise<Walked> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestibule-demo-'));
  // As root, the database's user must be able to pass through.
  await chmod(dataDir, 0o711);
  try {
    const loading = loadAll();
    const database = await startEmbedded({ dataDir, fsync: false, log: () => undefined });
    try {
      const config = readConfig({
        PORT: '0',
        METRICS_PORT: '0',
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
        VESTIBULE_DATA: dataDir,
        DATABASE_URL: database.url,
      });
      const log = createLog(config.logLevel);
      const { startSandbox } = await loading;
      const sandbox = await startSandbox({ config, practicesDir: examplePractices, log });
      try {
        return await walk(sandbox, options, signal);
      } finally {
        await sandbox.stop();
      }
    } finally {
      await database.stop();
    }
  } finally {
    await removeEmbedded(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  }
}

/**
 * `vestibule demo`: a made-up patient walks the whole way.
 * @returns the exit code: 0 when every leg of the walk came to its end
 * @throws ConfigError
 */
export async function demo(options: DemoOptions): Promise<number> {
  await assertKnown(options);
  const breakingOff = new AbortController();
  const breakOff = () => breakingOff.abort();
  // What was started is stopped and removed first.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, breakOff);
  const walked = await walkAside(options, breakingOff.signal).catch((error: unknown) => {
    if (breakingOff.signal.aborted) return undefined;
    throw error;
  });
  if (walked === undefined) return 1;
  const { stopped, events, resources } = walked;
  if (options.json) {
    const transcript = walked.transcript.map(({ side, at, kind, text }) => ({ side, at, kind, text }));
    const references = resources.map((resource) => `${resource.resourceType}/${resource.id}`);
    const ok = stopped === undefined;
    process.stdout.write(`${JSON.stringify({ ok, transcript, resources: references, events })}\n`);
  } else process.stdout.write(walkText(walked));
  if (stopped !== undefined)
    process.stderr.write(`vestibule: the walk stopped at the leg "${stopped.leg}": ${stopped.why}\n`);
  return stopped === undefined ? 0 : 1;
}
