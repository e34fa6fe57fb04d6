import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Db, openDb } from '#platform/db/db.ts';
import { type EventProblem, type EventsVerified, verifyEvents } from '#platform/eventstore/verify.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { ConfigError, readConfig } from '../config.ts';
import { openPrepared } from './database.ts';
import { settingsIn } from './load-practices.ts';
import { examplePractices } from './paths.ts';

export type VerifyEventsOptions = {
  readonly practice: string | undefined;
  readonly practices: string | undefined;
  /** A file with what an earlier run printed with `--json`. */
  readonly against: string | undefined;
  readonly json: boolean;
};

/** What an earlier run printed, as far as it is a witness. */
const earlier = z.object({
  practices: z.record(
    z.string(),
    z.object({
      witness: z.object({ before: z.string().regex(/^\d+$/), events: z.number(), digest: z.string() }),
    }),
  ),
});

type Earlier = z.infer<typeof earlier>;

type Results = Readonly<Record<string, EventsVerified>>;

const problems: Readonly<Record<EventProblem, string>> = {
  changed: 'is not as it was written',
  missing: 'does not follow the event before it: one is gone',
  unsealed: 'has lost its seal',
  order: 'stands before the event that it follows',
};

/**
 * `vestibule verify events`: checks the seal of every event. Reads only, and may run beside the program. Exit code 1 when one is
 * broken, or when the events of an earlier run are not all there.
 * @throws ConfigError, PracticesError
 */
export async function verifyEventsCommand(options: VerifyEventsOptions): Promise<number> {
  const config = readConfig(process.env);
  const known = await settingsIn(options.practices ?? config.practicesDir ?? examplePractices);
  const ids = known
    .map(({ id }) => id)
    .filter((id) => options.practice === undefined || id === options.practice);
  if (ids.length === 0)
    throw new ConfigError([`--practice: expected one of ${known.map(({ id }) => id).join(', ')}`]);
  const witnesses = options.against === undefined ? undefined : readEarlier(options.against);
  const database = await openPrepared(config);
  try {
    // One connection walks; another may have to read a key that is new.
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
    try {
      const results = await walk(db, config.keys, ids, witnesses);
      const ok = Object.values(results).every(({ broken, agrees }) => broken === 0 && agrees !== false);
      process.stdout.write(
        options.json ? `${JSON.stringify({ ok, practices: results })}\n` : textOf(results),
      );
      return ok ? 0 : 1;
    } finally {
      await db.close();
    }
  } finally {
    await database.stop();
  }
}

async function walk(db: Db, keys: string, ids: readonly string[], witnesses?: Earlier): Promise<Results> {
  const sealer = createSealer({ db, provider: openKeyProvider(keys) });
  const results: Record<string, EventsVerified> = {};
  for (const id of ids) {
    await sealer.preparePractice(id);
    results[id] = await db.tx(id, (tx) => verifyEvents(tx, sealer, witnesses?.practices[id]?.witness));
  }
  return results;
}

function readEarlier(path: string): Earlier {
  const refuse = (why: string) => new ConfigError([`--against: ${path} ${why}`]);
  let text: unknown;
  try {
    text = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw refuse('cannot be read as JSON');
  }
  const parsed = earlier.safeParse(text);
  if (!parsed.success) throw refuse('is not what `vestibule verify events --json` printed');
  return parsed.data;
}

function textOf(results: Results): string {
  const lines = Object.entries(results).flatMap(([practice, result]) => [
    `${practice}: ${result.events} events, ${result.broken} broken, ${result.unsealed} from before there were seals`,
    ...result.places.map(({ stream, version, problem }) => `  ${stream} ${version} ${problems[problem]}`),
    ...(result.broken > result.places.length ? [`  and ${result.broken - result.places.length} more`] : []),
    ...(result.agrees === undefined
      ? []
      : [
          `  the events of the earlier run are ${result.agrees ? 'all there' : 'NOT all there as they were'}`,
        ]),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
