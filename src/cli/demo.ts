import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createLog } from '#platform/log.ts';
import { ConfigError, readConfig } from '../config.ts';
import { examplePractices } from './paths.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

export type DemoOptions = { readonly practice: string; readonly language: string; readonly json: boolean };

/** Milliseconds that the whole walk may take. */
const walkTimeoutMs = 60_000;

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

/** The walk is over when the patient was told what became of the intake, or a person has taken over, and all that was said has left. */
function isOver(events: readonly TimelineEvent[]): boolean {
  const ended = events.some(
    (event) => event.type === 'HandedOver' || (event.type === 'IntakeOutcomeTold' && isFiled(event.data)),
  );
  const count = (type: string) => events.filter((event) => event.type === type).length;
  return ended && count('MessageQueued') === count('MessageAccepted');
}

const isFiled = (data: unknown) => z.object({ outcome: z.literal('filed') }).safeParse(data).success;

function line(bubble: {
  readonly side: string;
  readonly text?: string | undefined;
  readonly kind: string;
}): string {
  const who = bubble.side === 'patient' ? 'patient ' : 'practice';
  const text = (bubble.text ?? `(${bubble.kind})`).split('\n').join('\n          ');
  return `${who}  ${text}`;
}

function choicesOf(bubble: {
  readonly buttons?: readonly { readonly title: string }[] | undefined;
  readonly list?:
    | { readonly sections: readonly { readonly rows: readonly { readonly title: string }[] }[] }
    | undefined;
}): string {
  const titles = [
    ...(bubble.buttons ?? []).map((button) => button.title),
    ...(bubble.list?.sections ?? []).flatMap((section) => section.rows.map((row) => row.title)),
  ];
  return titles.length === 0 ? '' : `\n          [${titles.join('] [')}]`;
}

async function walk(sandbox: Sandbox, options: DemoOptions) {
  // Loaded when it is wanted, as all of the sandbox: a production install has no use for it.
  const { playPersona } = await import('../../sandbox/phone/persona.ts');
  const { readPms } = await import('../../sandbox/world/index.ts');
  const { world } = sandbox;
  const practice = options.practice;
  const account = sandbox.accountOf(practice);
  const patient = world.phone.patients.find(
    (one) => one.language === options.language && (one.user.country === 'US') === (practice === 'riverside'),
  );
  const player = patient ?? world.phone.patients.find((one) => one.language === options.language);
  if (account === undefined)
    throw new ConfigError([`--practice: expected one of ${sandbox.practiceIds.join(', ')}`]);
  if (player === undefined) throw new ConfigError(['--language: expected one of pt, es, en']);
  const recheck = new EventEmitter();
  const timer = setInterval(() => recheck.emit('recheck'), 200);
  try {
    const result = await playPersona({
      phone: world.phone,
      patientId: player.user.id,
      accountId: account,
      persona: player.persona,
      until: async () => isOver(await readTimeline(sandbox, practice)),
      timeoutMs: walkTimeoutMs,
      recheck,
    });
    const resources = await readPms({ baseUrl: world.pmsUrl(practice) ?? '' });
    return { ...result, resources, events: await readTimeline(sandbox, practice) };
  } finally {
    clearInterval(timer);
  }
}

/**
 * `vestibule demo`: a made-up patient walks the whole way in a sandbox of its own, in a folder that is removed at the end.
 * @returns the exit code: 0 when the walk came to its end
 */
export async function demo(options: DemoOptions): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestibule-demo-'));
  const env = { PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn', ...process.env, VESTIBULE_DATA: dataDir };
  const config = readConfig({ ...env, DATABASE_URL: undefined, VESTIBULE_KEYS: undefined });
  try {
    const sandbox = await startSandbox({
      config,
      practicesDir: examplePractices,
      log: createLog(config.logLevel),
    });
    try {
      const { transcript, resources, events, done } = await walk(sandbox, options);
      const references = resources.map((resource) => `${resource.resourceType}/${resource.id}`);
      if (options.json) {
        const said = transcript.map(({ side, at, kind, text }) => ({ side, at, kind, text }));
        process.stdout.write(
          `${JSON.stringify({ ok: done, transcript: said, resources: references, events })}\n`,
        );
      } else {
        for (const bubble of transcript) process.stdout.write(`${line(bubble)}${choicesOf(bubble)}\n`);
        process.stdout.write(`\nIn the practice system:\n`);
        for (const resource of resources) process.stdout.write(`${JSON.stringify(resource, null, 2)}\n`);
        process.stdout.write(
          `\n${done ? 'Done' : 'The walk did not come to its end'}: ${references.join(', ')}\n`,
        );
      }
      return done ? 0 : 1;
    } finally {
      await sandbox.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
