/**
 * One practice's data: a SQLite file in WAL mode. What a request was told is done survives `kill -9`.
 *
 * `resources` holds the current version's place, `versions` every version's content, `entries` what searches read,
 * `snapshots` the ids of searches that are being paged through.
 */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Resource } from './json.ts';
import type { IndexEntry } from './search/entries.ts';

export type Version = {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** Instant, UTC, milliseconds: `2026-03-01T10:00:00.000Z`. */
  readonly at: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Undefined in the version that a delete makes. */
  readonly resource: Resource | undefined;
};

export type Snapshot = { readonly type: string; readonly query: string; readonly ids: readonly string[] };

export type Condition = { readonly sql: string; readonly args: readonly SQLInputValue[] };

export type Store = {
  readonly current: (type: string, id: string) => Version | undefined;
  readonly version: (type: string, id: string, version: number) => Version | undefined;
  /** Newest first. */
  readonly history: (type: string, id: string) => Version[];
  /** Makes it the current version and replaces what searches see. */
  readonly put: (version: Version, entries: readonly IndexEntry[]) => void;
  /** Ids of living resources; `order` is SQL over `r`, trusted: it never holds a client's text. */
  readonly find: (type: string, conditions: readonly Condition[], order: string) => string[];
  readonly saveSnapshot: (id: string, snapshot: Snapshot) => void;
  readonly loadSnapshot: (id: string) => Snapshot | undefined;
  /** All of `work` or, when it throws, nothing of it. Does not nest. */
  readonly transaction: <T>(work: () => T) => T;
  readonly close: () => void;
};

/** Older searches can no longer be paged: as on real servers, the client starts again. */
const maxSnapshots = 500;

/**
 * No index on `b` alone: every identifier of a practice shares its system, and the planner, which keeps no statistics,
 * would then read all of them (measured: 4 ms instead of 0.1 ms at 5,000 patients).
 */
const schema = `
  create table if not exists versions (
    type text not null, id text not null, version integer not null, at text not null, method text not null,
    content text, primary key (type, id, version)
  ) without rowid;
  create table if not exists resources (
    type text not null, id text not null, version integer not null, at_ms integer not null,
    deleted integer not null, primary key (type, id)
  ) without rowid;
  create index if not exists resources_at on resources (type, at_ms);
  create table if not exists entries (
    type text not null, id text not null, param text not null, a text, b text, lo real, hi real
  );
  create index if not exists entries_id on entries (type, id, param);
  create index if not exists entries_a on entries (type, param, a, b, id);
  create table if not exists snapshots (n integer primary key, id text unique, type text, query text, ids text);
`;

type Row = Record<string, unknown>;

function toVersion(row: Row): Version {
  const content = row.content;
  return {
    type: String(row.type),
    id: String(row.id),
    version: Number(row.version),
    at: String(row.at),
    // `put` below is the only writer of these two columns.
    method: row.method as Version['method'],
    resource:
      typeof content === 'string' ? (JSON.parse(content) as Resource) /* written by `put` */ : undefined,
  };
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  // NORMAL: a commit survives the death of the process; only a loss of power may take the last ones.
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000;');
  db.exec(schema);
  return db;
}

function transactionOf(db: DatabaseSync): Store['transaction'] {
  return (work) => {
    db.exec('begin immediate');
    try {
      const result = work();
      db.exec('commit');
      return result;
    } catch (error) {
      db.exec('rollback');
      throw error;
    }
  };
}

function snapshotsOf(db: DatabaseSync): Pick<Store, 'saveSnapshot' | 'loadSnapshot'> {
  const insert = db.prepare('insert into snapshots (id, type, query, ids) values (?, ?, ?, ?)');
  const prune = db.prepare('delete from snapshots where n <= (select max(n) from snapshots) - ?');
  const select = db.prepare('select type, query, ids from snapshots where id = ?');
  return {
    saveSnapshot(id, snapshot) {
      insert.run(id, snapshot.type, snapshot.query, JSON.stringify(snapshot.ids));
      prune.run(maxSnapshots);
    },
    loadSnapshot(id) {
      const row = select.get(id);
      if (!row) return undefined;
      const ids = JSON.parse(String(row.ids)) as string[]; // written by saveSnapshot
      return { type: String(row.type), query: String(row.query), ids };
    },
  };
}

/** @param file a path, or `:memory:` */
export function openStore(file: string): Store {
  const db = open(file);
  const current = db.prepare(
    'select v.* from resources r join versions v using (type, id, version) where r.type = ? and r.id = ?',
  );
  const version = db.prepare('select * from versions where type = ? and id = ? and version = ?');
  const history = db.prepare('select * from versions where type = ? and id = ? order by version desc');
  const insertVersion = db.prepare('insert into versions values (?, ?, ?, ?, ?, ?)');
  const upsert = db.prepare('insert or replace into resources values (?, ?, ?, ?, ?)');
  const clear = db.prepare('delete from entries where type = ? and id = ?');
  const insertEntry = db.prepare('insert into entries values (?, ?, ?, ?, ?, ?, ?)');
  const one = (row: Row | undefined) => (row ? toVersion(row) : undefined);
  return {
    current: (type, id) => one(current.get(type, id)),
    version: (type, id, n) => one(version.get(type, id, n)),
    history: (type, id) => history.all(type, id).map(toVersion),
    put(v, entries) {
      insertVersion.run(
        v.type,
        v.id,
        v.version,
        v.at,
        v.method,
        v.resource ? JSON.stringify(v.resource) : null,
      );
      upsert.run(v.type, v.id, v.version, Date.parse(v.at), v.resource ? 0 : 1);
      clear.run(v.type, v.id);
      for (const { param, a, b, lo, hi } of entries) {
        insertEntry.run(v.type, v.id, param, a ?? null, b ?? null, lo ?? null, hi ?? null);
      }
    },
    find(type, conditions, order) {
      const where = ['r.type = ?', 'r.deleted = 0', ...conditions.map((condition) => condition.sql)].join(
        ' and ',
      );
      const args = conditions.flatMap((condition) => condition.args);
      const rows = db
        .prepare(`select r.id from resources r where ${where} order by ${order}`)
        .all(type, ...args);
      return rows.map((row) => String(row.id));
    },
    ...snapshotsOf(db),
    transaction: transactionOf(db),
    close: () => db.close(),
  };
}
