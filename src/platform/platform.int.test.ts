import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileKeyProvider, type KeyProvider } from '#security/key-provider.ts';
import { createSealer, type Sealer } from '#security/sealing.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { type Db, openDb } from './db/db.ts';
import {
  type AsyncReader,
  beginning,
  type Cursor,
  committedAfter,
  readNext,
  rewind,
} from './eventstore/reader.ts';
import { createEventStore, type EventStore, type View, WrongVersion } from './eventstore/store.ts';

const context = { at: '2026-11-22T10:00:00.000Z', actor: 'system', correlationId: 'c1', causationId: 'c1' };

let database: TestDatabase;
let db: Db;
let sealer: Sealer;
let provider: KeyProvider;
let folder: string;

/** Counts the facts of each stream, as an inline view. */
const counts: View = {
  name: 'counts',
  tables: ['counts'],
  async apply(tx, events) {
    for (const event of events) {
      await tx.query(
        `insert into counts (practice_id, stream, n) values ($1, $2, 1)
         on conflict (practice_id, stream) do update set n = counts.n + 1`,
        [tx.practiceId, event.stream],
      );
    }
  },
};

const storeWith = (options: { views?: readonly View[]; fail?: boolean } = {}): EventStore =>
  createEventStore({
    sealer,
    views: options.views ?? [],
    reactions: [(event) => (event.type === 'Owing' ? [{ queue: 'q', data: { id: event.stream } }] : [])],
    enqueue: async (tx, jobs) => {
      if (options.fail) throw new Error('the queue is down');
      for (const job of jobs) {
        await tx.query('insert into owed (practice_id, job) values ($1, $2)', [
          tx.practiceId,
          JSON.stringify(job),
        ]);
      }
    },
  });

const fact = (type: string, data: unknown = {}, phi?: unknown) => ({
  type,
  data,
  ...(phi === undefined ? {} : { phi }),
});
const append = (stream: string, expectedVersion: number, ...facts: ReturnType<typeof fact>[]) => ({
  stream,
  expectedVersion,
  subject: 'practice',
  facts,
});

beforeAll(async () => {
  database = await createTestDatabase();
  const { default: pg } = await import('pg');
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(`
    create table counts (practice_id text, stream text, n integer, primary key (practice_id, stream));
    create table owed (practice_id text, job jsonb);
    create table seen (practice_id text, position bigint);
    grant all on counts, owed, seen to vestibule_app`);
  await owner.end();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 30 });
  folder = await makeFolder();
  provider = fileKeyProvider(`${folder}/keys.json`);
  sealer = createSealer({ db, provider });
  await sealer.preparePractice('aurora');
  await sealer.preparePractice('riverside');
});

afterAll(async () => {
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

describe('event store', () => {
  test('facts come back as they were appended, patient data opened', async () => {
    const store = storeWith();
    await db.tx('aurora', (tx) =>
      store.append(
        tx,
        [append('intake/1', 0, fact('AnswerGiven', { linkId: 'name' }, { answer: 'Zoë 李' }))],
        context,
      ),
    );
    const events = await db.tx('aurora', async (tx) => (await store.load(tx, ['intake/1'])).get('intake/1'));
    expect(events).toMatchObject([
      {
        type: 'AnswerGiven',
        version: 1,
        data: { linkId: 'name' },
        phi: { answer: 'Zoë 李' },
        actor: 'system',
      },
    ]);
  });

  test('patient data is not readable in the table', async () => {
    const rows = await db.tx('aurora', (tx) =>
      tx.query<{ phi: Buffer; text: string }>(
        `select phi, events::text as text from events where stream = 'intake/1'`,
      ),
    );
    expect(rows[0]?.phi.toString('utf8')).not.toContain('Zoë');
    expect(rows[0]?.text).not.toContain('Zoë');
  });

  test('several streams are appended together or not at all', async () => {
    const store = storeWith();
    const both = () =>
      db.tx('aurora', (tx) =>
        store.append(
          tx,
          [append('a/1', 0, fact('One')), append('a/2', 0, fact('Two')), append('a/1', 1, fact('Three'))],
          context,
        ),
      );
    await both();
    await expect(both()).rejects.toThrow(WrongVersion);
    const events = await db.tx('aurora', (tx) => store.load(tx, ['a/1', 'a/2']));
    expect([...events.values()].map((list) => list.map((event) => event.type))).toEqual([
      ['One', 'Three'],
      ['Two'],
    ]);
  });

  test('of twenty writers at the same version one wins', async () => {
    const store = storeWith();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        db.tx('aurora', (tx) => store.append(tx, [append('race/1', 0, fact('Won'))], context)),
      ),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.every((result) => result.reason instanceof WrongVersion)).toBe(true);
  });

  test('a fact and the work it owes commit together or not at all', async () => {
    const failing = storeWith({ fail: true });
    await expect(
      db.tx('aurora', (tx) => failing.append(tx, [append('owing/1', 0, fact('Owing'))], context)),
    ).rejects.toThrow('the queue is down');
    const store = storeWith();
    await db.tx('aurora', (tx) => store.append(tx, [append('owing/1', 0, fact('Owing'))], context));
    const owed = await db.tx('aurora', (tx) => tx.query('select job from owed'));
    expect(owed).toEqual([{ job: { queue: 'q', data: { id: 'owing/1' } } }]);
  });

  test('a view that is rebuilt holds what the live one held', async () => {
    const store = storeWith({ views: [counts] });
    await db.tx('riverside', (tx) =>
      store.append(tx, [append('v/1', 0, fact('A'), fact('B')), append('v/2', 0, fact('C'))], context),
    );
    const read = () =>
      db.tx('riverside', (tx) =>
        tx.query('select stream, n from counts where practice_id = $1 order by 1', ['riverside']),
      );
    const live = await read();
    await db.tx('riverside', (tx) => store.rebuild(tx, counts));
    expect(await read()).toEqual(live);
    expect(live).toEqual([
      { stream: 'v/1', n: 2 },
      { stream: 'v/2', n: 1 },
    ]);
  });

  test('another practice sees none of it, and cannot add to it', async () => {
    const store = storeWith();
    const seen = await db.tx('riverside', (tx) => store.load(tx, ['intake/1']));
    expect(seen.get('intake/1')).toEqual([]);
    const counted = await db.tx('riverside', (tx) =>
      tx.query(`select count(*)::int as n from events where practice_id = 'aurora'`),
    );
    expect(counted).toEqual([{ n: 0 }]);
    await expect(
      db.tx('riverside', (tx) =>
        tx.query(`insert into mailboxes (practice_id, mailbox_id) values ('aurora', 'x')`),
      ),
    ).rejects.toThrow(/row-level security/);
  });

  test('without a practice there is nothing to see, and facts cannot be changed by anybody', async () => {
    expect(await db.batch((tx) => tx.query('select * from events'))).toEqual([]);
    await expect(db.tx('aurora', (tx) => tx.query(`update events set data = '{}'`))).rejects.toThrow(
      /permission denied/,
    );
    await expect(db.tx('aurora', (tx) => tx.query('delete from events'))).rejects.toThrow(
      /permission denied/,
    );
  });

  test('a sealed value does not open in another place', async () => {
    const opened = db.tx('aurora', async (tx) => {
      const value = await sealer.seal(tx, 'patient-1', 'events|phi|a|1', Buffer.from('secret'));
      return await sealer.open(tx, 'patient-1', 'events|phi|a|2', value);
    });
    await expect(opened).rejects.toThrow();
  });

  test('when the key of a subject is gone, the fact stays and what it said is gone', async () => {
    const store = storeWith();
    await db.tx('aurora', (tx) =>
      store.append(
        tx,
        [
          {
            ...append('intake/erased', 0, fact('AnswerGiven', { linkId: 'name' }, { answer: 'x' })),
            subject: 'p9',
          },
        ],
        context,
      ),
    );
    await db.tx('aurora', (tx) => tx.query(`delete from patient_keys where subject = 'p9'`));
    // Another process, whose memory never held the key.
    const otherSealer = createSealer({ db, provider });
    await otherSealer.preparePractice('aurora');
    const other = createEventStore({
      sealer: otherSealer,
      views: [],
      reactions: [],
      enqueue: async () => {},
    });
    const events = await db.tx('aurora', (tx) => other.load(tx, ['intake/erased']));
    expect(events.get('intake/erased')).toMatchObject([{ type: 'AnswerGiven', data: { linkId: 'name' } }]);
    expect(events.get('intake/erased')?.[0]).not.toHaveProperty('phi');
  });
});

describe('reading in commit order', () => {
  const positionsSeen: AsyncReader = {
    name: 'positions',
    async apply(tx, events) {
      for (const event of events) {
        await tx.query('insert into seen (practice_id, position) values ($1, $2)', [
          tx.practiceId,
          event.position,
        ]);
      }
    },
  };

  test('a fact whose transaction commits late is not passed over', async () => {
    const store = storeWith();
    const slowMayCommit = Promise.withResolvers<void>();
    const slowHasWritten = Promise.withResolvers<void>();
    const slow = db.tx('aurora', async (tx) => {
      await store.append(tx, [append('order/slow', 0, fact('Slow'))], context);
      slowHasWritten.resolve();
      await slowMayCommit.promise;
    });
    await slowHasWritten.promise;
    await db.tx('aurora', (tx) => store.append(tx, [append('order/fast', 0, fact('Fast'))], context));
    const types = async () =>
      (await db.tx('aurora', (tx) => committedAfter(tx, beginning, 1000)))
        .map((event) => event.type)
        .filter((type) => type === 'Slow' || type === 'Fast');
    // The fast one has committed, with the later position; reading it now would lose the slow one.
    expect(await types()).toEqual([]);
    slowMayCommit.resolve();
    await slow;
    await database.readable();
    expect(await types()).toEqual(['Slow', 'Fast']);
  });

  test('the order is that of numbers, across every change in their length', async () => {
    const store = storeWith();
    const many = Array.from({ length: 120 }, (_, n) => fact(`N${n}`));
    await db.tx('riverside', (tx) => store.append(tx, [append('numbers/1', 0, ...many)], context));
    await database.readable();
    const read: string[] = [];
    let cursor: Cursor = beginning;
    for (;;) {
      const page = await db.tx('riverside', (tx) => committedAfter(tx, cursor, 7));
      const last = page.at(-1);
      if (last === undefined) break;
      read.push(...page.filter((event) => event.stream === 'numbers/1').map((event) => event.type));
      cursor = { xact: last.xact, position: last.position };
    }
    expect(read).toEqual(many.map(({ type }) => type));
  });

  test('racing readers take every fact once, and a rewound one takes them again', async () => {
    await database.readable();
    const total = await db.tx('aurora', async (tx) => (await committedAfter(tx, beginning, 1000)).length);
    const drain = async () => {
      while ((await db.tx('aurora', (tx) => readNext(tx, positionsSeen, 3))) > 0);
    };
    await Promise.all([drain(), drain(), drain()]);
    const distinct = `select count(*)::int as n, count(distinct position)::int as d from seen where practice_id = 'aurora'`;
    expect(await db.tx('aurora', (tx) => tx.query(distinct))).toEqual([{ n: total, d: total }]);
    await db.tx('aurora', async (tx) => {
      await tx.query('delete from seen where practice_id = $1', [tx.practiceId]);
      await rewind(tx, positionsSeen);
    });
    await drain();
    expect(await db.tx('aurora', (tx) => tx.query(distinct))).toEqual([{ n: total, d: total }]);
  });
});
