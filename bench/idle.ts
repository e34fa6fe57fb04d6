import { setTimeout as sleep } from 'node:timers/promises';
import { startProduct } from './children.ts';
import { peakMegabytes } from './cpu-time.ts';
import { figure } from './figures.ts';
import { type Setting, withSetting } from './setting.ts';
import { spent } from './spent.ts';
import { statementsDuring } from './statements.ts';

/**
 * What a product costs that nobody uses: statements and processor time per minute, with nothing to do. And what it takes to start,
 * the second time, when the database is made.
 *
 *     npm run bench:idle -- 60
 */

const seconds = Number(process.argv[2] ?? 30);
/** Until what a start leaves to be done is over. */
const settleMs = 5_000;

async function measure(setting: Setting, defer: (stop: () => Promise<void>) => void): Promise<void> {
  const env = { ...setting.env, BENCH_PROVIDER_URL: 'http://127.0.0.1:9' };
  const first = await startProduct(['--roles', 'web,worker'], env);
  await first.stop();
  const began = performance.now();
  const product = await startProduct(['--roles', 'web,worker'], env);
  defer(product.stop);
  figure('idle.start', (performance.now() - began) / 1000, 's');
  await sleep(settleMs);
  const perMinute = 60 / seconds;
  const idle = () => sleep(seconds * 1000);
  const before = await spent(setting.databaseUrl, product.pid);
  if (setting.countsStatements)
    figure('idle.statements', (await statementsDuring(setting.databaseUrl, idle)) * perMinute, 'per minute');
  else await idle();
  const after = await spent(setting.databaseUrl, product.pid);
  if (before !== undefined && after !== undefined) {
    figure('idle.processor_product', (after.product - before.product) * perMinute, 's per minute');
    figure('idle.processor_database', (after.database - before.database) * perMinute, 's per minute');
  }
  const memory = await peakMegabytes(product.pid);
  if (memory !== undefined) figure('idle.memory_at_most', memory, 'MB');
}

await withSetting(120 + seconds, measure);
