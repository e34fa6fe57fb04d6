import type pg from 'pg';
import { openPool } from './pool.ts';
import { neverCompiled, prepared } from './prepared.ts';

/**
 * Glossary of the database words.
 *
 * - **owner**: the login that made the tables; it only migrates.
 * - **role**: what the program's connections become at once: it owns nothing, so row security binds it.
 * - **tx**: one transaction for one practice. Every statement in it sees that practice's rows only.
 */

type Row = Record<string, unknown>;

export type Queryable = {
  /** Runs one statement. The text is a constant: its hash names a prepared statement. */
  readonly query: <R extends object = Row>(text: string, values?: readonly unknown[]) => Promise<R[]>;
};

/** A transaction, whatever it is for. Its statements run in the order in which they were given. */
export type Batch = Queryable & {
  /** A statement whose answer nobody needs: nobody waits for it either. Where it fails, the transaction does. */
  readonly send: (text: string, values?: readonly unknown[]) => void;
  /** Runs after the commit, and not at all when it fails: for what must not know of things that were rolled back. */
  readonly afterCommit: (work: () => void) => void;
};

export type Tx = Batch & { readonly practiceId: string };

export type Db = {
  /** One transaction for one practice; rolled back when `work` throws. No network calls inside (style rule 10). */
  readonly tx: <T>(practiceId: string, work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** One transaction that names no practice: sees no row under row security. For the queue and for ingest. */
  readonly batch: <T>(work: (tx: Batch) => Promise<T>) => Promise<T>;
  readonly ping: () => Promise<void>;
  /** Resolves when every connection has ended. */
  readonly close: () => Promise<void>;
};

export type Role = 'vestibule_app' | 'vestibule_ingest';

function queryable(client: pg.PoolClient): Queryable {
  return {
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      const result = await client.query<R & pg.QueryResultRow>(prepared(text, values));
      return result.rows;
    },
  };
}

const practiceIdForm = /^[a-z][a-z0-9-]{1,39}$/;

/** The one place where an id goes into statement text, so it is checked against its form first. */
function beginFor(practiceId: string): string {
  if (!practiceIdForm.test(practiceId))
    throw new Error('a practice id holds lower-case letters, digits and hyphens');
  return `begin; set local vestibule.practice_id = '${practiceId}'`;
}

/** Milliseconds that a database gets; where none are given, statements may take as long as they do. */
export type Patience = {
  /** Until there is a connection. */
  readonly connectMs: number;
  /** For one statement: the server breaks it off. */
  readonly statementMs: number;
  /** Until a server that does not answer at all is given up, and its connection with it. */
  readonly answerMs: number;
};

/** Commits what was sent, without waiting for the answers first: PostgreSQL rolls back where one of them was an error. */
async function commit(client: pg.PoolClient, sent: readonly Promise<unknown>[]): Promise<void> {
  const [{ command }] = await Promise.all([client.query('commit'), ...sent]);
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
}

/** What went wrong first: all that follows an error says only that there was one. */
async function firstFailure(sent: readonly Promise<unknown>[], last: unknown): Promise<unknown> {
  const failed = (await Promise.allSettled(sent)).find((answer) => answer.status === 'rejected');
  return failed === undefined ? last : failed.reason;
}

/**
 * Opens a pool whose connections act as `role`.
 * @param url a login that was granted the role (the owner is)
 * @param onError told the code of an error on an idle connection, never its text
 */
export function openDb(options: {
  readonly url: string;
  readonly role: Role;
  readonly maxConnections: number;
  readonly patience?: Patience;
  readonly onError?: (code: string) => void;
}): Db {
  const { patience } = options;
  const config: pg.PoolConfig = {
    connectionString: options.url,
    max: options.maxConnections,
    options: `-c role=${options.role} ${neverCompiled}`,
    application_name: 'vestibule',
    connectionTimeoutMillis: patience?.connectMs ?? 10_000,
    ...(patience === undefined
      ? {}
      : { statement_timeout: patience.statementMs, query_timeout: patience.answerMs }),
    idleTimeoutMillis: 30_000,
  };
  const { pool, end } = openPool(config, (error) => options.onError?.(sqlState(error) ?? 'CONNECTION'));

  async function transact<T>(begin: string, work: (tx: Batch) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    const sent: Promise<unknown>[] = [];
    const after: (() => void)[] = [];
    const send = (query: string | pg.QueryConfig) => {
      const answer = client.query(query);
      // Who commits looks at it.
      answer.catch(() => undefined);
      sent.push(answer);
    };
    const tx: Batch = {
      ...queryable(client),
      send: (text, values) => send(prepared(text, values)),
      afterCommit: (job) => void after.push(job),
    };
    let broken: Error | undefined;
    let result: T;
    try {
      send(begin);
      result = await work(tx);
      await commit(client, sent);
    } catch (error) {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
      throw await firstFailure(sent, error);
    } finally {
      client.release(broken);
    }
    for (const job of after) job();
    return result;
  }

  return {
    tx: (practiceId, work) => transact(beginFor(practiceId), (tx) => work({ ...tx, practiceId })),
    batch: (work) => transact('begin', work),
    async ping() {
      await pool.query('select 1');
    },
    close: end,
  };
}

/** The SQLSTATE of a database error, or undefined when it is another error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the driver says without a code when the connection, and not the work, failed. */
const lostConnection =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;

/** Did the work fail because the database could not be reached, so that trying other work now would fail as well? */
export function meansOutage(error: unknown): boolean {
  const code = sqlState(error);
  // Class 08: connection exceptions; 57P01 to 57P03: the server stops, crashed or starts.
  if (code !== undefined) return /^(08|57P|ECONN|EPIPE|ETIMEDOUT)/.test(code);
  return error instanceof Error && lostConnection.test(error.message);
}

/** SQLSTATE of a broken unique constraint. */
export const uniqueViolation = '23505';
