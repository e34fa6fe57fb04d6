import pg from 'pg';

export type PoolOptions = {
  readonly url: string;
  /** Connections at most. */
  readonly max: number;
  /** Shown in `pg_stat_activity`. */
  readonly name: string;
  /** Gets codes only, for an error's text may repeat a value. */
  readonly log: (fields: { readonly event: 'database_connection_lost'; readonly code: string }) => void;
};

const connectTimeoutMs = 10_000;
const idleTimeoutMs = 60_000;
/** No statement of ours takes longer; one that does holds locks and keeps back every reader in commit order. */
const statementTimeoutMs = 60_000;
/** No turn waits for the outside inside a transaction. */
const idleInTransactionTimeoutMs = 30_000;

/** A pool of connections. Dates and numbers come as `pg` gives them: `int8` and `numeric` as strings. */
export function createPool({ url, max, name, log }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    keepAlive: true,
  });
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on('error', (error) => log({ event: 'database_connection_lost', code: databaseErrorCode(error) }));
  return pool;
}

/** The SQLSTATE or the system's code (`57P01`, `ECONNRESET`): short, stable and free of data. */
export function databaseErrorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'UNKNOWN';
}
