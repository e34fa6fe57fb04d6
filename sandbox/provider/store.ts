import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * A simulator's memory: one SQLite file, so that a killed process finds its chats and its undelivered
 * webhooks again. The write-ahead log is synced by the operating system only: a killed process loses nothing,
 * a power cut may, and a sandbox can live with that.
 */
export type Store = {
  readonly db: DatabaseSync;
  /** Runs `work` in one transaction. May be nested. */
  readonly tx: <T>(work: () => T) => T;
  /** How many transactions were rolled back so far: whatever was read in them was never so. */
  readonly undone: () => number;
  readonly close: () => void;
};

/**
 * Opens (or makes) `<name>.sqlite` in `folder`; without a folder it lives in memory and ends with the process.
 * @param schema `create … if not exists` of all the tables
 */
export function openStore(folder: string | undefined, name: string, schema: string): Store {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, `${name}.sqlite`));
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000');
  db.exec(schema);
  let depth = 0;
  let undone = 0;
  return {
    db,
    undone: () => undone,
    tx: (work) => {
      if (depth > 0) return work();
      depth += 1;
      db.exec('begin immediate');
      try {
        const result = work();
        db.exec('commit');
        return result;
      } catch (error) {
        undone += 1;
        db.exec('rollback');
        throw error;
      } finally {
        depth -= 1;
      }
    },
    close: () => db.close(),
  };
}
