import pg from 'pg';
import { query } from './setting.ts';

/** The baseline of what ends in commits: one row each, and nothing else. */

const baselineSeconds = 2;
/** Clients: about as many turns as the product has under way at once. */
const committers = 20;

/** One-row commits per second. */
export async function commitLoop(url: string): Promise<number> {
  await query(
    url,
    'create table if not exists bench_rows (id bigint generated always as identity, body bytea)',
  );
  const clients = await Promise.all(
    Array.from({ length: committers }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return client;
    }),
  );
  const body = Buffer.alloc(500, 7);
  const end = performance.now() + baselineSeconds * 1000;
  let commits = 0;
  const loop = async (client: pg.Client) => {
    while (performance.now() < end) {
      await client.query({ name: 'row', text: 'insert into bench_rows (body) values ($1)', values: [body] });
      commits += 1;
    }
  };
  await Promise.all(clients.map(loop));
  await Promise.all(clients.map((client) => client.end()));
  return commits / baselineSeconds;
}
