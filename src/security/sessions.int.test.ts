import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieFrom, createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { sessionAnswer, staffRoles } from './contract.ts';
import { backgroundHeader, createStaffGate } from './gate.ts';
import { personaId, seedPersonas } from './personas.ts';

let world: StaffWorld;
let here: StaffServer;
/** Another process over the same database. */
let there: StaffServer;

beforeAll(async () => {
  world = await createStaffWorld();
  here = await world.server();
  there = await world.server();
  await seedPersonas(here.deps);
});

afterAll(() => world.stop());

const signIn = (server: StaffServer, role: (typeof staffRoles)[number], cookie?: string) =>
  server.ask('/api/session/persona', {
    method: 'POST',
    cookie,
    body: { practiceId: 'aurora', staffId: personaId(role) },
  });

const statusOf = async (server: StaffServer, cookie: string | undefined, headers = {}) =>
  (await server.ask('/api/session', { cookie, headers })).status;

async function signedIn(role: (typeof staffRoles)[number] = 'front-desk'): Promise<string> {
  const cookie = cookieFrom(await signIn(here, role));
  if (cookie === undefined) throw new Error('no cookie was set');
  return cookie;
}

const idOf = async (cookie: string): Promise<string> => {
  const [row] = await world.sql<{ session_id: string }>(
    `select session_id from staff_sessions where practice_id = 'aurora' and secret_hash = sha256(convert_to($1, 'UTF8'))`,
    [cookie.split('.')[1]],
  );
  if (row === undefined) throw new Error('no session has this secret');
  return row.session_id;
};

const moveRow = async (cookie: string, change: string) =>
  world.sql(`update staff_sessions set ${change} where session_id = $1`, [await idOf(cookie)]);

describe('signing in', () => {
  test('gives a cookie that no script reads and no other site sends, and tells who it is', async () => {
    const response = await signIn(here, 'manager');
    const [cookie] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^vestibule-session=aurora\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const answer = sessionAnswer.parse(await response.json());
    expect(answer.staff).toMatchObject({ staffId: 'persona-manager', role: 'manager' });
    expect(answer.practice).toMatchObject({ id: 'aurora', timeZone: 'America/Sao_Paulo' });
    expect(answer.allowed).toContain('TakeOverConversation');
    expect(answer.allowed).not.toContain('ManageStaff');
    const idleMs = Date.parse(answer.idleEndsAt) - Date.parse(answer.endsAt);
    expect(idleMs).toBe((15 - 12 * 60) * 60_000);
    expect(await (await here.ask('/api/session', { cookie: cookieFrom(response) })).json()).toEqual(answer);
  });

  test('under https the cookie is bound to the host', async () => {
    const secure = await world.server({ publicUrl: 'https://intake.example' });
    const response = await signIn(secure, 'manager');
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-vestibule=aurora\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const cookie = cookieFrom(response, '__Host-vestibule') ?? '';
    expect(await statusOf(secure, cookie)).toBe(200);
    expect(await statusOf(secure, cookie.replace('__Host-vestibule', 'vestibule-session'))).toBe(401);
  });

  test('a value that was planted in the browser does not become the session', async () => {
    const planted = `vestibule-session=aurora.${'A'.repeat(43)}`;
    const cookie = cookieFrom(await signIn(here, 'front-desk', planted));
    expect(cookie).toBeDefined();
    expect(cookie).not.toBe(planted);
    expect(await statusOf(here, planted)).toBe(401);
    expect(await statusOf(here, cookie)).toBe(200);
  });

  test('the session that the browser had before is over', async () => {
    const before = await signedIn('front-desk');
    const after = cookieFrom(await signIn(here, 'auditor', before));
    expect(await statusOf(here, before)).toBe(401);
    expect(await statusOf(there, before)).toBe(401);
    expect(await statusOf(here, after)).toBe(200);
  });

  test('the database holds no secret that would sign somebody in', async () => {
    const cookie = await signedIn();
    const secret = cookie.split('.')[1] ?? '';
    const rows = await world.sql('select s::text as row from staff_sessions s');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });
});

describe('what is no session', () => {
  test.each([
    ['no cookie', undefined],
    ['an empty one', 'vestibule-session='],
    ['another form', 'vestibule-session=aurora.short'],
    ['an unknown secret', `vestibule-session=aurora.${'B'.repeat(43)}`],
    ['an unknown practice', `vestibule-session=elsewhere.${'B'.repeat(43)}`],
    ['a statement', `vestibule-session=a'; drop table staff; --.${'B'.repeat(43)}`],
  ])('%s', async (_, cookie) => {
    const response = await here.ask('/api/session', { cookie });
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { error: { code: 'UNAUTHENTICATED' } },
    ]);
  });

  test('a good secret under the name of another practice', async () => {
    const cookie = await signedIn();
    expect(await statusOf(here, cookie.replace('=aurora.', '=riverside.'))).toBe(401);
  });

  test('a cookie that came twice', async () => {
    const cookie = await signedIn();
    expect(await statusOf(here, `${cookie}; vestibule-session=aurora.${'C'.repeat(43)}`)).toBe(401);
    expect(await statusOf(here, `other=1; ${cookie}`)).toBe(200);
  });
});

describe('a session ends', () => {
  test('after a quarter of an hour without a sign of life', async () => {
    const cookie = await signedIn();
    await moveRow(cookie, `idle_ends_at = now() + interval '5 seconds'`);
    expect(await statusOf(here, cookie)).toBe(200);
    await moveRow(cookie, `idle_ends_at = now() - interval '1 millisecond'`);
    expect(await statusOf(here, cookie)).toBe(401);
  });

  test('after twelve hours, however busy it was', async () => {
    const cookie = await signedIn();
    await moveRow(
      cookie,
      `last_seen_at = now() - interval '2 minutes', ends_at = now() + interval '5 minutes'`,
    );
    const answer = sessionAnswer.parse(await (await here.ask('/api/session', { cookie })).json());
    expect(answer.idleEndsAt).toBe(answer.endsAt);
    await moveRow(
      cookie,
      `ends_at = now() - interval '1 millisecond', idle_ends_at = now() + interval '1 hour'`,
    );
    expect(await statusOf(here, cookie)).toBe(401);
  });

  test('and lasts longer with each sign of life, which is written once a minute', async () => {
    const cookie = await signedIn();
    const ends = async () =>
      sessionAnswer.parse(await (await here.ask('/api/session', { cookie })).json()).idleEndsAt;
    const first = await ends();
    expect(await ends()).toBe(first);
    await moveRow(
      cookie,
      `last_seen_at = last_seen_at - interval '2 minutes', idle_ends_at = idle_ends_at - interval '2 minutes'`,
    );
    const moved = await world.sql<{ at: Date }>(
      'select idle_ends_at as at from staff_sessions where session_id = $1',
      [await idOf(cookie)],
    );
    const later = await ends();
    expect(Date.parse(later)).toBeGreaterThan(moved[0]?.at.getTime() ?? 0);
  });

  test('what a page asks by itself is no sign of life', async () => {
    const cookie = await signedIn();
    await moveRow(
      cookie,
      `last_seen_at = now() - interval '5 minutes', idle_ends_at = now() + interval '10 minutes'`,
    );
    const seen = async () =>
      (
        await world.sql<{ at: string }>(
          `select last_seen_at::text as at from staff_sessions where session_id = $1`,
          [await idOf(cookie)],
        )
      )[0]?.at;
    const before = await seen();
    expect(await statusOf(here, cookie, { [backgroundHeader]: '1' })).toBe(200);
    expect(await seen()).toBe(before);
    expect(await statusOf(here, cookie)).toBe(200);
    expect(await seen()).not.toBe(before);
  });

  test('when the person signs out: at once, everywhere, and the browser forgets', async () => {
    const cookie = await signedIn();
    const response = await here.ask('/api/session/sign-out', { method: 'POST', cookie });
    expect(response.status).toBe(204);
    expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"');
    expect(response.headers.getSetCookie()[0]).toMatch(/^vestibule-session=; Max-Age=0; Path=\//);
    expect(await statusOf(here, cookie)).toBe(401);
    expect(await statusOf(there, cookie)).toBe(401);
  });

  test.each([
    ['the role changes', 'PATCH', '', { role: 'clinician' }],
    ['the person is deactivated', 'PATCH', '', { active: false }],
    ['an administrator ends it', 'DELETE', '/sessions', undefined],
  ])('when %s: at once, everywhere', async (_, method, tail, body) => {
    const staffId = await world.person('front-desk');
    const cookie = await world.session(staffId);
    expect(await statusOf(there, cookie)).toBe(200);
    const admin = await signedIn('admin');
    const done = await here.ask(`/api/staff/${staffId}${tail}`, { method, cookie: admin, body });
    expect(done.ok).toBe(true);
    expect(await statusOf(there, cookie)).toBe(401);
    expect(await statusOf(here, cookie)).toBe(401);
  });

  test('when the person is made inactive in the database, without any word to a process', async () => {
    const staffId = await world.person('front-desk');
    const cookie = await world.session(staffId);
    await world.sql('update staff set active = false where staff_id = $1', [staffId]);
    expect(await statusOf(here, cookie)).toBe(401);
  });
});

describe('an answer that stays open', () => {
  test('is asked about again, and that keeps nobody signed in', async () => {
    const gate = createStaffGate(here.deps);
    const staffId = await world.person('manager');
    const cookie = await world.session(staffId);
    const sessionId = await idOf(cookie);
    const staff = { practiceId: 'aurora', staffId, name: 'Somebody', role: 'manager', sessionId };
    await moveRow(cookie, `last_seen_at = now() - interval '5 minutes'`);
    const before = await world.sql('select last_seen_at::text from staff_sessions where session_id = $1', [
      sessionId,
    ]);
    expect(await gate.isStillAllowed(staff, 'ReadInbox')).toBe(true);
    expect(await gate.isStillAllowed(staff, 'ManageStaff')).toBe(false);
    expect(
      await world.sql('select last_seen_at::text from staff_sessions where session_id = $1', [sessionId]),
    ).toEqual(before);
    await world.sql(`update staff set role = 'auditor' where staff_id = $1`, [staffId]);
    expect(await gate.isStillAllowed(staff, 'ReadInbox')).toBe(false);
    await world.sql(`update staff set role = 'manager' where staff_id = $1`, [staffId]);
    await here.ask('/api/session/sign-out', { method: 'POST', cookie });
    expect(await gate.isStillAllowed(staff, 'ReadInbox')).toBe(false);
  });
});

describe('outside of the sandbox', () => {
  test('there is no door for the made-up people, and their sessions open nothing', async () => {
    const cookie = await signedIn('admin');
    const real = await world.server({ sandbox: false });
    expect((await signIn(real, 'admin')).status).toBe(404);
    expect(await statusOf(real, cookie)).toBe(401);
    const options = await (await real.ask('/api/sign-in')).json();
    expect(options).toMatchObject({ personas: [] });
    expect(await statusOf(here, cookie)).toBe(200);
  });

  test('in it, there is one per role and practice, and nobody else signs in this way', async () => {
    const { personas } = (await (await here.ask('/api/sign-in')).json()) as {
      personas: { practiceId: string; role: string; name: string }[];
    };
    for (const practiceId of ['aurora', 'riverside']) {
      const own = personas.filter((persona) => persona.practiceId === practiceId);
      expect(own.map(({ role }) => role)).toEqual([...staffRoles]);
    }
    expect(new Set(personas.map(({ name }) => name)).size).toBe(10);
    const staffId = await world.person('admin');
    const refused = await here.ask('/api/session/persona', {
      method: 'POST',
      body: { practiceId: 'aurora', staffId },
    });
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []]);
  });
});
