import { EventEmitter } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { createLog } from '#platform/log.ts';
import { ConfigError, readConfig } from '../config.ts';
import { walkText } from './demo-text.ts';
import { practiceFolders } from './load-practices.ts';
import { examplePractices } from './paths.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

export type DemoOptions = { readonly practice: string; readonly language: string; readonly json: boolean };

/** Milliseconds that the whole walk may take: on an idle machine it needs some two seconds. */
const walkTimeoutMs = 120_000;

/** Milliseconds between two looks at what the chat does not show. */
const recheckMs = 200;

const languages = ['pt', 'es', 'en'];

const timelinePage = z.object({
  events: z.array(z.object({ at: z.string(), stream: z.string(), type: z.string(), data: z.unknown() })),
  next: z.string(),
});

type TimelineEvent = z.infer<typeof timelinePage>['events'][number];

async function readTimeline({ app, apiToken }: Sandbox, practice: string): Promise<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  for (let after: string | undefined; ; ) {
    const query = new URLSearchParams({ practice, limit: '1000', ...(after === undefined ? {} : { after }) });
    const response = await fetch(`${app.url}/api/timeline?${query}`, {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    const page = timelinePage.parse(await response.json());
    events.push(...page.events);
    if (page.events.length === 0) return events;
    after = page.next;
  }
}

/**
 * The walk is over when the patient was told what became of the intake, or a person has taken over, and all that was to be said
 * is on the phone.
 */
function isOver(events: readonly TimelineEvent[], transcript: readonly { readonly side: string }[]): boolean {
  const ended = events.some(
    (event) => event.type === 'HandedOver' || (event.type === 'IntakeOutcomeTold' && isFiled(event.data)),
  );
  const heard = transcript.filter(({ side }) => side === 'practice').length;
  return ended && heard >= events.filter(({ type }) => type === 'MessageQueued').length;
}

const isFiled = (data: unknown) => z.object({ outcome: z.literal('filed') }).safeParse(data).success;

async function walk(sandbox: Sandbox, { practice, language }: DemoOptions, signal: AbortSignal) {
  // Loaded when it is wanted, as all of the sandbox: a production install has no use for it.
  const { playPersona } = await import('../../sandbox/phone/persona.ts');
  const { readPms } = await import('../../sandbox/world/index.ts');
  const { world } = sandbox;
  const speakers = world.phone.patients.filter((patient) => patient.language === language);
  const atHome = speakers.find(({ user }) => (user.country === 'US') === (practice === 'riverside'));
  const player = atHome ?? speakers[0];
  const accountId = sandbox.accountOf(practice);
  if (player === undefined || accountId === undefined)
    throw new Error('the sandbox has nobody who could play');
  const recheck = new EventEmitter();
  const timer = setInterval(() => recheck.emit('recheck'), recheckMs);
  try {
    const result = await playPersona({
      phone: world.phone,
      patientId: player.user.id,
      accountId,
      persona: player.persona,
      until: async (transcript) => isOver(await readTimeline(sandbox, practice), transcript),
      timeoutMs: walkTimeoutMs,
      recheck,
      signal,
    });
    const resources = await readPms({ baseUrl: world.pmsUrl(practice) ?? '' });
    const references = resources.map((resource) => `${resource.resourceType}/${resource.id}`);
    return { ...result, resources, references, events: await readTimeline(sandbox, practice) };
  } finally {
    clearInterval(timer);
  }
}

/** @throws ConfigError, before anything is started */
async function assertKnown({ practice, language }: DemoOptions): Promise<void> {
  const practices = (await practiceFolders(examplePractices)).map((folder) => basename(folder));
  const problems: string[] = [];
  if (!practices.includes(practice)) problems.push(`--practice: expected one of ${practices.join(', ')}`);
  if (!languages.includes(language)) problems.push(`--language: expected one of ${languages.join(', ')}`);
  if (problems.length > 0) throw new ConfigError(problems);
}

/** The walk in a sandbox of its own, whatever the environment says; all of it is gone when the walk is over. */
async function walkAside(options: DemoOptions, signal: AbortSignal) {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestibule-demo-'));
  // As root, the database's user must be able to pass through.
  await chmod(dataDir, 0o711);
  try {
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
 * @returns the exit code: 0 when the walk came to its end
 * @throws ConfigError
 */
export async function demo(options: DemoOptions): Promise<number> {
  await assertKnown(options);
  const breakingOff = new AbortController();
  const breakOff = () => breakingOff.abort();
  // What was started is stopped and removed first.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, breakOff);
  const result = await walkAside(options, breakingOff.signal);
  if (options.json) {
    const { done, references, events } = result;
    const transcript = result.transcript.map(({ side, at, kind, text }) => ({ side, at, kind, text }));
    process.stdout.write(`${JSON.stringify({ ok: done, transcript, resources: references, events })}\n`);
  } else process.stdout.write(walkText(result));
  return result.done ? 0 : 1;
}
