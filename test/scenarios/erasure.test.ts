import { mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConversationDetail, InboxPage } from '#handoff/contract.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';
import { run } from '../process/program.ts';
import { marked, markedStem } from './crowd.ts';
import { filesBelow, needlesFor } from './needles.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { openAll, otherColumns, type SealedValue, sealedColumns, sealedValues } from './sealed-values.ts';
import type { TestPatient } from './test-patient.ts';

/**
 * No word of a patient stands anywhere on the disk; and when the patient was erased, none can be had any more: not with all keys that
 * are left, nor from a backup of before.
 */

let world: TestSandbox;
let one: TestPatient;
let other: TestPatient;
let backup: TestDatabase;
let dump: readonly SealedValue[];
let conversationId: string;
let firstWal: string;

const { persona } = marked;
const find = needlesFor([markedStem, '1937338642', '1969-02-13', '13 de fevereiro']);
const otherWords = needlesFor(['Bento Exemplo']);
const keyFile = () => join(world.dataDir, 'keys.json');

const vestibule = (...args: readonly string[]) =>
  run([...args, '--json'], {
    env: {
      DATABASE_URL: world.databaseUrl,
      VESTIBULE_KEYS: `file:${keyFile()}`,
      VESTIBULE_DATA: world.dataDir,
    },
  });

const walFile = async () =>
  (await world.query<{ name: string }>('select pg_walfile_name(pg_current_wal_lsn()) as name'))[0]?.name ??
  '';

const email = 'zyqx@zyqx.example';
const answers = JSON.stringify({ email });
const reply = { name: 'flow', body: 'Sent', response_json: answers };

/** A form filled in inside the messenger, in each provider's own fields; as words where it has none. */
const filledIn = {
  meta: { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: reply } },
  twilio: { MessageType: 'interactive', InteractiveData: answers },
  vonage: { message_type: 'button', button: { subtype: 'flow', text: 'sent', payload: { email } } },
  messagebird: { type: 'text', text: email },
  bird: { type: 'text', text: { text: email } },
} as const;

beforeAll(async () => {
  world = await startTestSandbox();
  firstWal = await walFile();
  backup = await createTestDatabase();
  one = world.patient('marked');
  other = world.patient('p2');
  await one.walks('zyqxoi', 'Português');
  await one.taps('Sim');
  await one.walks('eu', persona.name, '13 de fevereiro de 1969', 'feminino', 'este', persona.address);
  await one.walks('outro plano', persona.payer, persona.memberNumber, persona.reason);
  await one.walks('zyqxasdf', 'mudar motivo', persona.reason);
  await one.taps('Sim, enviar');
  await one.until(({ messages }) => messages.some(({ text }) => text?.includes('✓')), 'the news');
  // What she hears next answers what she says next, and not the times that follow the news.
  await world.settled();
  await one.walks('pessoa');
  await world.settled();
  await everyKindOfMessage();
  await other.walks('oi', 'Português');
  await other.taps('Sim');
  await other.walks('eu', 'Bento Exemplo');
  await world.settled();
});

afterAll(async () => {
  await world.stop();
  await backup.drop();
});

async function everyKindOfMessage(): Promise<void> {
  const staff = await world.staff('manager');
  const inbox = await staff.sees<InboxPage>('/api/inbox?queue=waiting');
  conversationId = inbox.rows[0]?.conversationId ?? '';
  const path = (what: string) => `/api/conversations/${conversationId}/${what}`;
  await staff.does(path('take'), {});
  const { lease } = await staff.sees<ConversationDetail>(`/api/conversations/${conversationId}`);
  const token = lease?.token ?? 0;
  await staff.does(path('notes'), { key: 'note-key-0001', text: 'Zyqxnote: ligou ontem.' });
  const heard = one.heard().length;
  await staff.does(path('reply'), { token, key: 'reply-key-0001', text: 'Zyqxreply: bom dia' });
  await one.until(() => one.heard().length > heard, 'the reply');
  one.mutters({ kind: 'image', caption: 'zyqxcaption' });
  one.mutters({
    kind: 'location',
    latitude: -23.5,
    longitude: -46.6,
    name: 'Zyqxplatz',
    address: 'Zyqxrua 1',
  });
  one.mutters({ kind: 'contacts', contacts: [{ name: 'Zyqxtia', phone: '5511937338642' }] });
  one.mutters({ kind: 'raw', fields: filledIn[world.provider] });
  await world.eventually(
    async () =>
      (await staff.sees<ConversationDetail>(`/api/conversations/${conversationId}`)).row.unread >= 4,
    'everything that was sent',
  );
  // The picture is here, and nobody can open it.
  await world.eventually(async () => {
    const { thread } = await staff.sees<ConversationDetail>(`/api/conversations/${conversationId}`);
    return thread.some((line) => line.kind === 'message' && line.file === 'quarantined');
  }, 'the picture in quarantine');
}

/** Of all tables of all schemas, every row as text; bytes stand in it in hexadecimal. */
async function leakingTables(): Promise<readonly string[]> {
  const tables = await world.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`,
  );
  const leaking: string[] = [];
  for (const { name } of tables) {
    const rows = await world.query<{ row: string }>(`select t::text as row from ${name} t`);
    for (const word of find(Buffer.from(rows.map(({ row }) => row).join('\n'))))
      leaking.push(`${name}: ${word}`);
  }
  return leaking;
}

/** The files of this database, the write-ahead log since the first word, temporary files, and the server's own log. */
async function leakingFiles(
  folders: readonly string[],
): Promise<{ readonly leaking: readonly string[]; readonly bytes: number }> {
  const [place] = await world.query<{ dir: string; oid: string }>(
    `select current_setting('data_directory') as dir, oid::text from pg_database where datname = current_database()`,
  );
  const { dir, oid } = place ?? { dir: '', oid: '' };
  const leaking: string[] = [];
  let bytes = 0;
  for (const folder of folders) {
    for await (const file of filesBelow(join(dir, folder.replace('OID', oid)))) {
      const name = file.path.slice(file.path.lastIndexOf('/') + 1);
      if (folder === 'pg_wal' && /^[0-9A-F]{24}$/.test(name) && name < firstWal) continue;
      bytes += file.bytes.length;
      for (const word of find(file.bytes)) leaking.push(`${file.path}: ${word}`);
    }
  }
  const log = await readFile(join(dir, '..', 'postgres.log')).catch(() => Buffer.alloc(0));
  for (const word of find(log)) leaking.push(`postgres.log: ${word}`);
  return { leaking, bytes };
}

const words = (opened: readonly Buffer[]) => [...new Set(opened.flatMap(find))];

describe('before the erasure', () => {
  test('the search finds words however they are written', () => {
    const word = Buffer.from(`..${markedStem}..`);
    const written = [
      word,
      Buffer.from(word.toString('utf8'), 'utf16le'),
      Buffer.from(word.toString('hex')),
      ...[1, 2, 3].map((n) => Buffer.from(Buffer.concat([Buffer.alloc(n, 120), word]).toString('base64'))),
    ];
    for (const bytes of written) expect(find(bytes)).toEqual([markedStem]);
    expect(find(Buffer.from('nothing of theirs'))).toEqual([]);
  });

  test('every column of bytes is known', async () => {
    const columns = await world.query<{ name: string }>(
      `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and a.atttypid = 'bytea'::regtype
       order by 1`,
    );
    expect(columns.map(({ name }) => name)).toEqual([...sealedColumns, ...otherColumns].toSorted());
  });

  test('every word is there, sealed: with the keys it opens', async () => {
    dump = await sealedValues(world.query);
    const { opened, closed } = await openAll(world.databaseUrl, keyFile(), dump);
    expect(closed).toBe(0);
    expect(words(opened)).toEqual(expect.arrayContaining([markedStem, '1937338642']));
    expect(opened.flatMap(otherWords)).not.toEqual([]);
  });

  test('no word stands in a table, in the log or in the metrics', async () => {
    expect(await leakingTables()).toEqual([]);
    expect(find(Buffer.from(world.logged()))).toEqual([]);
    expect(find(Buffer.from(await world.metrics()))).toEqual([]);
    expect(find(Buffer.from(JSON.stringify(await world.timeline())))).toEqual([]);
  });

  test('no word stands in the data folder or in the write-ahead log', async () => {
    expect(await leakingFiles(['pg_wal'])).toMatchObject({ leaking: [] });
    await world.query('checkpoint');
    const { leaking, bytes } = await leakingFiles(['base/OID', 'global', 'pg_stat', 'pg_logical', 'pg_wal']);
    expect(leaking).toEqual([]);
    expect(bytes).toBeGreaterThan(5_000_000);
  });
});

describe('after the erasure', () => {
  let unfinished: Record<string, unknown>;
  let erased: Record<string, unknown>;
  let doneTooSoon: readonly object[];

  beforeAll(async () => {
    // What a backup holds of the keys; the sealed values are `dump`.
    for (const table of ['keys', 'patient_keys']) await copyRows(table);
    const args = ['patients', 'erase', '--practice', 'aurora', '--reason', 'patient-request'];
    const shown = await vestibule(...args, '--conversation', conversationId);
    expect(JSON.parse(shown.out)).toMatchObject({ ok: true, erased: false, conversations: [conversationId] });
    const { patients } = JSON.parse(shown.out) as { patients: string[] };
    const broken = await withoutLock(() => vestibule(...args, '--conversation', conversationId, '--yes'));
    expect(broken.code).toBe(1);
    unfinished = JSON.parse(broken.out);
    doneTooSoon = await world.query(
      `select 1 from events where type = 'ErasureFinished' union all select 1 from audit where action = 'ErasePatient'`,
    );
    const done = await vestibule(...args, '--patient', patients[0] ?? '', '--yes');
    expect(done.err).toBe('');
    erased = JSON.parse(done.out);
  });

  /** A key file that cannot be changed: what locks it is no file. */
  async function withoutLock<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${keyFile()}.lock`;
    await rename(lock, `${lock}.kept`).catch(() => undefined);
    await mkdir(lock);
    try {
      return await work();
    } finally {
      await rmdir(lock);
      await rename(`${lock}.kept`, lock).catch(() => rm(`${lock}.kept`, { force: true }));
    }
  }

  /** Copies a table's rows into the other database. */
  async function copyRows(table: string): Promise<void> {
    const { default: pg } = await import('pg');
    const rows = await world.query<Record<string, unknown>>(`select * from ${table}`);
    const client = new pg.Client({ connectionString: backup.url });
    await client.connect();
    for (const row of rows) {
      const columns = Object.keys(row);
      const places = columns.map((_, i) => `$${i + 1}`);
      await client.query(
        `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`,
        Object.values(row),
      );
    }
    await client.end();
  }

  test('where the key file cannot be changed it says that it is not done, and nothing else says that it is', () => {
    expect(unfinished).toMatchObject({
      ok: false,
      erased: false,
      unfinished: true,
      conversations: [conversationId],
    });
    expect(unfinished.deliveries).toBeGreaterThan(20);
    expect(doneTooSoon).toEqual([]);
  });

  test('done again, it says what was erased', () => {
    expect(erased).toMatchObject({
      ok: true,
      erased: true,
      conversations: [conversationId],
      factsThatStay: 0,
      isInBackupsToo: true,
    });
  });

  test('nothing of the patient opens with the keys that are left; everything of others does', async () => {
    const { opened } = await openAll(world.databaseUrl, keyFile(), await sealedValues(world.query));
    expect(words(opened)).toEqual([]);
    expect(opened.flatMap(otherWords)).not.toEqual([]);
  });

  test('nor does it from a backup of before, with its own rows of keys and the key file of now', async () => {
    const { opened, closed } = await openAll(backup.url, keyFile(), dump);
    expect(words(opened)).toEqual([]);
    expect(closed).toBeGreaterThan(50);
    expect(opened.flatMap(otherWords)).not.toEqual([]);
    // The rows of keys of now, and what the backup holds of the rest.
    expect(words((await openAll(world.databaseUrl, keyFile(), dump)).opened)).toEqual([]);
  });

  test('what finds the patient is gone; what proves that it happened stays', async () => {
    const left = await world.query<{ n: number }>(
      `select count(*)::int as n from (
         select conversation_id from channel_threads union all select conversation_id from conversation_addresses
         union all select mailbox_id from mailbox union all select conversation_id from views_inbox
         union all select conversation_id from views_inbox_words union all select conversation_id from views_messages
         union all select conversation_id from views_appointments union all select conversation_id from views_reminders
         union all select conversation_id from files union all select conversation_id from views_intakes) as t(id) where id = $1`,
      [conversationId],
    );
    expect(left).toEqual([{ n: 0 }]);
    const timeline = await world.timeline();
    const proof = timeline.filter(({ stream }) => stream === `erasure/${conversationId}`);
    expect(proof).toMatchObject([
      { type: 'PatientErased', data: { reason: 'patient-request' } },
      { type: 'SharesOwed' },
      { type: 'SharesOwed' },
      { type: 'ErasureFinished', data: { shares: 'destroyed' } },
    ]);
    const consents = timeline.filter(({ stream }) => stream === `consent/${conversationId}`);
    expect(consents.map(({ type }) => type)).toContain('OptInGiven');
    expect(find(Buffer.from(JSON.stringify(timeline)))).toEqual([]);
    const audit = await world.query<{ who: string }>(
      `select who from audit where action = 'ErasePatient' and target = $1`,
      [`conversation/${conversationId}`],
    );
    expect(audit).toEqual([{ who: 'operator' }]);
    const staff = await world.staff('manager');
    expect((await staff.asks('GET', `/api/conversations/${conversationId}`)).status).toBe(404);
  });

  test('once more it is the same; of nobody it says so', async () => {
    const args = ['patients', 'erase', '--practice', 'aurora', '--reason', 'patient-request', '--yes'];
    const again = await vestibule(...args, '--conversation', conversationId);
    expect(JSON.parse(again.out)).toMatchObject({ ok: true, erased: true, deliveries: 0 });
    expect((await world.timeline()).filter(({ type }) => type === 'PatientErased')).toHaveLength(1);
    expect((await vestibule(...args, '--conversation', 'nobody')).code).toBe(1);
  });

  test('who was erased and writes again is somebody new; others go on', async () => {
    expect(await one.says('oi')).toContain('idioma');
    expect(await other.says('1 de maio de 1962')).not.toBe('');
    await world.settled();
    const dead = await world.query(
      `select 1 from pgboss.job where name like '%-dead' and source_name is not null`,
    );
    expect(dead).toEqual([]);
    const mine = await world.query<{ id: string }>(
      `select distinct conversation_id as id from conversation_addresses`,
    );
    expect(mine.map(({ id }) => id)).not.toContain(conversationId);
  });
});

test('keys rotate while patients write: nothing fails, and without the earlier key all of it opens', async () => {
  const walk = (id: string) => world.patient(id).walks('oi', 'Português');
  const meanwhile = ['p3', 'p4', 'p5'].map(walk);
  const rotated = await vestibule('keys', 'rotate', '--data');
  expect(JSON.parse(rotated.out)).toMatchObject({ ok: true, key: 'k2', finished: false });
  await Promise.all(meanwhile);
  expect(JSON.parse((await vestibule('keys', 'remove', '--key', 'k1')).out)).toEqual({
    ok: true,
    removed: 'k1',
  });
  await walk('p6');
  expect(await other.says('1 de maio de 1962')).not.toBe('');
  await world.settled();
  const { opened } = await openAll(world.databaseUrl, keyFile(), await sealedValues(world.query));
  expect(opened.flatMap(otherWords)).not.toEqual([]);
  expect(opened.flatMap(needlesFor(['Português']))).not.toEqual([]);
  const dead = await world.query(
    `select 1 from pgboss.job where name like '%-dead' and source_name is not null`,
  );
  expect(dead).toEqual([]);
});
