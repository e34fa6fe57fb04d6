import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { fileKeyProvider, type KeyProvider } from './key-provider.ts';
import { destroyPatientKeys } from './key-rows.ts';
import { addDataKey, keyVersions, rewrapPractice, rewrapSubjects, subjectKeys } from './rotation.ts';
import { createSealer, practiceSubject, type Sealer, shareOfSealed } from './sealing.ts';
import { dayPoint, subjectPoint } from './shares.ts';

/** Keys are rotated and erased under running processes: here each is a provider and a sealer of its own, on one file and database. */

let database: TestDatabase;
let db: Db;
let all: Db;
let folder: string;
let path: string;
let number = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 10 });
  all = openDb({ url: database.url, role: 'vestibule_ingest', maxConnections: 2 });
  folder = await makeFolder();
});

afterAll(async () => {
  await db.close();
  await all.close();
  await database.drop();
  await removeFolder(folder);
});

let practice: string;

beforeEach(() => {
  number += 1;
  practice = `clinic-${number}`;
  path = join(folder, `keys-${number}.json`);
});

type Process = { readonly provider: KeyProvider; readonly sealer: Sealer };

async function startProcess(): Promise<Process> {
  const provider = fileKeyProvider(path);
  const sealer = createSealer({ db, provider });
  await sealer.preparePractice(practice);
  return { provider, sealer };
}

const inPractice = <T>(work: (tx: Tx) => Promise<T>) => db.tx(practice, work);

type Kept = { readonly subject: string; readonly context: string; readonly value: Buffer };

async function keep({ sealer }: Process, subject: string): Promise<Kept> {
  const context = `t|${Math.random()}`;
  const plain = Buffer.from(`${subject}|${context}`);
  const value =
    subject === practiceSubject
      ? sealer.sealForPractice(practice, context, plain)
      : await inPractice((tx) => sealer.seal(tx, subject, context, plain));
  return { subject, context, value };
}

async function opens({ sealer }: Process, { subject, context, value }: Kept): Promise<boolean> {
  const plain = await inPractice((tx) => sealer.open(tx, subject, context, value));
  return plain.toString() === `${subject}|${context}`;
}

const readFileKeys = async () => JSON.parse(await readFile(path, 'utf8'));

test('at every step of a rotation everything opens, for who knows of it and who does not', async () => {
  const [a, b] = [await startProcess(), await startProcess()];
  const kept: Kept[] = [];
  const work = async () => {
    kept.push(
      await keep(a, 'p1'),
      await keep(b, 'p2'),
      await keep(b, `new-${kept.length}`),
      await keep(a, practiceSubject),
    );
    // One that starts now, as after a crash at this very step.
    for (const process of [a, b, await startProcess()])
      for (const each of kept) expect(await opens(process, each)).toBe(true);
  };
  await work();
  expect(await a.provider.addKey()).toBe('k2');
  await work();
  expect(await rewrapPractice(db, a.provider, practice)).toBe(1);
  await work();
  expect(await addDataKey(db, a.provider, practice)).toBe(2);
  await work();
  expect(await rewrapSubjects(db, a.provider, practice)).toBeGreaterThan(2);
  await work();
  // Taken once more, a finished step does nothing.
  expect(await rewrapPractice(db, a.provider, practice)).toBe(0);
  await a.provider.removeKey('k1');
  await work();
  expect(Object.keys((await readFileKeys()).keys)).toEqual(['k2']);
  const own = (await keyVersions(all)).filter(({ practiceId }) => practiceId === practice);
  expect(own.map(({ version, providerKey }) => [version, providerKey])).toEqual([
    [1, 'k2'],
    [2, 'k2'],
  ]);
  await b.sealer.refresh();
  expect((await keep(b, practiceSubject)).value.readUInt16BE(1)).toBe(2);
});

test('what is found by the blind index is found after a rotation', async () => {
  const before = await startProcess();
  const hash = before.sealer.blind(practice, 'address', 'phone:1');
  await addDataKey(db, before.provider, practice);
  await before.provider.addKey();
  await rewrapPractice(db, before.provider, practice);
  expect((await startProcess()).sealer.blind(practice, 'address', 'phone:1')).toEqual(hash);
});

test('processes seal and open without a failure while keys rotate, again and again', async () => {
  const processes = [await startProcess(), await startProcess()];
  const operator = await startProcess();
  let isOver = false;
  let done = 0;
  const load = processes.map(async (process, n) => {
    while (!isOver) {
      const kept = await keep(process, done % 3 === 0 ? practiceSubject : `s${n}-${done % 40}`);
      expect(await opens(processes[1 - n] ?? process, kept)).toBe(true);
      done += 1;
    }
  });
  for (let turn = 0; turn < 4; turn += 1) {
    const before = operator.provider.currentKey;
    await operator.provider.addKey();
    await addDataKey(db, operator.provider, practice);
    await rewrapPractice(db, operator.provider, practice);
    await rewrapSubjects(db, operator.provider, practice);
    await processes[turn % 2]?.sealer.refresh();
    await operator.provider.removeKey(before);
  }
  isOver = true;
  await Promise.all(load);
  expect(done).toBeGreaterThan(10);
  const versions = await subjectKeys(db, practice);
  expect(versions.every(({ keys, shared }) => keys === shared)).toBe(true);
});

test('two changes of the file at once are both made, and it stays closed to others', async () => {
  const processes = await Promise.all([startProcess(), startProcess(), startProcess()]);
  const names = await Promise.all(processes.map(({ provider }) => provider.addKey()));
  expect(names.toSorted()).toEqual(['k2', 'k3', 'k4']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('what was erased opens nowhere: not from an earlier copy of the rows, nor for a key made anew', async () => {
  const one = await startProcess();
  const kept = await keep(one, 'p1');
  const other = await keep(one, 'p2');
  const [raw, otherRaw] = [await keep(one, practiceSubject), await keep(one, practiceSubject)];
  const copy = await inPractice((tx) => tx.query(`select * from patient_keys where subject = 'p1'`));
  expect(copy).toHaveLength(1);
  const gone = shareOfSealed(raw.value);
  const tree = one.provider.shareTree ?? '';
  await inPractice((tx) => destroyPatientKeys(tx, practice, ['p1']));
  const shares = {
    subjects: [{ tree, point: subjectPoint(practice, 'p1') }],
    deliveries: gone ? [gone] : [],
  };
  await one.provider.takeOut(shares, dayPoint(0));
  await one.provider.takeOut(shares, dayPoint(0));

  const fresh = await startProcess();
  await expect(opens(fresh, kept)).rejects.toThrow('destroyed');
  await expect(keep(fresh, 'p1')).rejects.toThrow('destroyed');
  await expect(opens(fresh, raw)).rejects.toThrow('destroyed');
  expect(await opens(fresh, other)).toBe(true);
  expect(await opens(fresh, otherRaw)).toBe(true);

  // The row as a backup has it, put back.
  await inPractice((tx) =>
    tx.query(
      `update patient_keys set wrapped = $2, destroyed_at = null where practice_id = $1 and subject = 'p1'`,
      [practice, (copy[0] as { wrapped: Buffer }).wrapped],
    ),
  );
  const restored = await startProcess();
  await expect(opens(restored, kept)).rejects.toThrow('destroyed');
  expect(await opens(restored, other)).toBe(true);
  // With the key file of that time it would: its copies have to be replaced, and the documentation says so.
});

test('the keys of many subjects take one statement to read and one to make; a destroyed one spoils no other', async () => {
  const one = await startProcess();
  const stored = [await keep(one, 's3'), await keep(one, 's5')];
  await keep(one, 's4');
  await inPractice((tx) => destroyPatientKeys(tx, practice, ['s4']));
  const { sealer } = await startProcess();
  const wanted = Array.from({ length: 10 }, (_, i) => `s${i}`);
  await inPractice(async (tx) => {
    let statements = 0;
    const counting: Tx = {
      ...tx,
      query: (sql, values) => {
        statements += 1;
        return tx.query(sql, values);
      },
    };
    await sealer.prepareSealing(counting, [...wanted, ...wanted, practiceSubject]);
    expect(statements).toBe(2);
    for (const subject of wanted.filter((each) => each !== 's4')) {
      const value = await sealer.seal(counting, subject, 'c', Buffer.from('x'));
      expect((await sealer.open(counting, subject, 'c', value)).toString()).toBe('x');
    }
    for (const { subject, context, value } of stored) await sealer.open(counting, subject, context, value);
    expect(statements).toBe(2);
    await expect(sealer.seal(counting, 's4', 'c', Buffer.from('x'))).rejects.toThrow('destroyed');
  });
});

test('two processes that make the same keys at once end with the same ones', async () => {
  const [one, two] = [await startProcess(), await startProcess()];
  const plain = Buffer.from('x');
  let second: Promise<Buffer> | undefined;
  let isOver = false;
  const first = await inPractice(async (tx) => {
    await one.sealer.prepareSealing(tx, ['s1', 's2', 's3']);
    second = inPractice(async (other) => {
      await two.sealer.prepareSealing(other, ['s3', 's2', 's1', 's0']);
      return await two.sealer.seal(other, 's2', 'c', plain);
    }).finally(() => {
      isOver = true;
    });
    // The other one waits for us: it learns only then whose keys these are.
    while (!isOver && (await waitingFor()) === 0);
    return await one.sealer.seal(tx, 's2', 'c', plain);
  });
  const others = (await second) ?? plain;
  await inPractice(async (tx) => {
    expect((await two.sealer.open(tx, 's2', 'c', first)).toString()).toBe('x');
    expect((await one.sealer.open(tx, 's2', 'c', others)).toString()).toBe('x');
  });
});

/** How many connections to the test's database wait for another transaction. */
async function waitingFor(): Promise<number> {
  const [row] = await inPractice((tx) =>
    tx.query<{ n: number }>(
      `select count(*)::int as n from pg_locks waiting where not granted and pid in (
         select pid from pg_locks join pg_database d on d.oid = pg_locks.database where d.datname = current_database()
       )`,
    ),
  );
  return row?.n ?? 0;
}

test('raw deliveries of days that are over lose their shares at once', async () => {
  const one = await startProcess();
  const raw = await keep(one, practiceSubject);
  const tomorrow = dayPoint(Date.now() + 2 * 86_400_000);
  await one.provider.takeOut({ subjects: [], deliveries: [] }, tomorrow);
  await expect(opens(await startProcess(), raw)).rejects.toThrow('destroyed');
  const { shares } = await readFileKeys();
  expect(Object.keys(shares.trees[shares.current].deliveries).length).toBeLessThanOrEqual(48);
});

test('a file written by hand gets its shares; what was sealed before still opens', async () => {
  const key = Buffer.alloc(32, 5).toString('base64');
  await writeFile(path, JSON.stringify({ current: 'own', keys: { own: key } }), { mode: 0o600 });
  const bare: KeyProvider = {
    ...fileKeyProvider(path),
    shareTree: undefined,
    prepare: async () => undefined,
  };
  const sealer = createSealer({ db, provider: bare });
  await sealer.preparePractice(practice);
  const before = { provider: bare, sealer };
  const kept = [await keep(before, 'p1'), await keep(before, practiceSubject)];
  const now = await startProcess();
  expect(now.provider.shareTree).toMatch(/^[0-9a-f]{8}$/);
  kept.push(await keep(now, 'p2'));
  for (const each of kept) expect(await opens(now, each)).toBe(true);
  expect((await subjectKeys(db, practice))[0]).toMatchObject({ keys: 2, shared: 1 });
});

test('a half-written copy of the file changes nothing for who runs', async () => {
  const one = await startProcess();
  const kept = await keep(one, 'p1');
  await copyFile(path, `${path}.good`);
  await writeFile(path, '{"current": "k');
  expect(await opens(one, kept)).toBe(true);
  await one.sealer.refresh();
  expect(() => fileKeyProvider(path)).toThrow('not of the form');
});
