import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../test/ports.ts';
import {
  cookieFrom,
  createStaffWorld,
  type StaffServer,
  type StaffWorld,
  testPractices,
} from '../../test/staff-world.ts';
import { sessionAnswer } from './contract.ts';

/** The whole way through a provider that is not ours: `oidc-provider`, certified, on loopback, with a person who clicks through. */

const clientId = 'vestibule';
const clientSecret = 'the secret of the client';

let world: StaffWorld;
let server: StaffServer;
let http: Server;
let issuer: string;
/** Whom the provider's own sign-in page finds. */
let account = { id: 'jo', name: 'Jo Almeida', groups: ['desk'] };

async function startProvider(port: number, redirectUri: string): Promise<Server> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k1' }] },
    cookies: { keys: ['a key for the cookies of the provider'] },
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: account.name, groups: account.groups }),
    }),
  };
  const provider = new Provider(issuer, configuration);
  const handle = provider.callback();
  const made = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return void handle(request, response);
    void (async () => {
      const { prompt, params, session } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        return await provider.interactionFinished(request, response, { login: { accountId: account.id } });
      }
      const grant = new provider.Grant({
        accountId: session?.accountId ?? '',
        clientId: String(params.client_id),
      });
      grant.addOIDCScope('openid profile');
      return await provider.interactionFinished(request, response, {
        consent: { grantId: await grant.save() },
      });
    })();
  });
  await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve));
  return made;
}

beforeAll(async () => {
  world = await createStaffWorld();
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  const oidc = {
    issuer,
    clientId,
    clientSecret,
    roleClaim: 'groups',
    roles: { desk: 'front-desk' },
    acr: [],
  };
  server = await world.server({
    sandbox: false,
    practices: testPractices.map((practice) => (practice.id === 'aurora' ? { ...practice, oidc } : practice)),
  });
  http = await startProvider(port, `${server.publicUrl}/api/oidc/callback`);
});

afterAll(async () => {
  await world.stop();
  http.closeAllConnections();
  http.close();
});

/** A browser without a window: follows the provider's pages with the provider's cookies, until it is sent back to us. */
async function clickThrough(start: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = start;
  for (let step = 0; step < 10 && url.startsWith(issuer); step++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    url = new URL(response.headers.get('location') ?? 'about:blank', url).href;
  }
  return url;
}

async function signIn() {
  const started = await server.ask('/api/oidc/aurora/start');
  const back = new URL(await clickThrough(started.headers.get('location') ?? ''));
  const cookie = cookieFrom(started, 'vestibule-oidc');
  return { back, cookie, response: await server.ask(`${back.pathname}${back.search}`, { cookie }) };
}

test('a person signs in at the provider and is here whom the provider says', async () => {
  const { back, cookie, response } = await signIn();
  expect(back.origin).toBe(server.publicUrl);
  expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
  const session = await server.ask('/api/session', { cookie: cookieFrom(response) });
  expect(sessionAnswer.parse(await session.json()).staff).toMatchObject({
    name: 'Jo Almeida',
    role: 'front-desk',
  });

  const again = await server.ask(`${back.pathname}${back.search}`, { cookie });
  expect([again.headers.get('location'), cookieFrom(again)]).toEqual(['/#sign-in-failed', undefined]);
});

test('who is no longer in the group is no longer in, nor is what they had open', async () => {
  const session = cookieFrom((await signIn()).response);
  account = { ...account, groups: ['guests'] };
  const { response } = await signIn();
  expect([response.headers.get('location'), cookieFrom(response)]).toEqual(['/#sign-in-failed', undefined]);
  expect((await server.ask('/api/session', { cookie: session })).status).toBe(401);
});

test('the sign-in page knows which practice has a provider', async () => {
  const { practices } = (await (await server.ask('/api/sign-in')).json()) as {
    practices: { id: string; oidc: boolean }[];
  };
  expect(practices.map(({ id, oidc }) => [id, oidc])).toEqual([
    ['aurora', true],
    ['riverside', false],
  ]);
});
