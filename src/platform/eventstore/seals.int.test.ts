import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSealer, type KeyProvider, openKeyProvider, type Sealer } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/db.ts';
import { everyEvent } from '../../../test/every-event.ts';
import { makeFolder, removeFolder } from '../../../test/folder.ts';
import { type Db, openDb, type Tx } from '../db/db.ts';
import { createEventStore, type EventPlace, type EventStore } from './store.ts';
import { type EventsVerified, type EventWitness, verifyEvents } from './verify.ts';

/** What the seals notice: events of every type, changed by somebody with all rights over the database. */

let database: TestDatabase;
let db: Db;
let owner: pg.Client;
let provider: KeyProvider;
let sealer: Sealer;
let folder: string;
let stored: readonly EventPlace[];
const broken: string[] = [];

const storeWith = (own: Sealer): EventStore =>
  createEventStore({
    sealer: own,
    views: [],
    reactions: [],
    enqueue: async () => undefined,
    onBroken: (practiceId, { stream, version }) => broken.push(`${practiceId} ${stream}@${version}`),
  });

const context = { actor: 'patient', correlationId: 'c-1', causationId: 'c-0' };

async function add(
  practiceId: string,
  store: EventStore,
  stream: string,
  expectedVersion: number,
  facts: typeof everyEvent,
) {
  const append = { stream, expectedVersion, subject: stream.endsWith('7') ? 'p7' : 'practice', facts };
  const at = '2026-11-22T10:00:00.123Z';
  await db.tx(practiceId, (tx) => store.append(tx, [append], { ...context, at }));
}

/** Every type of event, in streams of seven. */
async function addAll(practiceId: string): Promise<readonly EventPlace[]> {
  const store = storeWith(sealer);
  const places: EventPlace[] = [];
  for (let first = 0; first < everyEvent.length; first += 7) {
    const facts = everyEvent.slice(first, first + 7);
    const stream = `thing/${first}`;
    // In two appends, of which the second finds the first one's seal in the table.
    await add(practiceId, store, stream, 0, facts.slice(0, 3));
    if (facts.length > 3) await add(practiceId, store, stream, 3, facts.slice(3));
    places.push(...facts.map((_, i) => ({ stream, version: i + 1 })));
  }
  return places;
}

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  provider = openKeyProvider(`file:${folder}/keys.json`);
  sealer = createSealer({ db, provider });
  for (const id of ['aurora', 'riverside', 'older', 'turning']) await sealer.preparePractice(id);
  stored = await addAll('aurora');
  await add('riverside', storeWith(sealer), 'thing/0', 0, everyEvent.slice(0, 2));
});

afterAll(async () => {
  await owner.end();
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

const verify = (practiceId: string, against?: EventWitness, by: Sealer = sealer) =>
  db.tx(practiceId, (tx) => verifyEvents(tx, by, against));

/** As the program sees the database in the owner's transaction. */
async function seenNow<T>(practiceId: string, look: (tx: Tx) => Promise<T>): Promise<T> {
  await owner.query(`set local role vestibule_app`);
  await owner.query(`select set_config('vestibule.practice_id', $1, true)`, [practiceId]);
  const query = async <R extends object>(text: string, values: readonly unknown[] = []) =>
    (await owner.query<R & pg.QueryResultRow>(text, [...values])).rows;
  const result = await look({ practiceId, query, afterCommit: () => undefined, send: () => undefined });
  await owner.query('reset role');
  return result;
}

/** Does something to the table, looks, and takes it back. */
async function changed<T>(change: () => Promise<unknown>, look: () => Promise<T>): Promise<T> {
  await owner.query('begin');
  try {
    await change();
    return await look();
  } finally {
    await owner.query('rollback');
  }
}

type Row = { stream: string; version: number; type: string; data: unknown; phi: Buffer | null; seal: Buffer };

async function rowAt({ stream, version }: EventPlace): Promise<Row> {
  const sql = `select * from events where practice_id = 'aurora' and stream = $1 and version = $2`;
  const { rows } = await owner.query<Row>(sql, [stream, version]);
  const [row] = rows;
  if (row === undefined) throw new Error(`there is no ${stream} ${version}`);
  return row;
}

const set = (place: EventPlace, assignment: string, ...values: readonly unknown[]) =>
  owner.query(
    `update events set ${assignment} where practice_id = 'aurora' and stream = $1 and version = $2`,
    [place.stream, place.version, ...values],
  );

/** The bytes with one bit turned. */
function turned(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at % copy.length;
  copy[index] = (copy[index] ?? 0) ^ (1 << (at % 8));
  return copy;
}

/** The value with one leaf changed, or one member or element more or less. */
function otherwise(value: unknown, pick: number): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || pick % 3 === 0) return [...value, 'more'];
    if (pick % 3 === 1) return value.slice(1);
    return value.map((each, i) => (i === pick % value.length ? otherwise(each, pick >> 2) : each));
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    const chosen = pick % (members.length + 1);
    if (chosen === members.length) return { ...value, more: null };
    if (pick % 5 === 0) return Object.fromEntries(members.filter((_, i) => i !== chosen));
    return Object.fromEntries(
      members.map(([key, each], i) => [key, i === chosen ? otherwise(each, pick >> 2) : each]),
    );
  }
  if (typeof value === 'string') return pick % 2 === 0 ? `${value} ` : null;
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : 'something';
}

type Change = (place: EventPlace, pick: number, other: EventPlace) => Promise<unknown>;

const text =
  (column: string): Change =>
  (place) =>
    set(place, `${column} = ${column} || 'x'`);

/** Places that no event stands at, on the way of a swap. */
const aside = 'aside';

async function swap(one: EventPlace, two: EventPlace): Promise<void> {
  await set(one, 'stream = $3', aside);
  await set(two, 'stream = $3, version = $4', one.stream, one.version);
  await set({ stream: aside, version: one.version }, 'stream = $3, version = $4', two.stream, two.version);
}

/** What is noticed by the chain of seals alone. */
const changes: Readonly<Record<string, Change>> = {
  type: text('type'),
  subject: text('subject'),
  actor: text('actor'),
  correlation: text('correlation_id'),
  causation: text('causation_id'),
  'at by a microsecond': (place) => set(place, `at = at + interval '1 microsecond'`),
  'at by a day': (place) => set(place, `at = at - interval '1 day'`),
  'at for ever': (place) => set(place, `at = 'infinity'`),
  data: async (place, pick) => {
    const { data } = await rowAt(place);
    await set(place, 'data = $3', JSON.stringify(otherwise(data, pick)));
  },
  'data to a number beyond doubles': async (place) => set(place, `data = '1e999'`),
  phi: async (place, pick) => {
    const { phi } = await rowAt(place);
    await set(place, 'phi = $3', phi === null ? Buffer.from('x') : turned(phi, pick));
  },
  'phi taken away, or empty': async (place) => {
    const { phi } = await rowAt(place);
    await set(place, 'phi = $3', phi === null ? Buffer.alloc(0) : null);
  },
  version: (place, pick) => set(place, 'version = version + $3', 100 + pick),
  'another stream': (place) => set(place, 'stream = $3', `${place.stream}-other`),
  'a stream of its own': (place) => set(place, 'stream = $3, version = 1', `${place.stream}-other`),
  'the end of another stream': (place, _, other) =>
    set(
      place,
      `stream = $3, version = 1 + (select max(version) from events where practice_id = 'aurora' and stream = $3)`,
      other.stream === place.stream ? 'thing/0-none' : other.stream,
    ),
  'seal by a bit': async (place, pick) => set(place, 'seal = $3', turned((await rowAt(place)).seal, pick)),
  'seal under a key that is not': async (place) =>
    set(place, 'seal = $3', Buffer.concat([Buffer.from([0, 9]), (await rowAt(place)).seal.subarray(2)])),
  'seal cut short': async (place) => set(place, 'seal = $3', (await rowAt(place)).seal.subarray(0, 10)),
  'seal of another': async (place, _, other) => set(place, 'seal = $3', (await rowAt(other)).seal),
  'seal taken away': async (place) => {
    await owner.query('alter table events drop constraint events_are_sealed');
    await set(place, 'seal = null');
  },
  'two events swapped': (place, _, other) => swap(place, other),
  repeated: async ({ stream, version }) => {
    const columns = 'type, data, phi, subject, actor, correlation_id, causation_id, at, seal';
    await owner.query(
      `insert into events (practice_id, stream, version, ${columns})
       select practice_id, stream, 1 + (select max(version) from events where practice_id = 'aurora' and stream = $1), ${columns}
       from events where practice_id = 'aurora' and stream = $1 and version = $2`,
      [stream, version],
    );
  },
};

const seed = Number(process.env.SEED ?? 20_261_122);
const place = fc.nat().map((n) => stored[n % stored.length] ?? { stream: '', version: 0 });

describe('an event that was changed is noticed', () => {
  test.each(Object.entries(changes))('%s', async (_, change) => {
    await fc.assert(
      fc.asyncProperty(place, fc.nat(10_000), place, async (one, pick, two) => {
        fc.pre(one.stream !== two.stream || one.version !== two.version);
        const [found, read] = await changed(
          () => change(one, pick, two),
          async () => {
            const streams = await owner.query<{ stream: string }>(`select distinct stream from events`);
            return [
              await seenNow('aurora', (tx) => verifyEvents(tx, sealer)),
              await seenNow('aurora', (tx) =>
                storeWith(sealer).load(
                  tx,
                  streams.rows.map(({ stream }) => stream),
                ),
              ).catch((error: unknown) => error),
            ] as const;
          },
        );
        expect(found.broken).toBeGreaterThan(0);
        const near = [one.stream, two.stream, `${one.stream}-other`, 'thing/0-none'];
        expect(near).toContain(found.places[0]?.stream);
        // A stream that lost its only or its last event reads as a shorter one; where the event went, it is noticed.
        expect(read).toMatchObject({ name: 'EventSealBroken', code: 'EVENT_SEAL_BROKEN' });
      }),
      { numRuns: 6, seed },
    );
  });

  test('its view is not rebuilt from it, and the place is told without what it holds', async () => {
    const view = { name: 'none', tables: ['views_intakes'], apply: async () => undefined };
    const [first] = stored;
    if (first === undefined) throw new Error('nothing is stored');
    broken.length = 0;
    const rebuilt = changed(
      () => set(first, `data = '{}'`),
      () => seenNow('aurora', (tx) => storeWith(sealer).rebuild(tx, view)),
    );
    await expect(rebuilt).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN', stream: 'thing/0', version: 1 });
    const read = changed(
      () => set(first, `data = '{}'`),
      () => seenNow('aurora', (tx) => storeWith(sealer).loadAt(tx, [{ stream: 'thing/0', version: 1 }])),
    );
    await expect(read).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
    expect(broken).toEqual(['aurora thing/0@1', 'aurora thing/0@1']);
  });
});

describe('an event that is gone, or moved to another practice', () => {
  const lookBoth = async (witness: EventWitness): Promise<readonly EventsVerified[]> => [
    await seenNow('aurora', (tx) => verifyEvents(tx, sealer, witness)),
    await seenNow('riverside', (tx) => verifyEvents(tx, sealer)),
  ];

  test.each([
    ['deleted', `delete from events where practice_id = 'aurora' and stream = $1 and version = $2`],
    [
      'moved',
      `update events set practice_id = 'riverside', stream = stream || '-moved' where practice_id = 'aurora' and stream = $1 and version = $2`,
    ],
    [
      'numbered anew',
      `update events set position = default where practice_id = 'aurora' and stream = $1 and version = $2`,
    ],
  ])('%s: a gap shows by itself, the end of a stream against a witness', async (how, sql) => {
    const { witness } = await verify('aurora');
    await fc.assert(
      fc.asyncProperty(place, async (one) => {
        const [ours, theirs] = await changed(
          () => owner.query(sql, [one.stream, one.version]),
          () => lookBoth(witness),
        );
        expect(ours?.agrees).toBe(false);
        const isLast = !stored.some(({ stream, version }) => stream === one.stream && version > one.version);
        if (!isLast) expect(ours?.broken).toBeGreaterThan(0);
        if (how === 'moved') expect(theirs?.broken).toBeGreaterThan(0);
      }),
      { numRuns: 12, seed },
    );
  });

  test('a whole stream that is gone shows against a witness only', async () => {
    const { witness } = await verify('aurora');
    const [ours] = await changed(
      () => owner.query(`delete from events where practice_id = 'aurora' and stream = 'thing/7'`),
      () => lookBoth(witness),
    );
    expect(ours).toMatchObject({ broken: 0, agrees: false });
  });
});

describe('what is no change', () => {
  test('everything verifies as it was written, and what was added later is no matter to a witness', async () => {
    const before = await verify('aurora');
    expect(before).toMatchObject({ events: stored.length, broken: 0, unsealed: 0, places: [] });
    await add('aurora', storeWith(sealer), 'later/1', 0, everyEvent.slice(0, 1));
    expect(await verify('aurora', before.witness)).toMatchObject({ broken: 0, agrees: true });
    expect(await verify('riverside', before.witness)).toMatchObject({ agrees: false });
  });

  test('the order of keys, and 1.0 for 1', async () => {
    await add('riverside', storeWith(sealer), 'numbers/1', 0, [
      { type: 'Counted', data: { b: 1, a: [1e21, -0, 0.1, 5e-324], é: { y: null, x: 'ẞ\n"' } } },
    ]);
    const data =
      '{"é": {"x": "ẞ\\n\\"", "y": null}, "a": [1000000000000000000000.00, 0, 0.10, 5e-324], "b": 1.0}';
    const found = await changed(
      () => owner.query(`update events set data = $1 where stream = 'numbers/1'`, [data]),
      () => seenNow('riverside', (tx) => verifyEvents(tx, sealer)),
    );
    expect(found.broken).toBe(0);
  });
});

test('seals outlive an erased patient and a new key, in processes that have not heard of it too', async () => {
  const old = storeWith(sealer);
  await add('turning', old, 'intake/7', 0, everyEvent.slice(0, 3));
  const [newest] = await db.tx('turning', (tx) =>
    tx.query<{ version: number }>(`select max(version) as version from keys where practice_id = 'turning'`),
  );
  const version = (newest?.version ?? 0) + 1;
  const wrap = (kind: string) =>
    provider.wrap(provider.currentKey, randomBytes(32), `${kind}|turning|${version}`);
  await owner.query(
    `insert into keys (practice_id, version, provider_key, wrapped, index_wrapped) values ('turning', $1, $2, $3, $4)`,
    [version, provider.currentKey, await wrap('practice-key'), await wrap('index-key')],
  );
  const { witness } = await verify('turning');
  const turned = createSealer({ db, provider });
  await turned.preparePractice('turning');
  await add('turning', storeWith(turned), 'intake/7', 3, everyEvent.slice(3, 5));
  const seals = await owner.query<{ seal: Buffer }>(
    `select seal from events where practice_id = 'turning' order by version`,
  );
  expect(seals.rows.map(({ seal }) => seal.readUInt16BE(0))).toEqual([1, 1, 1, version, version]);
  await owner.query(`delete from patient_keys where practice_id = 'turning' and subject = 'p7'`);
  expect(await verify('turning', witness)).toMatchObject({ events: 5, broken: 0, agrees: true });
  expect((await db.tx('turning', (tx) => old.load(tx, ['intake/7']))).get('intake/7')).toHaveLength(5);
});

test('events from before there were seals are counted, sealed ones follow them, and none is added without', async () => {
  const plain = (stream: string, version: number) =>
    owner.query(
      `insert into events (practice_id, stream, version, type, data, subject, actor, correlation_id, causation_id, at)
       values ('older', $1, $2, 'Something', '{}', 'practice', 'system', 'c', 'c', now())`,
      [stream, version],
    );
  await expect(plain('a/1', 1)).rejects.toThrow(/events_are_sealed/);
  await owner.query('alter table events drop constraint events_are_sealed');
  await plain('a/1', 1);
  await plain('a/1', 2);
  await plain('a/2', 1);
  await owner.query('alter table events add constraint events_are_sealed check (seal is not null) not valid');
  await add('older', storeWith(sealer), 'a/1', 2, everyEvent.slice(0, 2));
  expect(await verify('older')).toMatchObject({ events: 5, unsealed: 3, broken: 0 });
  expect((await db.tx('older', (tx) => storeWith(sealer).load(tx, ['a/1']))).get('a/1')).toHaveLength(4);

  await owner.query('alter table events drop constraint events_are_sealed');
  await plain('a/3', 1);
  expect(await verify('older')).toMatchObject({
    broken: 1,
    places: [{ stream: 'a/3', version: 1, problem: 'unsealed' }],
  });
  // Neither is it read: a stream whose seals were all taken off is no older one.
  const read = db.tx('older', (tx) => storeWith(sealer).load(tx, ['a/3']));
  await expect(read).rejects.toMatchObject({ code: 'EVENT_SEAL_BROKEN' });
});
