import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  clientId,
  clientSecret,
  type Forgery,
  type ForgingProvider,
  startForgingProvider,
} from '../../test/identity/forging-provider.ts';
import {
  cookieFrom,
  createStaffWorld,
  type StaffServer,
  type StaffWorld,
  testPractices,
} from '../../test/staff-world.ts';
import { sessionAnswer } from './contract.ts';

let world: StaffWorld;
let provider: ForgingProvider;
let server: StaffServer;
/** Demands a second factor. */
let strict: StaffServer;
let canary: Server;
let canaryUrl: string;
let canaryHits = 0;

const practicesWith = (acr: readonly string[]) =>
  testPractices.map((practice) =>
    practice.id !== 'aurora'
      ? practice
      : {
          ...practice,
          oidc: {
            issuer: provider.issuer,
            clientId,
            clientSecret,
            roleClaim: 'groups',
            roles: { desk: 'front-desk', bosses: 'manager', impossible: 'emperor' },
            acr,
          },
        },
  );

beforeAll(async () => {
  world = await createStaffWorld();
  provider = await startForgingProvider();
  server = await world.server({ practices: practicesWith([]) });
  strict = await world.server({ practices: practicesWith(['phr', 'mfa']) });
  canary = createServer((_request, response) => {
    canaryHits += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const address = canary.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  canaryUrl = `http://127.0.0.1:${address.port}`;
});

beforeEach(async () => {
  provider.say({});
  canaryHits = 0;
  await world.sql('delete from sign_in_attempts');
  await world.sql('delete from staff_sessions');
  await world.sql('delete from staff');
});

afterAll(async () => {
  await world.stop();
  await provider.stop();
  canary.close();
});

type Begun = { readonly cookie: string | undefined; readonly code: string; readonly state: string };

async function begin(at: StaffServer = server): Promise<Begun> {
  const response = await at.ask('/api/oidc/aurora/start');
  expect(response.status).toBe(303);
  const url = new URL(response.headers.get('location') ?? '');
  return { cookie: cookieFrom(response, 'vestibule-oidc'), ...provider.authorize(url) };
}

const callback = (parameters: Readonly<Record<string, string>>, cookie: string | undefined, at = server) =>
  at.ask(`/api/oidc/callback?${new URLSearchParams({ iss: provider.issuer, ...parameters })}`, { cookie });

async function login(forgery: Forgery = {}, at: StaffServer = server): Promise<Response> {
  provider.say(forgery);
  const { cookie, code, state } = await begin(at);
  return await callback({ code, state }, cookie, at);
}

const outcome = (response: Response) => [
  response.headers.get('location'),
  cookieFrom(response) === undefined ? 'no session' : 'session',
];
const letIn = ['/', 'session'];
const refused = ['/#sign-in-failed', 'no session'];

const audited = () => world.sql(`select action, outcome from audit order by seq desc limit 1`);

describe('what is as it should be', () => {
  test('signs in: PKCE, state and nonce go out, the secret and the code stay here', async () => {
    const started = await server.ask('/api/oidc/aurora/start');
    const url = new URL(started.headers.get('location') ?? '');
    expect(url.origin).toBe(provider.issuer);
    const { searchParams } = url;
    expect(searchParams.get('redirect_uri')).toBe(`${server.publicUrl}/api/oidc/callback`);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(searchParams.get('state')).toMatch(/^aurora\.[\w-]{43}$/);
    expect(searchParams.get('nonce')).toMatch(/^[\w-]{43}$/);
    expect(url.href).not.toContain('secret');
    expect(started.headers.getSetCookie()[0]).toMatch(/Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);

    const response = await login();
    expect(outcome(response)).toEqual(letIn);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const answer = await server.ask('/api/session', { cookie: cookieFrom(response) });
    expect(sessionAnswer.parse(await answer.json()).staff).toMatchObject({
      name: 'Jo Almeida',
      role: 'front-desk',
    });
  });

  test('the subject is who it is, whatever the name; a new role ends what was opened with the old one', async () => {
    const before = cookieFrom(await login());
    const after = cookieFrom(await login({ claims: { name: 'Jo Prado', groups: ['other', 'bosses'] } }));
    expect((await server.ask('/api/session', { cookie: before })).status).toBe(401);
    const { staff } = sessionAnswer.parse(await (await server.ask('/api/session', { cookie: after })).json());
    expect(staff).toMatchObject({ name: 'Jo Prado', role: 'manager' });
    expect(await world.sql('select 1 from staff')).toHaveLength(1);
    await login({ claims: { sub: 'subject-2', name: 'Jo Prado' } });
    expect(await world.sql('select 1 from staff')).toHaveLength(2);
  });

  test.each([
    ['the claim is one word', { claims: { groups: 'desk' } }],
    ['only /userinfo knows the claim', { claims: { groups: undefined }, userinfo: { groups: ['desk'] } }],
  ])('also where %s', async (_, forgery: Forgery) => {
    expect(outcome(await login(forgery))).toEqual(letIn);
  });

  test.each([
    ['acr', { acr: 'phr' }],
    ['amr', { amr: ['pwd', 'mfa'] }],
  ])('also where a second factor is demanded, and proven by %s', async (_, claims) => {
    expect(outcome(await login({ claims }, strict))).toEqual(letIn);
  });
});

describe('an ID token lets nobody in', () => {
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;

  test.each<[string, Forgery]>([
    ['that is not signed', { signed: 'none' }],
    ['that somebody else signed', { signed: 'by another key' }],
    ['that is signed with the client secret', { signed: 'with the client secret' }],
    ['that is not there', { signed: 'not at all' }],
    ['of another issuer', { claims: { iss: 'https://other.example' } }],
    ['for another client', { claims: { aud: 'another' } }],
    ['for several, of whom another asked', { claims: { aud: [clientId, 'another'], azp: 'another' } }],
    ['of another sign-in', { claims: { nonce: 'another' } }],
    ['of no sign-in', { claims: { nonce: undefined } }],
    ['that has ended', { claims: { iat: hourAgo - 300, exp: hourAgo } }],
    ['that never ends', { claims: { exp: undefined } }],
    ['of nobody', { claims: { sub: undefined } }],
    ['without the claim', { claims: { groups: undefined } }],
    ['whose claim no role here has', { claims: { groups: ['guests'] } }],
    ['whose claim is a word of the language', { claims: { groups: ['__proto__', 'constructor'] } }],
    ['whose claim is no word', { claims: { groups: { desk: true } } }],
    ['whose claim the practice maps to no role of ours', { claims: { groups: ['impossible'] } }],
    [
      'where /userinfo speaks of somebody else',
      { claims: { groups: undefined }, userinfo: { sub: 'other', groups: ['desk'] } },
    ],
  ])('%s', async (_, forgery) => {
    expect(outcome(await login(forgery))).toEqual(refused);
    expect(await world.sql('select 1 from staff')).toEqual([]);
    expect(await audited()).toMatchObject([{ outcome: 'denied' }]);
  });

  test.each([
    ['none', {}],
    ['another', { acr: 'pwd', amr: ['pwd'] }],
  ])('where a second factor is demanded, and the token tells of %s', async (_, claims) => {
    expect(outcome(await login({ claims }, strict))).toEqual(refused);
    expect(await audited()).toEqual([{ action: 'NoSecondFactor', outcome: 'denied' }]);
  });
});

describe('who loses the claim', () => {
  test('is not let in again, and what they had open ends', async () => {
    const cookie = cookieFrom(await login());
    expect((await server.ask('/api/session', { cookie })).status).toBe(200);
    expect(outcome(await login({ claims: { groups: [] } }))).toEqual(refused);
    expect((await server.ask('/api/session', { cookie })).status).toBe(401);
    expect(await audited()).toEqual([{ action: 'NoRoleClaim', outcome: 'denied' }]);
  });

  test('who was made inactive here is not let in either, whatever the provider says', async () => {
    await login();
    await world.sql('update staff set active = false');
    expect(outcome(await login())).toEqual(refused);
  });
});

describe('a way back that is not the way there', () => {
  test('with a state that nobody gave', async () => {
    const { cookie, code } = await begin();
    expect(outcome(await callback({ code, state: `aurora.${'A'.repeat(43)}` }, cookie))).toEqual(refused);
    expect(outcome(await callback({ code }, cookie))).toEqual(refused);
  });

  test('with the state of another sign-in', async () => {
    const mine = await begin();
    const other = await begin();
    expect(outcome(await callback({ code: mine.code, state: other.state }, mine.cookie))).toEqual(refused);
  });

  test('in another browser', async () => {
    const { cookie, code, state } = await begin();
    expect(outcome(await callback({ code, state }, undefined))).toEqual(refused);
    expect(outcome(await callback({ code, state }, `vestibule-oidc=${'B'.repeat(43)}`))).toEqual(refused);
    // What a stranger tried takes nothing from the one who began.
    expect(outcome(await callback({ code, state }, cookie))).toEqual(letIn);
  });

  test('for the second time', async () => {
    const { cookie, code, state } = await begin();
    expect(outcome(await callback({ code, state }, cookie))).toEqual(letIn);
    const asked = provider.redeemed.length;
    expect(outcome(await callback({ code, state }, cookie))).toEqual(refused);
    expect(provider.redeemed.length).toBe(asked);
  });

  test('too late', async () => {
    const { cookie, code, state } = await begin();
    await world.sql(`update oidc_logins set expires_at = now() - interval '1 second'`);
    expect(outcome(await callback({ code, state }, cookie))).toEqual(refused);
  });

  test('from another provider, or from one that does not say who it is', async () => {
    const first = await begin();
    const mixedUp = { code: first.code, state: first.state, iss: 'https://other.example' };
    expect(outcome(await callback(mixedUp, first.cookie))).toEqual(refused);
    const { cookie, code, state } = await begin();
    const silent = await server.ask(`/api/oidc/callback?${new URLSearchParams({ code, state })}`, { cookie });
    expect(outcome(silent)).toEqual(refused);
  });

  test('with a refusal of the provider', async () => {
    const { cookie, state } = await begin();
    expect(outcome(await callback({ error: 'access_denied', state }, cookie))).toEqual(refused);
  });

  test('more than ten times: the eleventh is not looked at', async () => {
    for (let i = 0; i < 10; i++) {
      expect(outcome(await callback({ code: 'x', state: `aurora.${'A'.repeat(43)}` }, undefined))).toEqual(
        refused,
      );
    }
    const { cookie, code, state } = await begin();
    expect((await callback({ code, state }, cookie)).status).toBe(429);
  });
});

describe('the provider', () => {
  test.each([
    ['describes itself as another', () => ({ issuer: 'https://other.example' })],
    ['keeps its keys elsewhere', () => ({ jwks_uri: `${canaryUrl}/jwks` })],
    ['takes codes elsewhere', () => ({ token_endpoint: `${canaryUrl}/token` })],
  ])('that %s is not followed there', async (_, metadata) => {
    provider.say({ metadata: metadata() });
    const fresh = await world.server({ practices: practicesWith([]) });
    const started = await fresh.ask('/api/oidc/aurora/start');
    if (started.status === 303) {
      const cookie = cookieFrom(started, 'vestibule-oidc');
      const given = provider.authorize(new URL(started.headers.get('location') ?? ''));
      expect(outcome(await callback(given, cookie, fresh))).toEqual(refused);
    } else {
      expect(started.status).toBe(503);
    }
    expect(canaryHits).toBe(0);
  });

  test('that sends our secret on to another address is not followed', async () => {
    expect(outcome(await login({ redirectTo: `${canaryUrl}/token` }))).toEqual(refused);
    expect(canaryHits).toBe(0);
  });

  test('that is away is told as such, and asked again the next time', async () => {
    const away = await startForgingProvider();
    await away.stop();
    const [practice] = practicesWith([]);
    if (practice?.oidc === undefined) throw new Error('the practice has a provider');
    const fresh = await world.server({
      practices: [{ ...practice, oidc: { ...practice.oidc, issuer: away.issuer } }],
    });
    const response = await fresh.ask('/api/oidc/aurora/start');
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'UNAVAILABLE' } }]);
  });

  test('of another machine must speak https', async () => {
    const [practice] = practicesWith([]);
    if (practice?.oidc === undefined) throw new Error('the practice has a provider');
    const fresh = await world.server({
      practices: [{ ...practice, oidc: { ...practice.oidc, issuer: 'http://192.0.2.1/' } }],
    });
    expect((await fresh.ask('/api/oidc/aurora/start')).status).toBe(503);
  });

  test('is only asked of practices that have one', async () => {
    expect((await server.ask('/api/oidc/riverside/start')).status).toBe(404);
    expect((await server.ask('/api/oidc/nowhere/start')).status).toBe(404);
  });
});
