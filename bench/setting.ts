import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { homeFolder } from '#platform/db/home.ts';
import { findPostmaster } from '#platform/db/postmaster.ts';

/** What a benchmark runs on: a database of its own, a made-up practice, and a folder that is removed at the end. */

export const practiceId = 'bench';
export const account = { id: 'bench-wa', phoneNumberId: '700100200300401' } as const;
export const webhookPath = `/webhooks/meta/${account.id}`;

export type Setting = {
  readonly databaseUrl: string;
  readonly practicesDir: string;
  readonly appSecret: string;
  /** The environment in which the product finds all of this. */
  readonly env: Readonly<Record<string, string>>;
  /** The database server's process, where this benchmark started it. */
  readonly databasePid: number | undefined;
  /** True when the server counts statements (`pg_stat_statements`). */
  readonly countsStatements: boolean;
};

/**
 * Runs a benchmark and cleans up after it, however it ends; `defer` adds what is to be stopped first. After `limitSeconds` it is
 * given up.
 *
 * @param accounts in place of the one account at Meta
 */
export async function withSetting(
  limitSeconds: number,
  work: (setting: Setting, defer: (stop: () => Promise<void>) => void) => Promise<void>,
  accounts?: readonly object[],
): Promise<void> {
  const cleanUp = new AsyncDisposableStack();
  const giveUp = (why: string) => {
    process.stderr.write(`${why}\n`);
    void cleanUp.disposeAsync().finally(() => process.exit(1));
  };
  const timer = setTimeout(() => giveUp(`gave up after ${limitSeconds} s`), limitSeconds * 1000);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp('stopped'));
  try {
    const folder = await mkdtemp(join(tmpdir(), 'vestibule-bench-'));
    cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
    const database = await openDatabase(folder);
    cleanUp.defer(database.stop);
    const appSecret = randomBytes(16).toString('hex');
    const practicesDir = await writePractice(folder, accounts);
    const env = {
      DATABASE_URL: database.url,
      VESTIBULE_DATA: folder,
      VESTIBULE_PRACTICES: practicesDir,
      PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'warn',
      BENCH_APP_SECRET: appSecret,
      BENCH_VERIFY_TOKEN: randomBytes(16).toString('hex'),
      BENCH_ACCESS_TOKEN: randomBytes(16).toString('hex'),
    };
    const { url: databaseUrl, countsStatements, databasePid } = database;
    await work({ databaseUrl, databasePid, practicesDir, appSecret, env, countsStatements }, (stop) =>
      cleanUp.defer(stop),
    );
  } finally {
    clearTimeout(timer);
    await cleanUp.disposeAsync();
  }
}

type Database = Pick<Setting, 'countsStatements' | 'databasePid'> & {
  readonly url: string;
  readonly stop: () => Promise<void>;
};

async function openDatabase(folder: string): Promise<Database> {
  const given = process.env.DATABASE_URL;
  return given ? await ownDatabaseOn(given) : await embeddedIn(folder);
}

/** Durable, as in production: `fsync` is what a commit costs. Counts statements only while it is told to. */
async function embeddedIn(folder: string): Promise<Database> {
  const options = { dataDir: folder, log: () => {} };
  const first = await startEmbedded(options);
  await query(first.url, `alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await query(first.url, `alter system set pg_stat_statements.track = 'none'`);
  await first.stop();
  const { url, stop } = await startEmbedded(options);
  await query(url, 'create extension pg_stat_statements');
  return {
    url,
    databasePid: (await findPostmaster(join(await homeFolder(folder), 'cluster')))?.pid,
    countsStatements: true,
    async stop() {
      await stop();
      await removeEmbedded(folder);
    },
  };
}

/** A fresh database on the given server, so that what is there stays untouched. */
async function ownDatabaseOn(serverUrl: string): Promise<Database> {
  const name = `vestibule_bench_${randomBytes(4).toString('hex')}`;
  await query(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    databasePid: undefined,
    countsStatements: false,
    stop: async () => void (await query(serverUrl, `drop database ${name} with (force)`)),
  };
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const exampleForm = fileURLToPath(new URL('../practices/aurora/forms/intake.json', import.meta.url));

const accountAtMeta = [
  'accounts:',
  `  - id: ${account.id}`,
  '    provider: meta',
  `    phoneNumberId: "${account.phoneNumberId}"`,
  '    wabaId: "800100200300402"',
  '    displayPhone: +55 11 5550-1200',
  '    baseUrl: env:BENCH_PROVIDER_URL',
  '    appSecrets: [env:BENCH_APP_SECRET]',
  '    verifyToken: env:BENCH_VERIFY_TOKEN',
  '    accessToken: env:BENCH_ACCESS_TOKEN',
  // What is measured is what the program can do, and not what a provider lets it.
  '    limits: { messagesPerSecond: 100000, recipientsPerDay: unlimited }',
];

async function writePractice(folder: string, accounts?: readonly object[]): Promise<string> {
  const practicesDir = join(folder, 'practices');
  const practice = join(practicesDir, practiceId);
  await mkdir(join(practice, 'forms'), { recursive: true });
  await copyFile(exampleForm, join(practice, 'forms', 'intake.json'));
  const write = (name: string, lines: readonly string[]) =>
    writeFile(join(practice, name), `${lines.join('\n')}\n`);
  await write('practice.yaml', [
    `id: ${practiceId}`,
    'name: Bench Clinic',
    'jurisdiction: BR',
    'timeZone: America/Sao_Paulo',
    'languages: [pt, es, en]',
    'contentMode: open',
    'phone: +55 11 5550-1200',
    'address: Rua das Flores 12, São Paulo',
    'privacyUrl: https://bench.example/privacy',
    'emergency: { number: "192" }',
    'openingHours: { pt: de segunda a sexta, es: de lunes a viernes, en: Monday to Friday }',
    'phases: { intake: true }',
    'intakeForm: intake',
  ]);
  // JSON is YAML.
  await write('channels.yaml', accounts === undefined ? accountAtMeta : [JSON.stringify({ accounts })]);
  await write('pms.yaml', [
    'adapter: fhir',
    'baseUrl: http://127.0.0.1:9/fhir',
    'authentication: { kind: none }',
    'identifierSystem: https://bench.example/patient',
  ]);
  return practicesDir;
}
