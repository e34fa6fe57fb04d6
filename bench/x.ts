import { startHelper, startProduct } from './children.ts';
import { percentile } from './figures.ts';
import { account, query, webhookPath, withSetting } from './setting.ts';
import { spent } from './spent.ts';
import type { WorldAnswer, WorldQuestion } from './turns-world.ts';
const mode = process.argv[2] ?? 'at';
const rate = Number(process.argv[3] ?? 50);
const track = process.argv[4] !== 'no';
await withSetting(300, async (setting, defer) => {
  const { appSecret, databaseUrl } = setting;
  const world = startHelper('./turns-world.ts');
  defer(world.stop);
  const provider = await world.ask<{ port: number }>({ kind: 'listen' } satisfies WorldQuestion);
  const env = { ...setting.env, BENCH_PROVIDER_URL: `http://127.0.0.1:${provider.port}` };
  const product = await startProduct(['--roles', 'web,worker'], env);
  defer(product.stop);
  const target = { port: product.port, path: webhookPath, appSecret, phoneNumberId: account.phoneNumberId };
  const ask = (question: WorldQuestion) => world.ask<WorldAnswer>(question);
  await ask({ kind: 'saturate', target, seconds: Number(process.env.WARM ?? 3), conversations: 100 });
  if (track) {
  await query(databaseUrl, `alter system set pg_stat_statements.track = 'top'`);
  await query(databaseUrl, `alter system set pg_stat_statements.track_planning = 'on'`);
  await query(databaseUrl, 'select pg_reload_conf()');
  await query(databaseUrl, 'select pg_stat_statements_reset()');
  }
  const a = await spent(databaseUrl, product.pid);
  const run = mode === 'at' ? await ask({ kind: 'at-rate', target, perSecond: rate, seconds: 10, conversations: rate / 2 }) : await ask({ kind: 'saturate', target, seconds: 10, conversations: 100 });
  const b = await spent(databaseUrl, product.pid);
  const n = run.answered + run.late;
  if (a && b) console.log('cpu ms/message product', ((b.product - a.product) * 1000) / n, 'db', ((b.database - a.database) * 1000) / n, 'messages', n, 'p50', percentile(run.latencies, 0.5), 'p95', percentile(run.latencies, 0.95));
  if (track) {
  const rows = await query(databaseUrl, `select calls, round((calls::numeric/${n}),2) as per_msg, round(mean_exec_time::numeric, 3) as mean_ms, round(total_exec_time::numeric) as exec_ms, plans, round(total_plan_time::numeric) as plan_ms,
            left(regexp_replace(query, '\\s+', ' ', 'g'), 150) as statement
     from pg_stat_statements order by total_exec_time+total_plan_time desc limit 60`);
  for (const row of rows) console.log(Object.values(row).join('\t'));
  console.log(await query(databaseUrl, 'select sum(calls)/'+n+' as calls, sum(total_exec_time)/'+n+' as exec, sum(total_plan_time)/'+n+' as plan from pg_stat_statements'));
  }
  process.stdout.write('', () => {});
});
process.exit(0);
