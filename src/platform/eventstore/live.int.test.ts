import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/db.ts';
import { makeFolder, removeFolder } from '../../../test/folder.ts';
import { type Db, openDb } from '../db/db.ts';
import { createLog } from '../log.ts';
import { createLiveFacts, type LiveFacts } from './live.ts';
import { createEventStore, type EventStore } from './store.ts';

let database: TestDatabase;
let db: Db;
let store: EventStore;
let live: LiveFacts;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  const sealer = createSealer({
    db,
    provider: openKeyProvider(`file:${join(folder, 'keys.json')}`),
  });
  for (const practice of ['aurora', 'riverside']) await sealer.preparePractice(practice);
  store = createEventStore({ sealer, views: [], reactions: [], enqueue: async () => undefined });
  live = createLiveFacts({ db, log: createLog('silent') });
});

afterAll(async () => {
  await live.stop();
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

async function happen(practiceId: string, stream: string): Promise<void> {
  const context = { at: '2026-11-22T10:00:00.000Z', actor: 'system', correlationId: 'c', causationId: 'c' };
  const facts = [{ type: 'Something', data: {} }];
  await db.tx(practiceId, (tx) =>
    store.append(tx, [{ stream, expectedVersion: 0, subject: 'practice', facts }], context),
  );
}

/** What is heard of a practice, and a promise for when `stream` is. */
function listen(practiceId: string) {
  const heard: string[] = [];
  let look = () => {};
  const stop = live.listen(practiceId, (facts) => {
    heard.push(...facts.map(({ stream }) => stream));
    look();
  });
  const until = (stream: string) =>
    new Promise<void>((resolve) => {
      look = () => heard.includes(stream) && resolve();
      look();
    });
  return { heard, until, stop };
}

/** Facts until one is heard: listening begins with a look at where the facts end. */
async function firstHeard(practiceId: string, ear: ReturnType<typeof listen>): Promise<void> {
  const heard = new Promise<void>((resolve) => {
    const stop = live.listen(practiceId, () => {
      stop();
      resolve();
    });
  });
  let isHeard = false;
  void heard.then(() => {
    isHeard = true;
  });
  for (let i = 0; !isHeard; i += 1)
    await happen(practiceId, `warm-up/${practiceId}-${i}-${ear.heard.length}`);
}

test('what is committed is heard once, in order, by those of the same practice', async () => {
  const ours = listen('aurora');
  const theirs = listen('riverside');
  await firstHeard('aurora', ours);
  await firstHeard('riverside', theirs);
  for (const stream of ['a/1', 'a/2', 'a/3']) await happen('aurora', stream);
  await happen('riverside', 'b/1');
  await ours.until('a/3');
  await theirs.until('b/1');
  expect(ours.heard.filter((stream) => stream.startsWith('a/'))).toEqual(['a/1', 'a/2', 'a/3']);
  expect(theirs.heard.some((stream) => stream.startsWith('a/'))).toBe(false);
  ours.stop();
  theirs.stop();
});
