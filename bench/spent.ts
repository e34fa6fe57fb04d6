import { cpuSeconds } from './cpu-time.ts';
import { query } from './setting.ts';

/** Seconds of processor time so far: of the product, and of the PostgreSQL that it runs on. */
export type Spent = { readonly product: number; readonly database: number };

/** Undefined where the system does not say it, or the server is not ours. */
export async function spent(url: string, productPid: number): Promise<Spent | undefined> {
  const [row] = await query(url, `select pg_read_file('postmaster.pid') as file`).catch(() => []);
  const product = await cpuSeconds(productPid);
  const database = await cpuSeconds(Number(String(row?.file).split('\n')[0]));
  return product === undefined || database === undefined ? undefined : { product, database };
}
