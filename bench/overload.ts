import { setTimeout as sleep } from 'node:timers/promises';
import { startHelper } from './children.ts';
import { peakMegabytes } from './cpu-time.ts';
import { figure, percentile } from './figures.ts';
import type { FloodAnswer, OverloadQuestion, SlowAnswer } from './overload-load.ts';
import { query, withSetting } from './setting.ts';
import type { WorldAnswer } from './turns-world.ts';
import { openWorld } from './world.ts';

/**
 * The product with its default limits, under more than it takes: slow clients by the thousands, then a flood of deliveries on more
 * connections than there is room for, while a few patients go on writing. What was acknowledged must be stored, what was refused not.
 */

const normalPerSecond = 10;
const calmSeconds = 8;
const slowClients = 2_000;
/** Longer than any client is borne with. */
const slowSeconds = 15;
const floodSeconds = 8;
/**
 * With the slow clients just within the room for connections. Beyond it the slowest give way without a word, and no 503 is heard; it is
 * bytes that are to be too many (`largeConnections`).
 */
const floodConnections = 1_800;

/** How soon the health page, which asks the database, answers while `work` runs. */
async function askingHealth<Result>(
  port: number,
  work: Promise<Result>,
): Promise<readonly [Result, number[]]> {
  const latencies: number[] = [];
  let isOver = false;
  const ask = async () => {
    while (!isOver) {
      const began = performance.now();
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
      await response?.text().catch(() => '');
      if (response?.status === 200) latencies.push(performance.now() - began);
      await sleep(100);
    }
  };
  const asking = ask();
  const result = await work;
  isOver = true;
  await asking;
  return [result, latencies];
}

function tell(name: string, run: WorldAnswer, calm: WorldAnswer | undefined): void {
  const p95 = (of: WorldAnswer) => percentile(of.latencies, 0.95);
  const baseline = calm === undefined ? undefined : { of: 'calm', value: p95(calm) };
  figure(`overload.reply_p50_${name}`, percentile(run.latencies, 0.5), 'ms');
  figure(`overload.reply_p95_${name}`, p95(run), 'ms', baseline);
  figure(`overload.patients_refused_${name}`, run.failed, 'messages');
  figure(`overload.patients_answered_${name}`, run.latencies.length, 'messages', {
    of: 'posted',
    value: run.posted,
  });
}

await withSetting(300, async (setting, defer) => {
  const { databaseUrl } = setting;
  const world = await openWorld(setting, defer);
  const product = await world.start('web,worker');
  const [slowly, flooding] = [startHelper('./overload-load.ts'), startHelper('./overload-load.ts')];
  defer(slowly.stop);
  defer(flooding.stop);
  const { port, target } = product;
  const patients = (seconds: number) =>
    world.ask({ kind: 'at-rate', target, perSecond: normalPerSecond, seconds, conversations: 10 });
  const slow = (seconds: number) =>
    slowly.ask<SlowAnswer>({ kind: 'slow', port, clients: slowClients, seconds } satisfies OverloadQuestion);

  await patients(3);
  const calm = await patients(calmSeconds);
  tell('calm', calm, undefined);

  const [trickled, bySlow] = await Promise.all([slow(slowSeconds), patients(slowSeconds)]);
  tell('slow_clients', bySlow, calm);
  figure('overload.slow_clients', slowClients, 'at once');
  figure('overload.slow_closed', trickled.closed, 'connections');
  figure('overload.slow_longest', trickled.longest, 's');

  await flooding.ask({ kind: 'prepare', target } satisfies OverloadQuestion);
  const poured = flooding.ask<FloodAnswer>({
    kind: 'flood',
    target,
    connections: floodConnections,
    seconds: floodSeconds,
  } satisfies OverloadQuestion);
  const [[flood, , byFlood], health] = await askingHealth(
    port,
    Promise.all([poured, slow(floodSeconds), patients(floodSeconds)]),
  );
  tell('flood', byFlood, calm);
  figure('overload.health_p95_flood', percentile(health, 0.95), 'ms');
  figure('overload.flood_connections', floodConnections + slowClients, 'at once');
  figure('overload.flood_200', flood.acked.length, 'deliveries');
  figure('overload.flood_503', flood.refused.length, 'deliveries');
  figure('overload.flood_503_early', flood.early, 'connections');
  figure('overload.flood_unheard', flood.unheard.length, 'deliveries');

  const rows = await query(databaseUrl, `select encode(digest, 'hex') as digest from webhook_deliveries`);
  const stored = new Set(rows.map((row) => String(row.digest)));
  const lost = flood.acked.filter((digest) => !stored.has(digest)).length;
  const storedThough = flood.refused.filter((digest) => stored.has(digest)).length;
  figure('overload.acked_and_not_stored', lost, 'deliveries');
  figure('overload.refused_and_stored', storedThough, 'deliveries');
  const peak = await peakMegabytes(product.pid);
  if (peak !== undefined) figure('overload.peak_memory', peak, 'MB');
  const isTooSmall = flood.refused.length === 0;
  if (isTooSmall) process.stderr.write('the flood was no flood: nothing was refused\n');
  if (lost > 0 || storedThough > 0 || flood.others > 0 || trickled.longest > 12) process.exitCode = 1;
});
