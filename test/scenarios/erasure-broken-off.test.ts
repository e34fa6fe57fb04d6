import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErasureDeps, ErasureUnfinished, erase, planErasure } from '#conversation/index.ts';
import { createLog } from '#platform/log.ts';
import { setUpQueues } from '#platform/queue.ts';
import { openKeyProvider } from '#security/index.ts';
import { erasureLook } from '../../src/app/erasures.ts';
import { queueDefinitions } from '../../src/app/queues.ts';
import { startApp } from '../../src/app.ts';
import { loadPractices } from '../../src/cli/load-practices.ts';
import { examplePractices, migrationsDir } from '../../src/cli/paths.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';
import { patienceMs } from '../patience.ts';
import { openTurnsWorld, type TurnsWorld } from '../turns-world.ts';
import { openAll, type SealedValue, sealedValues } from './sealed-values.ts';

/**
 * An erasure is killed between each two of its steps, of a user who wrote in two conversations. Whoever comes by afterwards finishes
 * it, and until then nobody says that it is done.
 */

let turns: TurnsWorld;
let backup: TestDatabase;
let deps: ErasureDeps;

beforeAll(async () => {
  turns = await openTurnsWorld(6);
  backup = await createTestDatabase();
  await setUpQueues(turns.databaseUrl, queueDefinitions);
  const { db, store, sealer } = turns.deps;
  deps = { db, store, sealer, provider: openKeyProvider(`file:${turns.keyFile}`), keptDays: 30 };
});

afterAll(async () => {
  await turns.close();
  await backup.drop();
});

type User = {
  readonly word: string;
  readonly conversations: readonly [string, string];
  readonly patientId: string;
  /** All that was sealed, as a dump of before the erasure has it. */
  readonly dump: readonly SealedValue[];
  /** What was sealed before them is not looked at again. */
  readonly earlier: ReadonlySet<string>;
};

const plain = <Row>(sql: string) => deps.db.tx(turns.practiceId, (tx) => tx.query<Row & object>(sql));

/** What a dump has of the keys. */
async function backUpKeys(): Promise<void> {
  const client = new pg.Client({ connectionString: backup.url });
  await client.connect();
  for (const table of ['keys', 'patient_keys']) {
    for (const { row } of await plain<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`))
      await client.query(
        `insert into ${table} select * from jsonb_populate_record(null::${table}, $1) on conflict do nothing`,
        [row],
      );
  }
  await client.end();
}

let users = 0;

async function says(phone: string, text: string): Promise<void> {
  await turns.parseAndAnswer(await turns.deliver(phone, [text]));
}

const notIn = (earlier: ReadonlySet<string>, values: readonly SealedValue[]) =>
  values.filter(({ context }) => !earlier.has(context));

async function makeUser(): Promise<User> {
  const earlier = new Set((await sealedValues(plain)).map(({ context }) => context));
  users += 1;
  const word = `zyqx${users}x`;
  const phones = [`55119666${10_000 + users}`, `55119777${10_000 + users}`] as const;
  for (const text of ['oi', 'Português', 'Sim', 'eu', `Zora ${word}`]) await says(phones[0], text);
  await says(phones[1], word);
  const conversations = [
    await turns.conversationOf(phones[0]),
    await turns.conversationOf(phones[1]),
  ] as const;
  await shareAddress(conversations);
  const [started] = await turns.query<{ id: string }>(
    `select e.data->>'patientId' as id from events e join views_intakes i on e.stream = 'intake/' || i.intake_id
     where e.practice_id = $1 and i.conversation_id = $2 and e.type = 'IntakeStarted'`,
    [conversations[0]],
  );
  await backUpKeys();
  return {
    word,
    conversations,
    patientId: started?.id ?? '',
    dump: notIn(earlier, await sealedValues(plain)),
    earlier,
  };
}

/** The same user writes to another account of the practice. */
async function shareAddress([first, second]: User['conversations']): Promise<void> {
  const context = `conversation_addresses|address|${second}|user-id`;
  await deps.db.tx(turns.practiceId, async (tx) => {
    const address = await deps.sealer.seal(tx, second, context, Buffer.from(`user-of-${second}`));
    await tx.query(
      `insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address, subject)
       select practice_id, 'other-wa', address_hash, $3, 'user-id', $4, $3
       from conversation_addresses where practice_id = $1 and conversation_id = $2`,
      [tx.practiceId, first, second, address],
    );
  });
}

/** Whether a word of theirs opens with the earlier rows of keys and the key file of now. */
async function opensFromBackup({ word, dump }: User): Promise<boolean> {
  const { opened } = await openAll(backup.url, turns.keyFile, dump);
  return opened.some((bytes) => bytes.includes(word));
}

async function opensNow({ word, earlier }: User): Promise<boolean> {
  const { opened } = await openAll(
    turns.databaseUrl,
    turns.keyFile,
    notIn(earlier, await sealedValues(plain)),
  );
  return opened.some((bytes) => bytes.includes(word));
}

/** Of their conversations, those whose facts or audit trail say that the erasure is done. */
async function saidToBeDone({ conversations }: User): Promise<readonly string[]> {
  const rows = await turns.query<{ id: string }>(
    `select data->>'conversationId' as id from events
     where practice_id = $1 and type = 'ErasureFinished' and data->>'conversationId' = any($2)
     union select substr(target, 14) from audit
     where practice_id = $1 and action = 'ErasePatient' and substr(target, 14) = any($2) order by 1`,
    [conversations],
  );
  return rows.map(({ id }) => id);
}

/** The process dies at one of its steps: before or after a transaction, or a change of the key file. */
function dying(at: number): ErasureDeps {
  let step = 0;
  const point = () => {
    step += 1;
    if (step === at) throw new Error('killed');
  };
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    point();
    const result = await work();
    point();
    return result;
  };
  const { db, provider } = deps;
  return {
    ...deps,
    db: { ...db, tx: (practiceId, work) => around(() => db.tx(practiceId, work)) },
    provider: { ...provider, takeOut: (...gone) => around(() => provider.takeOut(...gone)) },
  };
}

type Handle = Parameters<typeof planErasure>[2];

async function eraseBy(target: Handle, with_: ErasureDeps = deps): Promise<boolean> {
  const plan = await deps.db.tx(turns.practiceId, (tx) => planErasure(tx, deps.sealer, target));
  if (plan === undefined) throw new Error('nobody is known by this id');
  const by = { who: 'operator', reason: 'patient-request', at: new Date().toISOString() } as const;
  return await erase(with_, turns.practiceId, plan, by);
}

async function workerLooks(provider = deps.provider): Promise<string> {
  let logged = '';
  const log = createLog('debug', {
    write: (line) => {
      logged += line;
    },
  });
  const { db, store } = deps;
  const { clock } = turns.deps;
  const practiceIds = [turns.practiceId];
  await erasureLook({ db, store, clock, log, keyProvider: provider, practiceIds })();
  return logged;
}

const ways = {
  'the one conversation': ({ conversations: [id] }) => eraseBy({ conversationId: id }),
  'the other conversation': ({ conversations: [, id] }) => eraseBy({ conversationId: id }),
  'the patient': ({ patientId }) => eraseBy({ patientId }),
  'the worker': () => workerLooks(),
} satisfies Record<string, (user: User) => Promise<unknown>>;

/** Two each: emptying the database, reading what is owed, the key file, recording the end, reading it. */
const steps = 10;

test('a user in two conversations is erased whole, and earlier backups with them', async () => {
  const other = await makeUser();
  const user = await makeUser();
  expect(user.patientId).not.toBe('');
  expect([await opensFromBackup(user), await opensNow(user)]).toEqual([true, true]);
  expect(await eraseBy({ conversationId: user.conversations[1] }, dying(steps + 1))).toBe(true);
  expect([await opensFromBackup(user), await opensNow(user)]).toEqual([false, false]);
  expect(await saidToBeDone(user)).toEqual(user.conversations.toSorted());
  expect([await opensFromBackup(other), await opensNow(other)]).toEqual([true, true]);
});

test('killed before the database is emptied, nothing is erased, and it is done by doing it again', async () => {
  const user = await makeUser();
  await expect(eraseBy({ patientId: user.patientId }, dying(1))).rejects.toThrow('killed');
  expect(await workerLooks()).toBe('');
  expect([await opensFromBackup(user), await opensNow(user)]).toEqual([true, true]);
  expect(await saidToBeDone(user)).toEqual([]);
  expect(await eraseBy({ patientId: user.patientId })).toBe(true);
  expect([await opensFromBackup(user), await opensNow(user)]).toEqual([false, false]);
});

test.each([
  // The database is emptied.
  [2, 'the worker'],
  [3, 'the one conversation'],
  [4, 'the other conversation'],
  [5, 'the patient'],
  // The key file is changed, too.
  [6, 'the worker'],
  [6, 'the one conversation'],
  [7, 'the other conversation'],
  [7, 'the patient'],
  // And that is recorded.
  [8, 'the worker'],
  [steps, 'the patient'],
] as const)('killed at step %i after that, it is finished by %s', async (at, way) => {
  const user = await makeUser();
  await expect(eraseBy({ conversationId: user.conversations[0] }, dying(at))).rejects.toThrow();
  expect(await opensNow(user)).toBe(false);
  expect(await opensFromBackup(user)).toBe(at < 6);
  expect(await saidToBeDone(user)).toEqual(at < 8 ? [] : user.conversations.toSorted());
  await ways[way](user);
  expect([await opensFromBackup(user), await opensNow(user)]).toEqual([false, false]);
  expect(await saidToBeDone(user)).toEqual(user.conversations.toSorted());
  // Nothing is owed any more.
  expect(await workerLooks()).toBe('');
});

test('a program that starts finishes it by itself', async () => {
  const user = await makeUser();
  await expect(eraseBy({ patientId: user.patientId }, dying(5))).rejects.toThrow(ErasureUnfinished);
  const env = new Proxy<Record<string, string>>({}, { get: () => 'https://known.example' });
  const loaded = await loadPractices(examplePractices, { env, readFile: () => 'known' });
  if ('findings' in loaded) throw new Error('the example practices are not right');
  const app = await startApp({
    ownerUrl: turns.databaseUrl,
    migrationsDir,
    // Without accounts: nothing is sent.
    practices: loaded.practices.map((practice) => ({ ...practice, accounts: [] })),
    roles: ['worker'],
    keyProvider: openKeyProvider(`file:${turns.keyFile}`),
    clock: turns.deps.clock,
    log: createLog('silent'),
    http: { host: '127.0.0.1', port: 0, publicUrl: 'http://localhost' },
    apiToken: undefined,
    metricsPort: 0,
    staffAppDir: '',
    version: '0.0.0',
  });
  try {
    await expect
      .poll(() => saidToBeDone(user), { timeout: patienceMs, interval: 50 })
      .toEqual(user.conversations.toSorted());
  } finally {
    await app.stop();
  }
  expect(await opensFromBackup(user)).toBe(false);
});

test('what was sealed without a share is not said to be gone from earlier backups', async () => {
  const user = await makeUser();
  // As a release before the shares left it.
  await plain(`update patient_keys set share = null where subject = '${user.patientId}'`);
  expect(await eraseBy({ patientId: user.patientId }, dying(5)).catch(() => 'killed')).toBe('killed');
  await workerLooks();
  expect(await eraseBy({ patientId: user.patientId })).toBe(false);
});

test('a key file that cannot be changed leaves it owed, and everybody says so', async () => {
  const user = await makeUser();
  const denied = Object.assign(new Error('denied'), { code: 'EACCES' });
  const provider = { ...deps.provider, takeOut: () => Promise.reject(denied) };
  const failed = await eraseBy({ patientId: user.patientId }, { ...deps, provider }).catch((e: unknown) => e);
  expect(failed).toBeInstanceOf(ErasureUnfinished);
  expect(failed).toMatchObject({ cause: denied });
  expect(await workerLooks(provider)).toContain('EACCES');
  expect(await saidToBeDone(user)).toEqual([]);
  // One that says that it changed the file, and did not.
  const lying = { ...deps.provider, takeOut: async () => undefined };
  expect(await workerLooks(lying)).toContain('not finished');
  expect(await saidToBeDone(user)).toEqual([]);
  // Whoever is erased next finishes it.
  await eraseBy({ patientId: (await makeUser()).patientId });
  expect(await saidToBeDone(user)).toEqual(user.conversations.toSorted());
  expect(await opensFromBackup(user)).toBe(false);
});
