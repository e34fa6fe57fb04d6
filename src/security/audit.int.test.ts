import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lockMailbox } from '#platform/mailbox.ts';
import { createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { addAudit, verifyAuditChain } from './audit.ts';
import { type AuditRow, auditPage } from './contract.ts';

let world: StaffWorld;
let server: StaffServer;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server();
});

afterAll(() => world.stop());

const verify = (practiceId = 'aurora') => world.db.tx(practiceId, verifyAuditChain);

const write = (target: string, practiceId = 'aurora') =>
  world.db.tx(practiceId, (tx) =>
    addAudit(tx, {
      who: 'somebody',
      role: 'manager',
      action: 'ReadConversation',
      target,
      outcome: 'allowed',
    }),
  );

describe('the chain', () => {
  beforeEach(async () => {
    await world.sql('delete from audit');
    for (let i = 1; i <= 5; i++) await write(`conversation/${i}`);
  });

  test('holds as it was written, and each practice has its own', async () => {
    await write('conversation/elsewhere', 'riverside');
    expect(await verify()).toMatchObject({ ok: true, rows: 5 });
    expect(await verify('riverside')).toMatchObject({ ok: true, rows: 1 });
  });

  test.each([
    ['a row was changed', `update audit set target = 'conversation/9' where seq = 3`, 3, 'changed'],
    ['a role was changed', `update audit set role = null where seq = 2`, 2, 'changed'],
    ['a time was moved', `update audit set at = at - interval '1 microsecond' where seq = 4`, 4, 'changed'],
    ['a refusal was made a permission', `update audit set outcome = 'done' where seq = 1`, 1, 'changed'],
    ['a row was taken out', 'delete from audit where seq = 3', 3, 'missing'],
    ['the beginning was cut off', 'delete from audit where seq = 1', 1, 'missing'],
    [
      'two rows changed places',
      'update audit set seq = case seq when 2 then 4 else 2 end where seq in (2, 4)',
      2,
      'changed',
    ],
    [
      'a row was taken out and the rest numbered anew',
      'with gone as (delete from audit where seq = 3) update audit set seq = seq - 1 where seq > 3',
      3,
      'changed',
    ],
  ])('shows where %s', async (_, statement, seq, problem) => {
    // A change of numbers passes through states that the index forbids.
    await world.sql('drop index audit_in_order');
    await world.sql(statement);
    await world.sql('create unique index audit_in_order on audit (practice_id, seq)');
    expect(await verify()).toEqual({ ok: false, seq, problem });
  });

  test('shows a row that was put in past it', async () => {
    await world.sql(`begin; set local session_replication_role = replica;
      insert into audit (practice_id, who, action, outcome) values ('aurora', 'ghost', 'ReadInbox', 'allowed'); commit`);
    expect(await verify()).toEqual({ ok: false, seq: 6, problem: 'unchained' });
  });

  test('is numbered without a gap by transactions that race, also where some are undone', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        world.db
          .tx('aurora', async (tx) => {
            await addAudit(tx, { who: 'racer', action: 'ReadInbox', outcome: 'allowed' });
            await addAudit(tx, {
              who: 'racer',
              action: 'ReadConversation',
              target: `conversation/${i}`,
              outcome: 'allowed',
            });
            if (i % 4 === 0) throw new Error('undone');
          })
          .catch(() => undefined),
      ),
    );
    expect(await verify()).toMatchObject({ ok: true, rows: 5 + 60 });
  });

  test('takes its lock last, so that it never waits crosswise with the lock of a conversation', async () => {
    const held = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    const entry = { who: 'crossing', action: 'ReadInbox', outcome: 'allowed' } as const;
    const first = world.db.tx('aurora', async (tx) => {
      await lockMailbox(tx, 'c1');
      held.resolve();
      await written.promise;
      await addAudit(tx, entry);
    });
    const second = world.db.tx('aurora', async (tx) => {
      await held.promise;
      await addAudit(tx, entry);
      written.resolve();
      await lockMailbox(tx, 'c1');
    });
    await Promise.all([first, second]);
    expect(await verify()).toMatchObject({ ok: true, rows: 7 });
  });
});

describe("the program's role", () => {
  test.each([
    ['change a row', `update audit set who = 'x' where practice_id = $1`],
    ['delete one', 'delete from audit where practice_id = $1'],
    [
      'choose its number',
      `insert into audit (practice_id, who, action, outcome, seq) values ($1, 'x', 'X', 'done', 1)`,
    ],
    [
      'choose its time',
      `insert into audit (practice_id, who, action, outcome, at) values ($1, 'x', 'X', 'done', now())`,
    ],
    [
      'choose its hash',
      `insert into audit (practice_id, who, action, outcome, hash) values ($1, 'x', 'X', 'done', '\\x00')`,
    ],
  ])('may not %s', async (_, statement) => {
    await expect(world.db.tx('aurora', (tx) => tx.query(statement, ['aurora']))).rejects.toMatchObject({
      code: '42501',
    });
  });

  test('may not write into the trail of another practice', async () => {
    const statement = `insert into audit (practice_id, who, action, outcome) values ('riverside', 'x', 'X', 'done')`;
    await expect(world.db.tx('aurora', (tx) => tx.query(statement))).rejects.toMatchObject({ code: '42501' });
  });

  test('may not empty the table or pass by the trigger', async () => {
    for (const statement of ['truncate audit', 'alter table audit disable trigger all']) {
      await expect(world.db.tx('aurora', (tx) => tx.query(statement))).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  test('may not write what is not an id of ours', async () => {
    await expect(write('two\nlines')).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the trail', () => {
  const read = async (cookie: string, query = '') =>
    auditPage.parse(await (await server.ask(`/api/audit${query}`, { cookie })).json());
  const shown = (rows: readonly AuditRow[]) =>
    rows.map(({ action, outcome, target }) => [action, outcome, target]);

  test('names what people did and what they were refused, newest first', async () => {
    await world.sql('delete from audit');
    const auditor = await world.session(await world.person('auditor'));
    const adminId = await world.person('admin');
    const admin = await world.session(adminId);
    const clerkId = await world.person('front-desk');
    const clerk = await world.session(clerkId);

    expect((await server.ask('/api/staff', { cookie: clerk })).status).toBe(403);
    await server.ask(`/api/staff/${clerkId}`, {
      method: 'PATCH',
      cookie: admin,
      body: { role: 'clinician' },
    });
    await server.ask('/api/audit', { cookie: admin });
    await server.ask('/api/session/sign-out', { method: 'POST', cookie: admin });

    await read(auditor);
    const page = await read(auditor);
    expect(shown(page.rows)).toEqual([
      ['ReadAudit', 'allowed', null],
      ['SignOut', 'done', null],
      ['ReadAudit', 'denied', null],
      ['ChangeRole', 'done', `staff/${clerkId}/clinician`],
      ['ManageStaff', 'denied', null],
    ]);
    expect(page.rows[4]).toMatchObject({
      who: 'Somebody of front-desk',
      staffId: clerkId,
      role: 'front-desk',
    });
    expect(page.next).toBeNull();

    const byAdmin = await read(auditor, `?who=${adminId}`);
    expect(byAdmin.rows.map(({ action }) => action)).toEqual(['SignOut', 'ReadAudit', 'ChangeRole']);
    const byName = await read(auditor, `?who=${encodeURIComponent('somebody of ADMIN')}`);
    expect(shown(byName.rows)).toEqual(shown(byAdmin.rows));
    const ofOne = await read(auditor, `?target=${encodeURIComponent(`staff/${clerkId}/clinician`)}`);
    expect(ofOne.rows.map(({ action }) => action)).toEqual(['ChangeRole']);
    expect(await verify()).toMatchObject({ ok: true });
  });

  test('comes in pages that neither repeat nor miss a row', async () => {
    await world.sql('delete from audit');
    for (let i = 0; i < 7; i++) await write(`conversation/${i}`, 'riverside');
    const auditor = await world.session(await world.person('auditor', 'riverside'), 'riverside');
    const seen: number[] = [];
    let before = '';
    for (;;) {
      const page = await read(auditor, `?limit=3${before}`);
      seen.push(...page.rows.map(({ seq }) => seq));
      if (page.next === null) break;
      before = `&before=${page.next}`;
    }
    // The look itself is written in the transaction that shows the rest, and so not yet numbered.
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('of one practice is not shown to another', async () => {
    await write('conversation/of-aurora');
    const auditor = await world.session(await world.person('auditor', 'riverside'), 'riverside');
    expect(JSON.stringify(await read(auditor))).not.toContain('of-aurora');
  });
});
