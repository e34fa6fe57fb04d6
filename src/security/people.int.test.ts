import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ErrorBody } from '#platform/http/errors.ts';
import { createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { inviteAnswer, staffList, staffMember } from './contract.ts';
import { ensureFirstAdmin } from './first-admin.ts';
import { upsertOidcPerson } from './people.ts';
import { personaId, seedPersonas } from './personas.ts';

let world: StaffWorld;
let server: StaffServer;
let adminId: string;
let admin: string;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server({ sandbox: false });
});

beforeEach(async () => {
  for (const table of ['staff_sessions', 'passkeys', 'enrolments', 'staff', 'audit', 'sign_in_attempts']) {
    await world.sql(`delete from ${table}`);
  }
  adminId = await world.person('admin');
  admin = await world.session(adminId);
});

afterAll(() => world.stop());

const change = (staffId: string, body: object, cookie = admin) =>
  server.ask(`/api/staff/${staffId}`, { method: 'PATCH', cookie, body });
const list = async (cookie = admin) =>
  staffList.parse(await (await server.ask('/api/staff', { cookie })).json()).staff;
const givePasskey = (staffId: string) =>
  world.sql(
    `insert into passkeys (practice_id, credential_id, staff_id, public_key, counter, transports, backed_up)
     values ('aurora', $1, $1, '\\x00', 0, '{}', false)`,
    [staffId],
  );
// Of our own error answers.
const codeOf = async (response: Response) => ((await response.json()) as ErrorBody).error.code;
const opens = async (link: string) => {
  const token = new URL(link).hash.slice(1);
  return (await server.ask('/api/enrol/start', { method: 'POST', body: { token } })).status;
};

describe('an administrator', () => {
  test('invites somebody with a link that is shown once', async () => {
    const response = await server.ask('/api/staff', {
      method: 'POST',
      cookie: admin,
      body: { name: '  Rui Neves ', role: 'manager' },
    });
    const invited = inviteAnswer.parse(await response.json());
    expect(await opens(invited.link)).toBe(200);
    const inHours = (Date.parse(invited.expiresAt) - Date.now()) / 3_600_000;
    expect(inHours).toBeGreaterThan(23.9);
    expect(inHours).toBeLessThan(24.1);
    const found = (await list()).find(({ staffId }) => staffId === invited.staffId);
    expect(found).toEqual({
      staffId: invited.staffId,
      name: 'Rui Neves',
      role: 'manager',
      active: true,
      ways: [],
      sessions: 0,
      lastSeenAt: null,
    });
    const token = new URL(invited.link).hash.split('.')[1] ?? '';
    const stored = JSON.stringify(await world.sql('select e::text as row from enrolments e'));
    expect([stored.includes(invited.staffId), stored.includes(token)]).toEqual([true, false]);
  });

  test('sees who is signed in, and how they sign in', async () => {
    const clerk = await world.person('front-desk');
    await givePasskey(clerk);
    await world.session(clerk);
    await world.session(clerk);
    const found = (await list()).find(({ staffId }) => staffId === clerk);
    expect(found).toMatchObject({ ways: ['passkey'], sessions: 2, lastSeenAt: expect.any(String) });
  });

  test('gives a new link, which ends the older one; none to somebody inactive', async () => {
    const clerk = await world.person('front-desk');
    const link = async () => {
      const response = await server.ask(`/api/staff/${clerk}/link`, { method: 'POST', cookie: admin });
      return {
        status: response.status,
        link: inviteAnswer.safeParse(await response.json()).data?.link ?? '',
      };
    };
    const first = await link();
    const second = await link();
    expect([await opens(first.link), await opens(second.link)]).toEqual([410, 200]);
    expect(await world.sql(`select who, action from audit where outcome = 'denied'`)).toEqual([
      { who: 'nobody', action: 'Enrol' },
    ]);
    staffMember.parse(await (await change(clerk, { active: false })).json());
    expect(await opens(second.link)).toBe(410);
    expect((await link()).status).toBe(409);
  });

  test.each([
    ['a role of another name', { role: 'owner' }],
    ['a word for a switch', { active: 'no' }],
  ])('cannot give %s', async (_, body) => {
    const response = await change(adminId, body);
    expect([response.status, await codeOf(response)]).toEqual([400, 'VALIDATION']);
  });

  test('cannot reach who is not there, or is of another practice', async () => {
    const foreigner = await world.person('front-desk', 'riverside');
    for (const id of ['nobody', foreigner]) {
      expect((await change(id, { active: false })).status).toBe(404);
      expect((await server.ask(`/api/staff/${id}/link`, { method: 'POST', cookie: admin })).status).toBe(404);
      expect(
        (await server.ask(`/api/staff/${id}/sessions`, { method: 'DELETE', cookie: admin })).status,
      ).toBe(404);
    }
    expect(await world.sql('select active from staff where staff_id = $1', [foreigner])).toEqual([
      { active: true },
    ]);
  });

  test('does not say the role of those whose identity provider says it', async () => {
    const { staffId } = await world.db.tx('aurora', (tx) =>
      upsertOidcPerson(tx, { issuer: 'https://id.example', subject: 's', name: 'Ola', role: 'clinician' }),
    );
    expect((await change(staffId, { role: 'admin' })).status).toBe(409);
    expect((await server.ask(`/api/staff/${staffId}/link`, { method: 'POST', cookie: admin })).status).toBe(
      409,
    );
    expect((await change(staffId, { active: false })).status).toBe(200);
  });

  test('sees nobody of the sandbox outside of it', async () => {
    await seedPersonas({ ...server.deps, sandbox: true });
    expect((await list()).map(({ staffId }) => staffId)).toEqual([adminId]);
    expect((await change(personaId('manager'), { active: false })).status).toBe(404);
  });
});

describe('the last administrator', () => {
  test.each([
    ['cannot give the role away', { role: 'manager' }],
    ['cannot be made inactive', { active: false }],
  ])('%s', async (_, body) => {
    const response = await change(adminId, body);
    expect([response.status, await codeOf(response)]).toEqual([409, 'CONFLICT']);
    expect(await list()).toMatchObject([{ role: 'admin', active: true }]);
  });

  test('is one who is active, and real: neither an inactive one nor a persona counts', async () => {
    await seedPersonas({ ...server.deps, sandbox: true });
    await world.sql(`update staff set active = false where staff_id = $1`, [await world.person('admin')]);
    expect((await change(adminId, { role: 'manager' })).status).toBe(409);
    await world.person('admin');
    expect((await change(adminId, { role: 'manager' })).status).toBe(200);
  });

  test('remains, when two take the role from each other at the same moment', async () => {
    for (let round = 0; round < 10; round++) {
      await world.sql('delete from staff_sessions');
      await world.sql('delete from staff');
      const two = [await world.person('admin'), await world.person('admin')];
      const cookies = await Promise.all(two.map((id) => world.session(id)));
      const statuses = await Promise.all(
        two.map(async (_, i) => (await change(two[1 - i] ?? '', { active: false }, cookies[i])).status),
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(await world.sql(`select 1 from staff where role = 'admin' and active`)).toHaveLength(1);
    }
  });
});

describe('the first administrator', () => {
  const ensure = () => ensureFirstAdmin(server.deps);

  beforeEach(async () => {
    await world.sql('delete from staff_sessions');
    await world.sql('delete from staff');
  });

  test('of each practice gets one link, and no other while it is open', async () => {
    const links = await ensure();
    expect(links.map(({ practiceId }) => practiceId)).toEqual(['aurora', 'riverside']);
    for (const { link } of links) expect(await opens(link)).toBe(200);
    expect(await ensure()).toEqual([]);
  });

  test('gets another when it was not used in time, and is still one person', async () => {
    const [first] = await ensure();
    await world.sql(`update enrolments set expires_at = now() - interval '1 second'`);
    const [second] = await ensure();
    expect([await opens(first?.link ?? ''), await opens(second?.link ?? '')]).toEqual([410, 200]);
    expect(await world.sql(`select 1 from staff where practice_id = 'aurora'`)).toHaveLength(1);
  });

  test('is made once by processes that start together', async () => {
    const links = (await Promise.all(Array.from({ length: 6 }, ensure))).flat();
    expect(links.map(({ practiceId }) => practiceId).sort()).toEqual(['aurora', 'riverside']);
    expect(await world.sql('select 1 from staff')).toHaveLength(2);
  });

  test('is not needed where somebody can administer: with a passkey, or by an identity provider', async () => {
    await givePasskey(await world.person('admin'));
    const oidc = {
      issuer: 'https://id.example',
      clientId: 'v',
      clientSecret: 's',
      roleClaim: 'groups',
      acr: [],
    };
    const [aurora, riverside] = server.deps.practices;
    if (aurora === undefined || riverside === undefined) throw new Error('there are two practices');
    const withProvider = { ...riverside, oidc: { ...oidc, roles: { bosses: 'admin' } } };
    expect(await ensureFirstAdmin({ ...server.deps, practices: [aurora, withProvider] })).toEqual([]);
    const withoutAdmins = { ...riverside, oidc: { ...oidc, roles: { desk: 'front-desk' } } };
    const links = await ensureFirstAdmin({ ...server.deps, practices: [aurora, withoutAdmins] });
    expect(links.map(({ practiceId }) => practiceId)).toEqual(['riverside']);
  });

  test('is made again when the only one was made inactive, or is a persona', async () => {
    const staffId = await world.person('admin');
    await givePasskey(staffId);
    await world.sql('update staff set active = false where staff_id = $1', [staffId]);
    await seedPersonas({ ...server.deps, sandbox: true });
    expect((await ensure()).map(({ practiceId }) => practiceId)).toEqual(['aurora', 'riverside']);
  });

  test('of the sandbox is a persona', async () => {
    expect(await ensureFirstAdmin({ ...server.deps, sandbox: true })).toEqual([]);
    expect(await world.sql('select 1 from staff')).toEqual([]);
  });
});

test('made-up people are as they were after each start of the sandbox', async () => {
  const sandbox = { ...server.deps, sandbox: true };
  await seedPersonas(sandbox);
  await world.sql(`update staff set active = false, role = 'auditor' where persona`);
  await seedPersonas(sandbox);
  const rows = await world.sql<{ role: string }>(
    `select role from staff where practice_id = 'aurora' and persona and active order by role`,
  );
  expect(rows.map(({ role }) => role)).toEqual(['admin', 'auditor', 'clinician', 'front-desk', 'manager']);
  await world.sql('delete from staff where persona');
  await seedPersonas(server.deps);
  expect(await world.sql('select 1 from staff where persona')).toEqual([]);
});
