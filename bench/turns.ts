import { commitLoop } from './commit-loop.ts';
import { figure, percentile } from './figures.ts';
import { query, type Setting, withSetting } from './setting.ts';
import { type Spent, spent } from './spent.ts';
import { statementsDuring } from './statements.ts';
import type { WorldAnswer } from './turns-world.ts';
import { openWorld } from './world.ts';

/**
 * From a patient's message to the reply that the provider is handed: the whole product, web and worker in one process, with
 * patients who walk through the example form. The baseline commits one row per turn and does nothing else.
 */

const warmUpSeconds = 3;
const saturatedConversations = 100;
const saturatedSeconds = 8;
const countedSeconds = 3;

async function sizes(url: string) {
  const [row] = await query(
    url,
    `select (select count(*) from events)::int as events, pg_total_relation_size('events')::float as event_bytes,
            pg_database_size(current_database())::float as database_bytes, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float as wal`,
  );
  return {
    events: Number(row?.events),
    eventBytes: Number(row?.event_bytes),
    databaseBytes: Number(row?.database_bytes),
    wal: Number(row?.wal),
  };
}

/** Runs `work` and prints what a message cost in it, in milliseconds of one core. */
async function counted(
  name: string,
  now: () => Promise<Spent | undefined>,
  work: () => Promise<WorldAnswer>,
): Promise<WorldAnswer> {
  const before = await now();
  const run = await work();
  const after = await now();
  const messages = run.answered + run.late;
  if (before !== undefined && after !== undefined) {
    const per = (of: keyof Spent) => ((after[of] - before[of]) * 1000) / messages;
    figure(`turns.processor_product_${name}`, per('product'), 'ms per message');
    figure(`turns.processor_database_${name}`, per('database'), 'ms per message');
  }
  return run;
}

async function measure(setting: Setting, defer: (stop: () => Promise<void>) => void): Promise<void> {
  const { databaseUrl } = setting;
  const world = await openWorld(setting, defer);
  const product = await world.start('web,worker');
  const { target } = product;
  const { ask } = world;
  const atRate = async (perSecond: number, seconds: number) => {
    const conversations = Math.ceil(perSecond / 2);
    const run = await ask({ kind: 'at-rate', target, perSecond, seconds, conversations });
    if (run.posted < perSecond * seconds)
      process.stderr.write(`${perSecond}/s could not be held: ended after ${run.posted} messages\n`);
    return run;
  };
  const saturate = (seconds: number) =>
    ask({ kind: 'saturate', target, seconds, conversations: saturatedConversations });

  const runs = [await saturate(warmUpSeconds)];
  const before = await commitLoop(databaseUrl);
  const now = () => spent(databaseUrl, product.pid);
  const slow = await counted('at_50', now, () => atRate(50, 8));
  const fast = await counted('at_200', now, () => atRate(200, 8));
  const small = await sizes(databaseUrl);
  const full = await counted('saturated', now, () => saturate(saturatedSeconds));
  const big = await sizes(databaseUrl);
  const after = await commitLoop(databaseUrl);
  runs.push(slow, fast, full);

  const turns = full.answered / full.seconds;
  figure('turns.p50_at_50', percentile(slow.latencies, 0.5), 'ms');
  figure('turns.p95_at_50', percentile(slow.latencies, 0.95), 'ms');
  figure('turns.p50_at_200', percentile(fast.latencies, 0.5), 'ms');
  figure('turns.p95_at_200', percentile(fast.latencies, 0.95), 'ms');
  const commits = (before + after) / 2;
  figure('turns.saturated', turns, '/s', { of: 'one-row-commit', value: commits });
  figure('turns.one-row-commit', commits, '/s');
  if (setting.countsStatements) {
    let messages = 0;
    const statements = await statementsDuring(databaseUrl, async () => {
      const run = await saturate(countedSeconds);
      runs.push(run);
      messages = run.latencies.length;
    });
    figure('turns.statements', statements / messages, 'per message');
  }
  const written = full.answered + full.late;
  figure('turns.events', (big.events - small.events) / written, 'per message');
  figure('turns.bytes_per_event', big.eventBytes / big.events, 'bytes');
  figure('turns.database_growth', (big.databaseBytes - small.databaseBytes) / written, 'bytes per message');
  figure('turns.wal', (big.wal - small.wal) / written, 'bytes per message');
  const sum = (of: (run: WorldAnswer) => number) => runs.reduce((total, run) => total + of(run), 0);
  const unanswered = sum((run) => run.posted - run.latencies.length);
  const failed = sum((run) => run.failed);
  figure('turns.unanswered', unanswered, 'messages');
  figure('turns.failed', failed, 'requests');
  if (unanswered > 0 || failed > 0) process.exitCode = 1;
}

await withSetting(150, measure);
