import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { ownOrigins } from './same-origin.ts';

let world: StaffWorld;
let server: StaffServer;
let admin: string;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server({ publicUrl: 'https://intake.example' });
  const staffId = await world.person('admin');
  admin = (await world.session(staffId)).replace('vestibule-session', '__Host-vestibule');
});

afterAll(() => world.stop());

/** Fetch leaves a header out where its value is an empty string; `inject` sends exactly what it is told. */
async function send(method: 'GET' | 'POST', url: string, headers: Record<string, string>, payload?: string) {
  const type: Record<string, string> = payload === undefined ? {} : { 'content-type': 'application/json' };
  const response = await server.app.inject({
    method,
    url,
    headers: { cookie: admin, ...type, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  return [response.statusCode, response.body === '' ? undefined : response.json().error?.code];
}

const invitation = JSON.stringify({ name: 'Someone New', role: 'auditor' });
const own = 'https://intake.example';

describe('what changes something', () => {
  test.each([
    ['with nothing that tells where it comes from', {}],
    ['from another site', { origin: 'https://evil.example' }],
    ['from a name that begins like ours', { origin: 'https://intake.example.evil.example' }],
    ['from our name without TLS', { origin: 'http://intake.example' }],
    ['from another port', { origin: 'https://intake.example:8443' }],
    ['from a page that hides itself', { origin: 'null' }],
    ['from another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['typed into the address field', { 'sec-fetch-site': 'none' }],
    [
      'from our site, as it says, and another, as it says too',
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
  ])('%s is refused', async (_, headers) => {
    expect(await send('POST', '/api/staff', headers, invitation)).toEqual([403, 'CROSS_SITE']);
    const people = await world.sql(`select 1 from staff where name = 'Someone New'`);
    expect(people).toEqual([]);
  });

  test.each([
    ['/api/sign-in/passkey/start'],
    ['/api/sign-in/passkey/finish'],
    ['/api/enrol/start'],
    ['/api/enrol/finish'],
    ['/api/session/persona'],
  ])('so is a sign-in that another site starts: %s', async (url) => {
    expect(await send('POST', url, { origin: 'https://evil.example' }, '{}')).toEqual([403, 'CROSS_SITE']);
    expect(await send('POST', url, {}, '{}')).toEqual([403, 'CROSS_SITE']);
  });

  test.each([['text/plain'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x']])(
    'as %s is not read: a form of another site could send it',
    async (type) => {
      const headers = { origin: own, 'content-type': type };
      expect(await send('POST', '/api/staff', headers, invitation)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    },
  );

  test.each([
    [{ origin: own }],
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ origin: own, 'sec-fetch-site': 'same-origin' }],
  ])('from our own page is done: %j', async (headers) => {
    expect(
      await send('POST', '/api/staff', headers, JSON.stringify({ name: 'Ok', role: 'auditor' })),
    ).toEqual([200, undefined]);
  });
});

describe('reading', () => {
  test.each([
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'https://evil.example' }],
  ])('by another site is refused: %j', async (headers) => {
    expect(await send('GET', '/api/staff', headers)).toEqual([403, 'CROSS_SITE']);
  });

  test.each([[{}], [{ 'sec-fetch-site': 'same-origin' }], [{ 'sec-fetch-site': 'none' }]])(
    'from our page, by hand or by a tool is fine: %j',
    async (headers) => {
      expect(await send('GET', '/api/staff', headers)).toEqual([200, undefined]);
    },
  );

  test('what staff read is kept nowhere on the way', async () => {
    const response = await server.app.inject({ url: '/api/staff', headers: { cookie: admin } });
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

test('on one machine, the three names of it are one site; the port still counts', () => {
  expect([...ownOrigins('http://localhost:8080')]).toEqual([
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ]);
  expect([...ownOrigins('https://intake.example/path')]).toEqual(['https://intake.example']);
});
