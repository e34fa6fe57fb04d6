import { parseArgs } from 'node:util';
import { startHelper, startProduct } from './children.ts';
import { cpuSeconds } from './cpu-time.ts';
import { figure, percentile } from './figures.ts';
import type { LoadAnswer, LoadQuestion } from './ingest-load.ts';
import { benchProvider } from './ingest-providers.ts';
import { account, query, type Setting, webhookPath, withSetting } from './setting.ts';

/**
 * How many webhooks per second are acknowledged durably, and how soon. The web role stores each delivery before it answers; the
 * baseline is the same server verifying the signature and storing nothing. All on this machine: load, product and database.
 */

const connections = 128;
const warmUpSeconds = 1.5;
const saturatedSeconds = 7;
const baselineSeconds = 2.5;
const rate = 500;
const rateSeconds = 8;
/** More than the machine stores in the time given; the run ends early where it does not. */
const preparedRequests = 60_000;

/** Microseconds of processor time per delivery, by who spends it: says the same on a machine that others use too. */
async function cpuOf(pids: Readonly<Record<string, number | undefined>>) {
  const read = () =>
    Promise.all(
      Object.entries(pids).map(async ([name, pid]) => {
        return { name, seconds: pid === undefined ? undefined : await cpuSeconds(pid) };
      }),
    );
  const began = await read();
  return async (deliveries: number) => {
    for (const [i, { name, seconds }] of (await read()).entries()) {
      const before = began[i]?.seconds;
      if (seconds === undefined || before === undefined) continue;
      figure(`ingest.cpu_${name}`, ((seconds - before) * 1e6) / deliveries, 'us/delivery');
    }
  };
}

const { values: options } = parseArgs({ options: { provider: { type: 'string' } } });

async function run(setting: Setting, defer: (stop: () => Promise<void>) => void): Promise<void> {
  const { appSecret, databaseUrl } = setting;
  const env = { ...setting.env, BENCH_PROVIDER_URL: 'http://127.0.0.1:9' };
  const product = await startProduct(['--roles', 'web'], env);
  defer(product.stop);
  const verifyOnly = startHelper('./verify-only.ts');
  defer(verifyOnly.stop);
  const baseline = await verifyOnly.ask<{ port: number }>(appSecret);
  const load = startHelper('./ingest-load.ts');
  defer(load.stop);
  const target = { port: product.port, path: webhookPath, appSecret, phoneNumberId: account.phoneNumberId };
  await load.ask({ kind: 'prepare', target, count: preparedRequests } satisfies LoadQuestion);

  const saturate = (port: number, seconds: number) =>
    load.ask<LoadAnswer>({ kind: 'saturate', port, connections, seconds, repeat: port === baseline.port });
  await saturate(baseline.port, warmUpSeconds);
  const warm = await saturate(product.port, warmUpSeconds);
  // The baseline before and after: a machine that others use is not equally fast at both times.
  const before = await saturate(baseline.port, baselineSeconds);
  const spent = await cpuOf({ product: product.pid, database: setting.databasePid, load: load.pid });
  const saturated = await saturate(product.port, saturatedSeconds);
  await spent(saturated.acked);
  const after = await saturate(baseline.port, baselineSeconds);
  const steady = await load.ask<LoadAnswer>({
    kind: 'at-rate',
    port: product.port,
    perSecond: rate,
    seconds: rateSeconds,
  });

  const [row] = await query(databaseUrl, 'select count(*)::int as stored from webhook_deliveries');
  const stored = Number(row?.stored);
  const runs = [warm, saturated, steady];
  const sum = (of: (run: LoadAnswer) => number) => runs.reduce((total, run) => total + of(run), 0);
  const acked = sum((run) => run.acked);
  const failed = sum((run) => run.failed);
  const verified = (before.acked + after.acked) / (before.seconds + after.seconds);
  figure('ingest.acked', saturated.acked / saturated.seconds, '/s', { of: 'verify-only', value: verified });
  figure('ingest.verify-only', verified, '/s');
  figure(`ingest.p50_at_${rate}`, percentile(steady.latencies, 0.5), 'ms');
  figure(`ingest.p99_at_${rate}`, percentile(steady.latencies, 0.99), 'ms');
  figure('ingest.stored', stored, 'deliveries', { of: 'acked', value: acked });
  figure('ingest.lost', Math.max(0, acked - stored), 'deliveries');
  figure('ingest.failed', failed, 'requests');
  if (failed > 0 || stored < acked) process.exitCode = 1;
}

const partners = ['twilio', 'vonage', 'messagebird', 'bird'];
const { provider } = options;
if (provider === undefined) await withSetting(120, run);
else for (const name of provider === 'all' ? partners : [provider]) await benchProvider(name);
