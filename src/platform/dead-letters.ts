import type { DeadLetterPage } from './contract.ts';
import type { Tx } from './db/db.ts';

/** Dead letters, as the queue keeps them. Its tables know no practices, so each statement names its own. */

type Row = {
  id: string;
  queue: string;
  data: DeadLetterPage['letters'][number]['data'];
  code: string | null;
  failed_at: Date;
};

/** The newest dead letters of the practice. What failed is told by its code; a payload holds ids only. */
export async function deadLetters(tx: Tx, limit: number): Promise<DeadLetterPage['letters']> {
  const rows = await tx.query<Row>(
    `select id, source_name as queue, data, source_output->>'code' as code, created_on as failed_at
     from pgboss.job
     where name like '%-dead' and source_name is not null and state in ('created', 'retry')
       and data->>'practiceId' = $1
     order by created_on desc limit $2`,
    [tx.practiceId, limit],
  );
  return rows.map(({ id, queue, data, code, failed_at }) => ({
    queue,
    jobId: id,
    practiceId: tx.practiceId,
    data,
    code,
    failedAt: failed_at.toISOString(),
  }));
}

export async function countDeadLetters(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ count: string }>(
    `select count(*) as count from pgboss.job
     where name like '%-dead' and source_name is not null and state in ('created', 'retry')
       and data->>'practiceId' = $1`,
    [tx.practiceId],
  );
  return Number(row?.count ?? 0);
}
