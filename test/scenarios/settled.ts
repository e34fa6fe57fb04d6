import type { Sandbox } from '../../src/cli/sandbox.ts';
import type { Watch } from './changes.ts';

/** What is under way in the product; how much came in and happened so far. Jobs that are put off are not due. */
const workSql = `
  select (select count(*) from views_messages where state in ('queued', 'claimed'))
    + (select count(*) from mailbox where taken_by is null)
    + (select count(*) from pgboss.job where state in ('created', 'retry', 'active') and start_after <= now()
        and name not like '%-dead' and name not like '\\_\\_%') as due,
  (select count(*) from webhook_deliveries) as came, (select count(*) from events) as happened`;

type Work = { readonly due: string; readonly came: string; readonly happened: string };

/** Twice the same, with nothing under way outside in between: what the provider still holds is no work of the product's yet. */
export async function isSettled({ world }: Sandbox, query: Watch['query']): Promise<boolean> {
  const look = async () => JSON.stringify((await query<Work>(workSql))[0]);
  if (world.waiting() > 0) return false;
  const before = await look();
  if (!before.includes('"due":"0"') || world.waiting() > 0) return false;
  return (await look()) === before;
}
