import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { attemptLimits, sourceOf } from './attempts.ts';
import { makeEnrolmentLink } from './enrolments.ts';

let world: StaffWorld;
let here: StaffServer;
let there: StaffServer;

beforeAll(async () => {
  world = await createStaffWorld();
  here = await world.server();
  there = await world.server();
});

afterAll(() => world.stop());

async function guess(server: StaffServer, from: string, practiceId = 'aurora', n = 0) {
  const response = await server.app.inject({
    method: 'POST',
    url: '/api/sign-in/passkey/finish',
    remoteAddress: from,
    headers: { origin: server.publicUrl },
    payload: { challengeId: `${practiceId}.${String(n).padStart(22, 'A')}`, response: {} },
  });
  return response.json().error.code as string;
}

const tally = (codes: readonly string[]) =>
  Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((each) => each === code).length]));

describe('guessing', () => {
  test('three hundred at once, on two instances: ten reach the check', async () => {
    const guesses = Array.from({ length: 300 }, (_, i) =>
      guess(i % 2 === 0 ? here : there, '198.51.100.7', 'aurora', i),
    );
    expect(tally(await Promise.all(guesses))).toEqual({ SIGN_IN_FAILED: 10, TOO_MANY_ATTEMPTS: 290 });
    const rows = await world.sql<{ action: string; n: number }>(
      `select action, count(*)::int as n from audit where practice_id = 'aurora' and outcome = 'denied'
       group by action order by action`,
    );
    expect(rows).toEqual([
      { action: 'SignIn', n: 10 },
      { action: 'TooManyAttempts', n: 1 },
    ]);
  });

  test('holds up neither another source nor another practice', async () => {
    expect(await guess(here, '198.51.100.8')).toBe('SIGN_IN_FAILED');
    expect(await guess(here, '198.51.100.7', 'riverside')).toBe('SIGN_IN_FAILED');
    expect(await guess(here, '198.51.100.7')).toBe('TOO_MANY_ATTEMPTS');
  });

  test('may go on when the window is over', async () => {
    await world.sql(`update sign_in_attempts set window_ends_at = now() - interval '1 second'`);
    expect(await guess(here, '198.51.100.7')).toBe('SIGN_IN_FAILED');
  });

  test('from the many addresses of one IPv6 network is guessing from one', async () => {
    const guesses = Array.from({ length: 12 }, (_, i) => guess(here, `2001:db8:1:2:${i}::1`, 'aurora', i));
    expect(tally(await Promise.all(guesses))).toEqual({ SIGN_IN_FAILED: 10, TOO_MANY_ATTEMPTS: 2 });
    expect(await guess(here, '2001:db8:1:3::1')).toBe('SIGN_IN_FAILED');
  });

  test('of enrolment links is limited too; opening a good one again is no guess', async () => {
    const staffId = await world.person('clinician');
    const { link } = await world.db.tx('aurora', (tx) => makeEnrolmentLink(tx, here.publicUrl, staffId));
    const open = async (token: string) => {
      const response = await here.app.inject({
        method: 'POST',
        url: '/api/enrol/start',
        remoteAddress: '198.51.100.20',
        headers: { origin: here.publicUrl },
        payload: { token },
      });
      return response.json().error?.code ?? response.statusCode;
    };
    const token = new URL(link).hash.slice(1);
    for (let i = 0; i < attemptLimits.prove + 5; i++) expect(await open(token)).toBe(200);
    const wrong = `aurora.${'x'.repeat(43)}`;
    for (let i = 0; i < attemptLimits.prove; i++) expect(await open(wrong)).toBe('LINK_USED');
    expect(await open(wrong)).toBe('TOO_MANY_ATTEMPTS');
  });
});

test('an address is kept as an HMAC: the table does not say who tried', async () => {
  const rows = await world.sql('select s::text as row from sign_in_attempts s');
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain('198.51');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (ip, source) => {
  expect(sourceOf(ip)).toBe(source);
});
