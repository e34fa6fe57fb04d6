import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pending, readMigrations } from './migrate.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function files(...names: string[]) {
  for (const name of names) await writeFile(join(folder, name), `-- ${name}\n`);
  return readMigrations(folder);
}

describe('the folder', () => {
  test('is read in order; other files may stand there', async () => {
    const read = await files('0002-b.sql', '0001-a-first.sql', 'README.md');
    expect(read.map(({ number, name }) => [number, name])).toEqual([
      [1, 'a-first'],
      [2, 'b'],
    ]);
  });

  test('has the same checksum whatever the line ends', async () => {
    const [unix] = await files('0001-a.sql');
    await writeFile(join(folder, '0001-a.sql'), '-- 0001-a.sql\r\n');
    const [windows] = await readMigrations(folder);
    expect(windows?.checksum).toBe(unix?.checksum);
  });

  test.each([
    ['a gap', ['0001-a.sql', '0003-c.sql'], 'migration 0003-c.sql: expected number 2'],
    ['a repeat', ['0001-a.sql', '0001-b.sql'], 'migration 0001-b.sql: expected number 2'],
    ['another kind of name', ['1-a.sql'], 'migration 1-a.sql: expected a name such as'],
    ['nothing', [], 'there are no migrations in'],
  ])('with %s is refused', async (_, names, message) => {
    await expect(files(...names)).rejects.toThrow(message);
  });
});

describe('what is to be applied', () => {
  test('is what comes after the applied ones', async () => {
    const all = await files('0001-a.sql', '0002-b.sql', '0003-c.sql');
    expect(pending(all, all.slice(0, 1)).map(({ number }) => number)).toEqual([2, 3]);
    expect(pending(all, all)).toEqual([]);
  });

  test('is refused when an applied file was edited', async () => {
    const all = await files('0001-a.sql');
    const applied = [{ number: 1, name: 'a', checksum: 'of another text' }];
    expect(() => pending(all, applied)).toThrow('migration 1 (a) was edited after it was applied');
  });

  test('is refused when the database is newer', async () => {
    const all = await files('0001-a.sql');
    const applied = [...all, { number: 2, name: 'later', checksum: 'x' }];
    expect(() => pending(all, applied)).toThrow('the database is newer than this program');
  });
});
