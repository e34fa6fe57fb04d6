import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerIn, chartsIn, countsOf, oneOfEach } from './chart.ts';
import { canary } from './crowd.ts';
import { codeIn, deliver, envelope, messagesChange, textFrom } from './delivery.ts';
import { testOf } from './provider-own.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

/** Words of the patient, each alone enough to know them by, as they may stand somewhere. */
const { persona, user } = canary;
const canaries: readonly string[] = [
  user.profileName,
  'Quillabamba',
  'Exemplovska',
  '1971-07-17',
  '17 de julho de 1971',
  '11937331597',
  '93733-1597',
  'Wombatinga',
  'Xapurilandia',
  '01777-333',
  'Zebriluxe',
  persona.memberNumber,
  'xilofonite',
  'cotovelo',
  // The provider's message ids hold the phone number.
  'wamid.',
];

let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
  const one = world.patient('canary');
  await one.walks('oi', 'Português');
  await one.taps('Sim');
  await one.walks(
    'eu',
    persona.name,
    '17 de julho de 1971',
    'feminino',
    'este',
    persona.address,
    'outro plano',
  );
  await one.walks(persona.payer, persona.memberNumber, persona.reason);
  // Corrected, misunderstood, thanked for: every way of handling words is walked.
  await one.walks('mudar nome', `${persona.name} da Silva`, 'mudar motivo', persona.reason, 'asdf');
  await one.taps('Sim, enviar');
  await one.until(({ messages }) => messages.some(({ text }) => text?.includes('✓')), 'the news');
  await world.settled();
  await one.walks(`Quero falar de novo sobre ${persona.reason}`, 'pessoa');
  await world.settled();
});

afterAll(() => world.stop());

/** The canaries that stand in a text, also in the ways in which bytes are written as text. */
function leaks(text: string): readonly string[] {
  const lower = text.toLowerCase();
  return canaries.filter((word) => {
    const hex = Buffer.from(word, 'utf8').toString('hex');
    return lower.includes(word.toLowerCase()) || lower.includes(hex);
  });
}

type Table = {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
  readonly partition: boolean;
  readonly forced: boolean;
  readonly perPractice: boolean;
  readonly firstKey: string | null;
};

const allTables = () =>
  world.query<Table>(
    `select n.nspname as schema, c.relname as name, c.oid::int as oid, c.relispartition as partition,
       c.relrowsecurity and c.relforcerowsecurity as forced,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'practice_id') as "perPractice",
       (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisprimary) as "firstKey"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     order by 1, 2`,
  );

const quoted = ({ schema, name }: Table) => `"${schema}"."${name}"`;

test('the walk was a whole one: the chart holds every word', async () => {
  const chart = chartsIn(await world.resources()).get(`${persona.name} da Silva`);
  expect(countsOf(chart)).toEqual(oneOfEach);
  expect(answerIn(chart, 'reason')).toBe(persona.reason);
  const found = leaks(JSON.stringify(chart));
  expect(found).toEqual(expect.arrayContaining(['Quillabamba', 'Wombatinga', 'Zebriluxe', 'xilofonite']));
});

describe('no word of the patient stands', () => {
  test('in the log, at its most talkative', () => {
    expect(world.logged()).toContain('"level":20');
    expect(leaks(world.logged())).toEqual([]);
  });

  test('in the timeline', async () => {
    const events = await world.timeline();
    expect(events.length).toBeGreaterThan(50);
    expect(leaks(JSON.stringify(events))).toEqual([]);
  });

  test('in the metrics', async () => {
    const text = await world.metrics();
    expect(text).toContain('vestibule_turns');
    expect(leaks(text)).toEqual([]);
  });

  test('in any column of any table, jobs among them', async () => {
    const tables = await allTables();
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['events', 'mailbox', 'webhook_deliveries', 'job']),
    );
    const leaking: string[] = [];
    let rows = 0;
    for (const table of tables) {
      const dump = await world.query<{ row: string }>(`select t::text as row from ${quoted(table)} t`);
      rows += dump.length;
      for (const word of leaks(dump.map(({ row }) => row).join('\n'))) leaking.push(`${table.name}: ${word}`);
    }
    expect(rows).toBeGreaterThan(200);
    expect(leaking).toEqual([]);
  });
});

describe('one practice sees nothing of another', () => {
  /** How many rows of a table the program sees when it works for a practice. */
  async function seen(table: Table, practiceId: string): Promise<number> {
    await world.query('begin');
    try {
      await world.query('set local role vestibule_app');
      await world.query(`select set_config('vestibule.practice_id', $1, true)`, [practiceId]);
      const [row] = await world.query<{ n: number }>(`select count(*)::int as n from ${quoted(table)}`);
      return row?.n ?? 0;
    } finally {
      await world.query('rollback');
    }
  }

  const perPractice = async () =>
    (await allTables()).filter((table) => table.perPractice && !table.partition && table.schema === 'public');

  test('every table with a practice has its row security forced, and the practice first in its key', async () => {
    const tables = await perPractice();
    expect(tables.length).toBeGreaterThanOrEqual(10);
    expect(tables.filter(({ forced }) => !forced).map(({ name }) => name)).toEqual([]);
    expect(tables.filter(({ firstKey }) => firstKey !== 'practice_id').map(({ name }) => name)).toEqual([]);
  });

  test('nobody reaches a partition past its table', async () => {
    const partitions = (await allTables()).filter((table) => table.partition && table.schema === 'public');
    expect(partitions.length).toBeGreaterThan(0);
    for (const table of partitions) {
      for (const role of ['vestibule_app', 'vestibule_ingest']) {
        const [row] = await world.query<{ may: boolean }>(
          `select has_any_column_privilege($1, $2::oid, 'select, insert, update') as may`,
          [role, table.oid],
        );
        expect(row?.may, `${role} on ${table.name}`).toBe(false);
      }
    }
  });

  test('with another practice’s id, or none, no row shows', async () => {
    for (const table of await perPractice()) {
      expect(await seen(table, 'nobody'), table.name).toBe(0);
      expect(await seen(table, ''), table.name).toBe(0);
      // Riverside has keys, its staff, and a reader of its facts; nothing of patients yet.
      if (!['keys', 'patient_keys', 'staff', 'reader_checkpoints'].includes(table.name)) {
        expect(await seen(table, 'riverside'), table.name).toBe(0);
      }
    }
  });

  test('with its own id, its rows do', async () => {
    const filled = ['events', 'mailbox', 'views_messages', 'patient_keys', 'conversation_addresses'];
    const tables = (await perPractice()).filter(({ name }) => filled.includes(name));
    expect(tables).toHaveLength(filled.length);
    for (const table of tables) expect(await seen(table, 'aurora'), table.name).toBeGreaterThan(0);
  });

  test('the role that takes deliveries in cannot read them', async () => {
    const may = async (column: string) =>
      (
        await world.query<{ may: boolean }>(
          `select has_column_privilege('vestibule_ingest', 'webhook_deliveries', $1, 'select') as may`,
          [column],
        )
      )[0]?.may;
    expect([await may('body'), await may('delivery_id')]).toEqual([false, true]);
  });

  test('what happened cannot be changed or deleted by the program', async () => {
    const [row] = await world.query<{ may: boolean }>(
      `select has_table_privilege('vestibule_app', 'events', 'update, delete, truncate') as may`,
    );
    expect(row?.may).toBe(false);
  });

  testOf('meta', 'only an app of Meta’s signs for several numbers')(
    'a delivery that one app signs holds nothing for a number of another',
    async () => {
      const message = textFrom(world, 'p1', 'hi', 'riverside-wa');
      const body = envelope(messagesChange(world, { messages: [message] }, 'riverside-wa'));
      expect((await deliver(world, { body, accountId: 'aurora-wa' })).status).toBe(200);
      await world.eventually(
        async () => (await world.counted('vestibule_channel_events_misrouted')) === 1,
        'the misrouted event to be counted',
      );
      await world.settled();
      const riverside = await world.query(
        `select 1 from webhook_deliveries where practice_id = 'riverside'
       union all select 1 from mailbox where practice_id = 'riverside'`,
      );
      expect(riverside).toEqual([]);
    },
  );
});

describe('the timeline is for programs with the token', () => {
  const ask = async (headers: Record<string, string>, practice = 'aurora') => {
    const response = await fetch(`${world.sandbox.url}/api/timeline?practice=${practice}`, { headers });
    return { status: response.status, code: codeIn(await response.text()) };
  };

  test.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer guess' }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic Z3Vlc3M6Z3Vlc3M=' }],
  ])('%s: 401', async (_, headers) => {
    expect(await ask(headers)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
  });

  test('and knows its practices', async () => {
    const authorization = `Bearer ${world.sandbox.apiToken}`;
    expect(await ask({ authorization }, 'nobody')).toEqual({ status: 404, code: 'NOT_FOUND' });
  });
});
