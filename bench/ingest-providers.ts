import { startHelper, startProduct } from './children.ts';
import { cpuSeconds } from './cpu-time.ts';
import { figure } from './figures.ts';
import type { LoadAnswer, LoadQuestion } from './ingest-load.ts';
import { benchAccount, providerNamed } from './provider-account.ts';
import { query, withSetting } from './setting.ts';

/**
 * `npm run bench:ingest -- --provider twilio` (or `all`, one after the other): the same as `ingest`, for deliveries of another provider
 * beside Meta's, in turns, so that both meet the same machine, and each pair in a product of its own, for a process that is given five
 * providers' deliveries by turns is slower with all of them than a clinic's. Every signature is checked, and every delivery stored.
 */

const connections = 128;
const warmUpSeconds = 1;
const turnSeconds = 1.25;
const turns = 6;
/** More than a provider's turns can use up. */
const preparedRequests = 40_000;

type Sum = { acked: number; failed: number; seconds: number; productSeconds: number };

export async function benchProvider(partner: string): Promise<void> {
  const all = ['meta', partner];
  const accounts = all.map((name) => benchAccount(providerNamed(name)));
  const files = accounts.map(({ file }) => file);
  await withSetting(
    60 + 30 * all.length,
    async (setting, defer) => {
      const own = Object.assign({}, ...accounts.map(({ env }) => env));
      const env = { ...setting.env, ...own, BENCH_PROVIDER_URL: 'http://127.0.0.1:9' };
      const product = await startProduct(['--roles', 'web'], env);
      defer(product.stop);
      const load = startHelper('./ingest-load.ts');
      defer(load.stop);
      const ask = (question: LoadQuestion) => load.ask<LoadAnswer>(question);
      for (const provider of all) {
        await ask({ kind: 'prepare-provider', provider, port: product.port, count: preparedRequests });
      }
      const saturate = (provider: string, seconds: number) =>
        ask({ kind: 'saturate', port: product.port, connections, seconds, repeat: false, provider });
      const sums = new Map<string, Sum>();
      let stored = 0;
      for (const provider of all) stored += (await saturate(provider, warmUpSeconds)).acked;
      for (let turn = 0; turn < turns; turn++) {
        // Forth and back: who is always second would always meet what the first left behind.
        for (const provider of turn % 2 === 0 ? all : all.toReversed()) {
          const before = (await cpuSeconds(product.pid)) ?? Number.NaN;
          const { acked, failed, seconds } = await saturate(provider, turnSeconds);
          const spent = ((await cpuSeconds(product.pid)) ?? Number.NaN) - before;
          const sum = sums.get(provider) ?? { acked: 0, failed: 0, seconds: 0, productSeconds: 0 };
          sum.acked += acked;
          sum.failed += failed;
          sum.seconds += seconds;
          sum.productSeconds += spent;
          sums.set(provider, sum);
          stored += acked;
        }
      }
      report(sums);
      const [row] = await query(
        setting.databaseUrl,
        'select count(*)::int as stored from webhook_deliveries',
      );
      figure('ingest.stored', Number(row?.stored), 'deliveries', { of: 'acked', value: stored });
      if (Number(row?.stored) < stored) process.exitCode = 1;
    },
    files,
  );
}

function report(sums: ReadonlyMap<string, Sum>): void {
  const meta = sums.get('meta');
  if (meta === undefined) throw new Error('Meta had no turn');
  for (const [provider, { acked, failed, seconds, productSeconds }] of sums) {
    figure(`ingest.${provider}.acked`, acked / seconds, '/s', {
      of: 'meta',
      value: meta.acked / meta.seconds,
    });
    const perDelivery = (productSeconds * 1e6) / acked;
    const ofMeta = (meta.productSeconds * 1e6) / meta.acked;
    if (Number.isFinite(perDelivery)) {
      figure(`ingest.${provider}.cpu_product`, perDelivery, 'us/delivery', { of: 'meta', value: ofMeta });
    }
    figure(`ingest.${provider}.failed`, failed, 'requests');
    if (failed > 0) process.exitCode = 1;
  }
}
