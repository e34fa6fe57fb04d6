import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#platform/log.ts';
import type { StaffRole } from '#security/contract.ts';
import {
  type Bubble,
  createPhone,
  examplePatients,
  type PersonaResult,
  type Phone,
  playPersona,
} from '../../sandbox/phone/index.ts';
import {
  type Credentials,
  channelsFile,
  type FhirResource,
  loadCredentials,
  type ProviderName,
  providerNames,
  readPms,
} from '../../sandbox/world/index.ts';
import { examplePractices } from '../../src/cli/paths.ts';
import { type Sandbox, startSandbox } from '../../src/cli/sandbox.ts';
import { approvedTemplates, readUnresolved } from '../../src/cli/sandbox-practices.ts';
import { readConfig } from '../../src/config.ts';
import { createTestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { walkPatienceMs } from '../patience.ts';
import { freePort } from '../ports.ts';
import { type Changes, createChanges, eventually, watchDatabase } from './changes.ts';
import { canary, crowd, marked } from './crowd.ts';
import { isSettled } from './settled.ts';
import { type TestPatient, testPatient } from './test-patient.ts';
import { signInAsPersona, type TestStaff } from './test-staff.ts';

/** The whole product in its sandbox world, in this process, on a database of its own. */
export type TestSandbox = {
  readonly sandbox: Sandbox;
  /** Where the practices are. */
  readonly provider: ProviderName;
  readonly phone: Phone;
  /** The folder of the sandbox's files. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Every line that was logged, as written. */
  readonly logged: () => string;
  /** One patient at one practice: of the example patients, or `p1`, `p2` … of the crowd. */
  readonly patient: (patientId: string, practiceId?: string) => TestPatient;
  /** A member of staff, signed in. */
  readonly staff: (role?: StaffRole, practiceId?: string) => Promise<TestStaff>;
  /** The patient plays by themselves until `until` holds of what was said; by default until they hear "✓". */
  readonly plays: (
    patientId: string,
    options?: {
      readonly practiceId?: string;
      readonly until?: (transcript: readonly Bubble[]) => boolean;
      readonly timeoutMs?: number;
    },
  ) => Promise<PersonaResult>;
  readonly resources: (practiceId?: string) => Promise<readonly FhirResource[]>;
  /** All that is committed when it is asked for. */
  readonly timeline: (practiceId?: string) => Promise<readonly TimelineEvent[]>;
  /** As the owner of the database: past every row security. */
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  /** Resolves once `check` finds something: looked at after every commit, message and log line. */
  readonly eventually: <T>(check: () => T | Promise<T>, what: string) => Promise<NonNullable<T>>;
  /**
   * Resolves when all that is due is done: every webhook taken and read, every answer sent, every job run. What a test does next
   * meets nothing that is still under way, and what is not there now does not come any more.
   */
  readonly settled: () => Promise<void>;
  /** The sum of a counter over the labels that hold these. */
  readonly counted: (name: string, labels?: Readonly<Record<string, string>>) => Promise<number>;
  /** What Prometheus would read. */
  readonly metrics: () => Promise<string>;
  /** Moves the clock of the product and of the world. */
  readonly advance: (seconds: number) => Promise<void>;
  /** The secrets that the sandbox made up for an account. */
  readonly credentials: (accountId: string) => Credentials;
  readonly stop: () => Promise<void>;
};

export type TimelineEvent = {
  readonly type: string;
  readonly stream: string;
  readonly data: Record<string, unknown>;
};

export type TestSandboxOptions = {
  readonly env?: Record<string, string>;
  /** Milliseconds that the practice systems get to answer, in place of what the practices' folders say. */
  readonly pmsTimeoutMs?: number;
  /** The second practice, Riverside, asks its form in the chat as well. */
  readonly openRiverside?: boolean;
  /** Where the practices are; by default `SCENARIOS_PROVIDER` of the environment says so, else it is Meta. */
  readonly provider?: ProviderName;
  /** Aurora has a number at each of Meta's partners (`aurora-twilio` …), in place of its own at Meta. */
  readonly partners?: boolean;
  /** Both practices' accounts belong to one app of the provider, which signs for both. */
  readonly oneApp?: boolean;
};

/** Where the practices of all scenarios are: `npm run scenarios` says so. */
export const scenariosProvider: ProviderName =
  providerNames.find((name) => name === process.env.SCENARIOS_PROVIDER) ?? 'meta';

export async function startTestSandbox(options: TestSandboxOptions = {}): Promise<TestSandbox> {
  const provider = options.provider ?? scenariosProvider;
  const database = await createTestDatabase();
  const dataDir = await makeFolder();
  if (options.oneApp) shareApp(join(dataDir, 'sandbox'));
  startOnSunday(join(dataDir, 'sandbox'));
  const metricsPort = await freePort();
  const changes = createChanges();
  let lines = '';
  const log = createLog('debug', {
    write: (line) => {
      lines += line;

      changes.emit('change');
    },
  });
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: String(await freePort()),
    METRICS_PORT: String(metricsPort),
    DATABASE_URL: database.url,
    VESTIBULE_DATA: dataDir,
    ...(provider === 'meta' ? {} : { VESTIBULE_SANDBOX_PROVIDER: provider }),
    ...options.env,
  });
  const practicesDir = await practicesFor(dataDir, options);
  const sandbox = await startSandbox({ config, practicesDir, log });
  const watch = await watchDatabase(database.url, changes);
  const credentials = readCredentials(dataDir);
  const phone = openPhones(sandbox, changes);
  const accountOf = (practiceId: string) =>
    known(sandbox.accountOf(practiceId), `an account of ${practiceId}`);
  return {
    sandbox,
    provider,
    phone,
    dataDir,
    databaseUrl: database.url,
    logged: () => lines,
    patient: (patientId, practiceId = 'aurora') => testPatient(phone, patientId, accountOf(practiceId)),
    staff: (role = 'front-desk', practiceId = 'aurora') => signInAsPersona(sandbox.url, role, practiceId),
    plays: (patientId, { practiceId = 'aurora', until = hasHeardDone, timeoutMs = walkPatienceMs } = {}) =>
      playPersona({
        phone,
        patientId,
        accountId: accountOf(practiceId),
        persona: known(
          phone.patients.find(({ user }) => user.id === patientId),
          patientId,
        ).persona,
        until,
        timeoutMs,
      }),
    resources: (practiceId = 'aurora') => readPms({ baseUrl: sandbox.world.pmsUrl(practiceId) ?? '' }),
    async timeline(practiceId = 'aurora') {
      await database.readable();
      return await readTimeline(sandbox, practiceId);
    },
    query: watch.query,
    eventually: (check, what) => eventually(changes, check, what),
    settled: async () =>
      void (await eventually(changes, () => isSettled(sandbox, watch.query), 'all that is due to be done')),
    metrics: () => readMetrics(metricsPort),
    counted: async (name, labels = {}) => sumOf(await readMetrics(metricsPort), name, labels),
    advance: (seconds) => advance(sandbox, seconds),
    credentials: (accountId) => known(credentials[accountId], accountId),
    async stop() {
      await sandbox.stop();
      await watch.stop();
      await database.drop();
      await removeFolder(dataDir);
    },
  };
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** The news that the details are with the clinic. */
export function hasHeardDone(transcript: readonly Bubble[]): boolean {
  return transcript.some(({ side, text }) => side === 'practice' && text?.includes('✓') === true);
}

/** The phones of the example patients and of the crowd. */
function openPhones({ world }: Sandbox, changes: Changes): Phone {
  const patients = [...examplePatients, ...crowd, canary, marked];
  const phone = createPhone({ accounts: world.lines, patients });
  phone.events.on('change', () => changes.emit('change'));
  return phone;
}

async function readMetrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

function sumOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return text
    .split('\n')
    .filter((line) => /^[a-z_]+/.exec(line)?.[0]?.replace(/_total$/, '') === name)
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}

const accountIds = ['aurora-wa', 'riverside-wa'] as const;

/** The credentials that the sandbox would make up, with one app for all accounts. */
function shareApp(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const made = loadCredentials(accountIds);
  const { appId, appSecret } = known(made[accountIds[0]], 'account');
  const shared = Object.entries(made).map(([id, one]) => [id, { ...one, appId, appSecret }]);
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(Object.fromEntries(shared)));
}

const weekMs = 7 * 24 * 3_600_000;

/** A Sunday, noon in São Paulo: 1970-01-04T15:00Z was one. */
const sundayMs = Date.UTC(1970, 0, 4, 15);

/**
 * Every world begins on the next Sunday at noon, whenever the tests run: midnight does not come between two looks, the first visit
 * that can be booked is tomorrow's, and the week lies ahead. The sandbox's clock goes forward only, and counts from the system's.
 */
function startOnSunday(folder: string): void {
  const movedMs = weekMs - ((Date.now() - sundayMs) % weekMs);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'clock.json'), JSON.stringify({ movedMs }));
}

/** The example practices, as the test wants them. */
async function practicesFor(
  dataDir: string,
  { pmsTimeoutMs, openRiverside, partners }: TestSandboxOptions,
): Promise<string> {
  if (pmsTimeoutMs === undefined && openRiverside === undefined && !partners) return examplePractices;
  const folder = join(dataDir, 'practices');
  cpSync(examplePractices, folder, { recursive: true });
  if (pmsTimeoutMs !== undefined) {
    for (const practice of readdirSync(folder)) {
      appendFileSync(join(folder, practice, 'pms.yaml'), `\ntimeoutMs: ${pmsTimeoutMs}\n`);
    }
  }
  if (openRiverside) {
    const file = join(folder, 'riverside', 'practice.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('contentMode: minimal', 'contentMode: open'));
  }
  if (partners) writeFileSync(join(folder, 'aurora', 'channels.yaml'), await atPartners());
  return folder;
}

/** A `channels.yaml` of Aurora's with a number at each of Meta's partners. */
async function atPartners(): Promise<string> {
  const practices = await readUnresolved(examplePractices);
  const aurora = known(
    practices.find(({ settings }) => settings.id === 'aurora'),
    'aurora',
  );
  const templates = approvedTemplates(aurora);
  const accounts = providerNames
    .filter((name) => name !== 'meta')
    .flatMap((provider, index): readonly unknown[] => {
      const one = { id: `aurora-${provider}`, displayPhone: `+55 11 5550-121${index}` };
      return JSON.parse(channelsFile({ provider, accounts: [one], templates })).accounts;
    });
  return JSON.stringify({ accounts });
}

function readCredentials(dataDir: string): Readonly<Record<string, Credentials>> {
  return JSON.parse(readFileSync(join(dataDir, 'sandbox', 'credentials.json'), 'utf8'));
}

async function advance({ url }: Sandbox, advanceSeconds: number): Promise<void> {
  const response = await fetch(`${url}/sandbox/api/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advanceSeconds }),
  });
  if (!response.ok) throw new Error(`the clock was not moved: ${response.status}`);
}

async function readTimeline({ url, apiToken }: Sandbox, practice: string): Promise<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let after = '0:0';
  for (;;) {
    const query = new URLSearchParams({ practice, after, limit: '1000' });
    const response = await fetch(`${url}/api/timeline?${query}`, {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    // The route's own schema says so.
    const page = (await response.json()) as { events: TimelineEvent[]; next: string };
    if (page.events.length === 0) return events;
    events.push(...page.events);
    after = page.next;
  }
}
