import { EventEmitter } from 'node:events';
import pg from 'pg';
import { patienceMs } from '../patience.ts';

/** Tells that something may have changed; a wait then looks again. */
export type Changes = EventEmitter<{ change: [] }>;

export function createChanges(): Changes {
  const changes: Changes = new EventEmitter();
  changes.setMaxListeners(0);
  return changes;
}

/** Milliseconds until a wait looks again although nothing told of a change: a practice system, a counter and a reader tell of none. */
const lookAgainMs = 250;

/** What is true in the end: looked at now, after every change, and now and then. Resolves to what `check` found. */
export function eventually<T>(
  changes: Changes,
  check: () => T | Promise<T>,
  what: string,
): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    let looking = false;
    let changed = false;
    let ended = false;
    const end = () => {
      ended = true;
      clearTimeout(timer);
      clearInterval(again);
      changes.off('change', onChange);
    };
    const look = async () => {
      looking = true;
      do {
        changed = false;
        const found = await check();
        if (!found) continue;
        end();
        resolve(found);
        return;
      } while (changed && !ended);
      looking = false;
    };
    const onChange = () => {
      changed = true;
      if (!looking) void look().catch(fail);
    };
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`waited in vain for ${what}`)), patienceMs);
    const again = setInterval(() => onChange(), lookAgainMs);
    changes.on('change', onChange);
    onChange();
  });
}

/** Tables whose commits are told: the product's, and the jobs with their partitions. */
const watched = `
  select unnest(array['events', 'webhook_deliveries', 'mailbox', 'views_messages']) as name
  union all select 'pgboss.job'
  union all select inhrelid::regclass::text from pg_inherits where inhparent = 'pgboss.job'::regclass`;

export type Watch = {
  /** As the owner of the database: past every row security. One statement after the other, on one connection. */
  readonly query: <Row>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  readonly stop: () => Promise<void>;
};

/** Listens to the commits of a test database, so that no test has to poll it. */
export async function watchDatabase(url: string, changes: Changes): Promise<Watch> {
  const listener = new pg.Client({ connectionString: url });
  const reader = new pg.Client({ connectionString: url });
  await listener.connect();
  await reader.connect();
  listener.on('notification', () => changes.emit('change'));
  await listener.query(`
    create function public.tell_test_of_change() returns trigger language plpgsql as
      $$ begin perform pg_notify('test_change', ''); return null; end $$;
    grant execute on function tell_test_of_change() to public`);
  const tables = await listener.query<{ name: string }>(watched);
  for (const { name } of tables.rows) {
    await listener.query(
      `create trigger tell_test after insert or update on ${name} for each statement execute function tell_test_of_change()`,
    );
  }
  await listener.query('listen test_change');
  let previous: Promise<unknown> = Promise.resolve();
  return {
    query<Row>(sql: string, values: readonly unknown[] = []) {
      const result = previous.then(() => reader.query(sql, [...values]));
      previous = result.catch(() => undefined);
      // The caller names the row that its own statement yields.
      return result.then(({ rows }) => rows as Row[]);
    },
    async stop() {
      await listener.end();
      await reader.end();
    },
  };
}
