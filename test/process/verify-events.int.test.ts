import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';
import { everyEvent } from '../every-event.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { execute } from '../template.ts';
import { run } from './program.ts';

/** `vestibule verify events` as an operator types it. */

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 2 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  await sealer.preparePractice('aurora');
  const store = createEventStore({ sealer, views: [], reactions: [], enqueue: async () => undefined });
  const context = { at: '2026-11-22T10:00:00Z', actor: 'bot', correlationId: 'c', causationId: 'c' };
  const append = { stream: 'a/1', expectedVersion: 0, subject: 'p1', facts: everyEvent.slice(0, 5) };
  await db.tx('aurora', (tx) => store.append(tx, [append], context));
  await db.close();
});

afterAll(async () => {
  await database.drop();
  await removeFolder(folder);
});

const verify = (...args: readonly string[]) =>
  run(['verify', 'events', ...args], {
    env: {
      DATABASE_URL: database.url,
      VESTIBULE_DATA: folder,
      VESTIBULE_KEYS: `file:${join(folder, 'keys.json')}`,
    },
  });

test('it says whether all is as it was, what is not, and what is gone', async () => {
  const before = await verify('--json');
  expect(JSON.parse(before.out)).toMatchObject({
    ok: true,
    practices: { aurora: { events: 5, broken: 0, unsealed: 0 }, riverside: { events: 0, broken: 0 } },
  });
  expect(before.code).toBe(0);
  const kept = join(folder, 'kept.json');
  await writeFile(kept, before.out);

  await execute(database.url, `delete from events where version = 5`);
  const gone = await verify('--practice', 'aurora', '--against', kept);
  expect(gone.out).toBe(
    'aurora: 4 events, 0 broken, 0 from before there were seals\n' +
      '  the events of the earlier run are NOT all there as they were\n',
  );
  expect(gone.code).toBe(1);

  await execute(database.url, `update events set actor = 'nobody' where version = 2`);
  const changed = await verify('--practice', 'aurora');
  expect(changed.out).toBe(
    'aurora: 4 events, 1 broken, 0 from before there were seals\n  a/1 2 is not as it was written\n',
  );
  expect(changed.code).toBe(1);
});

test('used wrongly, it says how', async () => {
  const practice = await verify('--practice', 'nobody');
  expect([practice.code, practice.err]).toEqual([
    2,
    expect.stringContaining('expected one of aurora, riverside'),
  ]);
  const against = await verify('--against', join(folder, 'keys.json'));
  expect([against.code, against.err]).toEqual([2, expect.stringContaining('is not what')]);
});
