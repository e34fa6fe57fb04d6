import { query } from './setting.ts';

/** Statements of all kinds that the server ran while `work` did its part; `begin` and `commit` count as well. */
export async function statementsDuring(url: string, work: () => Promise<void>): Promise<number> {
  await query(url, `alter system set pg_stat_statements.track = 'top'`);
  await query(url, 'select pg_reload_conf()');
  await query(url, 'select pg_stat_statements_reset()');
  await work();
  const [row] = await query(url, 'select sum(calls)::int as calls from pg_stat_statements');
  if (process.env.BENCH_STATEMENTS) await printStatements(url);
  await query(url, `alter system set pg_stat_statements.track = 'none'`);
  await query(url, 'select pg_reload_conf()');
  return Number(row?.calls);
}

/** For finding what costs: the statements that took longest together, to standard error. */
async function printStatements(url: string): Promise<void> {
  const rows = await query(
    url,
    `select calls, round(mean_exec_time::numeric, 3) as mean_ms, round(total_exec_time::numeric) as total_ms,
            left(regexp_replace(query, '\\s+', ' ', 'g'), 130) as statement
     from pg_stat_statements order by total_exec_time desc limit 40`,
  );
  for (const row of rows) process.stderr.write(`${Object.values(row).join('\t')}\n`);
}
