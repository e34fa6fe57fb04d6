import { inject } from 'vitest';
import { execute, freshName, withDatabase } from './template.ts';

export type TestDatabase = {
  /** The URL of the owner of the tables. */
  readonly url: string;
  /** Ends what is still connected. */
  readonly drop: () => Promise<void>;
};

/**
 * A database of its own for a test file: a copy of the migrated template, so there is nothing to reset.
 *
 *     const database = await createTestDatabase();
 *     afterAll(() => database.drop());
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = freshName('test');
  await execute(server, `create database ${name} template ${inject('databaseTemplate')}`);
  return {
    url: withDatabase(server, name),
    drop: () => execute(server, `drop database if exists ${name} with (force)`),
  };
}
