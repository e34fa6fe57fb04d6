import { connect } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLog } from '../log.ts';
import { HttpError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { createHttp, routesOf, type StaffGate } from './server.ts';

const base = {
  log: createLog('silent'),
  apiToken: 'a-token-of-enough-length',
  sandbox: false,
  version: '0.0.0',
};

let app: FastifyInstance;
let phase: 'starting' | 'ok' | 'stopping' = 'ok';
let databaseAnswers = true;

beforeAll(async () => {
  app = await createHttp(base);
  healthRoutes(app, {
    systemsAway: () => 2,
    phase: () => phase,
    ping: async () => {
      if (!databaseAnswers) throw new Error('connection refused to maria@10.0.0.7');
    },
  });
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get('/secret', { config: { access: 'service' } }, () => ({ secret: true }));
  typed.post(
    '/typed',
    { config: { access: 'public' }, schema: { body: z.object({ age: z.number().int() }) } },
    (request) => ({ age: request.body.age }),
  );
  typed.get('/broken', { config: { access: 'public' } }, () => {
    throw new Error('Maria broke it');
  });
  typed.get('/unreachable', { config: { access: 'public' } }, () => {
    throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
  });
  typed.get('/teapot', { config: { access: 'public' } }, () => {
    throw new HttpError('NOT_FOUND', { field: 'pot', expected: 'a teapot', example: 'brown betty' });
  });
});

afterAll(() => app.close());

describe('deny by default', () => {
  test('a route that does not say who may call it does not start', async () => {
    const fresh = await createHttp(base);
    expect(() => fresh.get('/open', () => 'x')).toThrow(/GET \/open does not declare who may call it/);
    await fresh.close();
  });

  test('a sandbox route does not exist outside of the sandbox', async () => {
    const fresh = await createHttp(base);
    expect(() => fresh.get('/sandbox', { config: { access: 'sandbox' } }, () => 'x')).toThrow(/sandbox/);
    await fresh.close();
  });

  test.each([
    ['no token', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a wrong one', { authorization: 'Bearer a-token-of-enough-lengtH' }],
    ['another scheme', { authorization: 'Basic a-token-of-enough-length' }],
  ])('a service route with %s', async (_, headers) => {
    const response = await app.inject({ url: '/secret', headers });
    expect(response.statusCode).toBe(401);
    expect(response.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED', field: 'authorization' } });
  });

  test('a service route with the token', async () => {
    const response = await app.inject({
      url: '/secret',
      headers: { authorization: 'Bearer a-token-of-enough-length' },
    });
    expect(response.json()).toEqual({ secret: true });
  });

  test('without a configured token service routes are closed to everybody', async () => {
    const closed = await createHttp({ ...base, apiToken: undefined });
    closed.get('/secret', { config: { access: 'service' } }, () => ({}));
    const response = await closed.inject({ url: '/secret', headers: { authorization: 'Bearer undefined' } });
    expect(response.statusCode).toBe(401);
    await closed.close();
  });
});

describe('staff routes', () => {
  const somebody = { practiceId: 'aurora', staffId: 's1', name: 'Jo', role: 'manager', sessionId: 'x' };
  const written: unknown[] = [];
  const gate: StaffGate = {
    admit: async (request, action) => {
      if (request.headers.cookie !== 'good') throw new HttpError('UNAUTHENTICATED');
      if (action === 'Forbidden') throw new HttpError('FORBIDDEN');
      return somebody;
    },
    audit: async (_tx, staff, action, target) => void written.push([staff.staffId, action, target]),
  };
  const tx = {
    practiceId: 'aurora',
    query: async () => [],
    afterCommit: () => undefined,
    send: () => undefined,
  };
  const phi = { access: 'staff', action: 'ReadConversation', phi: true } as const;
  let staffed: FastifyInstance;

  beforeAll(async () => {
    staffed = await createHttp({ ...base, staff: gate });
    staffed.get('/me', { config: { access: 'staff', action: 'Own' } }, (request) => request.staff);
    staffed.get('/not-me', { config: { access: 'staff', action: 'Forbidden' } }, () => ({}));
    staffed.get('/audited', { config: phi }, async (request) => {
      await request.audit(tx, 'conversation/1');
      return { name: 'Maria' };
    });
    staffed.get('/closer', { config: phi }, async (request) => {
      await request.audit(tx, 'conversation/2', 'Export');
      return { name: 'Maria' };
    });
    staffed.get('/unaudited', { config: phi }, () => ({ name: 'Maria' }));
    staffed.get('/unaudited-text', { config: phi }, (_request, reply) => reply.send('Maria'));
    staffed.get('/unaudited-bytes', { config: phi }, (_request, reply) => reply.send(Buffer.from('Maria')));
    staffed.get('/unaudited-stream', { config: phi }, (_request, reply) =>
      reply.send(Readable.from(['Maria'])),
    );
    staffed.get('/absent', { config: phi }, () => {
      throw new HttpError('NOT_FOUND');
    });
  });

  afterAll(() => staffed.close());

  const ask = (url: string, cookie = 'good') => staffed.inject({ url, headers: { cookie } });

  test.each([
    ['of staff without an action', { access: 'staff' }],
    ['of others with one', { access: 'public', action: 'ReadInbox' }],
    ['with patient data that is not for staff', { access: 'service', phi: true }],
  ] as const)('one %s does not start', (_, config) => {
    expect(() => staffed.get('/new', { config }, () => 'x')).toThrow(/staff route/);
  });

  test('let in whom the gate lets in, and keep nothing on the way', async () => {
    const response = await ask('/me');
    expect(response.json()).toEqual(somebody);
    expect(response.headers['cache-control']).toBe('no-store');
    expect((await ask('/me', 'bad')).statusCode).toBe(401);
    expect((await ask('/not-me')).statusCode).toBe(403);
  });

  test('are closed to everybody where there is no gate', async () => {
    const closed = await createHttp(base);
    closed.get('/me', { config: { access: 'staff', action: 'Own' } }, () => 'x');
    expect((await closed.inject({ url: '/me', headers: { cookie: 'good' } })).statusCode).toBe(401);
    await closed.close();
  });

  test('show patient data when it was written down who saw it', async () => {
    expect((await ask('/audited')).json()).toEqual({ name: 'Maria' });
    expect((await ask('/closer')).statusCode).toBe(200);
    expect(written).toEqual([
      ['s1', 'ReadConversation', 'conversation/1'],
      ['s1', 'Export', 'conversation/2'],
    ]);
  });

  test.each([['/unaudited'], ['/unaudited-text'], ['/unaudited-bytes'], ['/unaudited-stream']])(
    'show none when it was not: %s',
    async (url) => {
      const response = await ask(url);
      expect([response.statusCode, response.json().error.code]).toEqual([500, 'INTERNAL']);
      expect(response.body).not.toContain('Maria');
    },
  );

  test('tell an error as the error that it is: it holds no patient data', async () => {
    expect((await ask('/absent')).json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  test('are all known, with what they declare', () => {
    const gets = routesOf(staffed).filter(({ method }) => method === 'GET');
    expect(gets.find(({ url }) => url === '/audited')?.config).toMatchObject(phi);
    expect(gets.map(({ url }) => url)).toContain('/api/openapi.json');
  });
});

test('who calls is told by the socket, unless a proxy that we trust tells of another', async () => {
  const callerThrough = async (trustedProxies: readonly string[] | undefined) => {
    const server = await createHttp({ ...base, trustedProxies });
    server.get('/ip', { config: { access: 'public' } }, (request) => ({ ip: request.ip }));
    const headers = { 'x-forwarded-for': '198.51.100.9' };
    const response = await server.inject({ url: '/ip', headers, remoteAddress: '10.0.0.1' });
    await server.close();
    return response.json().ip;
  };
  expect(await callerThrough(undefined)).toBe('10.0.0.1');
  expect(await callerThrough(['10.0.0.2'])).toBe('10.0.0.1');
  expect(await callerThrough(['10.0.0.1'])).toBe('198.51.100.9');
});

describe('errors', () => {
  test('a wrong field is named, with what was expected, and not repeated', async () => {
    const response = await app.inject({ method: 'POST', url: '/typed', payload: { age: 'forty-two' } });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toMatchObject({ code: 'VALIDATION', field: 'body.age' });
    expect(response.body).not.toContain('forty-two');
  });

  test.each([
    ['malformed JSON', '{"age":', 'application/json', 400, 'MALFORMED_JSON'],
    ['another content type', 'age=1', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON that says it is text', '{"age":1}', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a body that is too large',
      `{"age":"${'x'.repeat(5 * 1024 * 1024)}"}`,
      'application/json',
      413,
      'BODY_TOO_LARGE',
    ],
  ])('%s', async (_, payload, type, status, code) => {
    const response = await app.inject({
      method: 'POST',
      url: '/typed',
      payload,
      headers: { 'content-type': type },
    });
    expect([response.statusCode, response.json().error.code]).toEqual([status, code]);
  });

  test('a bug is told without its message', async () => {
    const response = await app.inject({ url: '/broken' });
    expect([response.statusCode, response.json().error.code]).toEqual([500, 'INTERNAL']);
    expect(response.body).not.toContain('Maria');
  });

  test('a database out of reach is told as such, so that the caller tries again', async () => {
    const response = await app.inject({ url: '/unreachable' });
    expect([response.statusCode, response.json().error.code]).toEqual([503, 'UNAVAILABLE']);
    expect(response.body).not.toContain('10.0.0.7');
  });

  test('what is refused for now is no error in the log, and has no line each; a bug is one', async () => {
    const lines: { level: number; msg: string; code: string }[] = [];
    const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
    const busy = await createHttp({ ...base, log });
    busy.get('/busy', { config: { access: 'public' } }, () => {
      throw new HttpError('UNAVAILABLE');
    });
    busy.get('/broken', { config: { access: 'public' } }, () => {
      throw new TypeError('Maria');
    });
    for (let i = 0; i < 50; i += 1) expect((await busy.inject({ url: '/busy' })).statusCode).toBe(503);
    expect(lines[0]).toMatchObject({
      msg: 'requests refused',
      code: 'UNAVAILABLE',
      route: '/busy',
      count: 1,
    });
    expect(lines.length).toBeLessThan(50);
    // pino's levels: 40 is warn, 50 error.
    expect(lines.every(({ level }) => level === 40)).toBe(true);
    await busy.inject({ url: '/broken' });
    expect(lines.at(-1)).toMatchObject({ level: 50, msg: 'request failed', code: 'TypeError' });
    await busy.close();
  });

  test('our own errors say field, expectation and example', async () => {
    expect((await app.inject({ url: '/teapot' })).json().error).toEqual({
      code: 'NOT_FOUND',
      message: 'There is nothing here.',
      field: 'pot',
      expected: 'a teapot',
      example: 'brown betty',
    });
    expect((await app.inject({ url: '/nowhere' })).json().error.code).toBe('NOT_FOUND');
  });
});

test('what is no HTTP request is answered in our words, and closed', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const say = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let heard = '';
      const socket = connect(address.port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => {
        heard += data.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(heard));
    });
  expect(await say('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*MALFORMED_REQUEST/);
  const huge = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`;
  expect(await say(huge)).toMatch(/^HTTP\/1\.1 431 [\s\S]*HEADERS_TOO_LARGE/);
});

test('headers are strict', async () => {
  const { headers } = await app.inject({ url: '/health/live' });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['strict-transport-security']).toBeDefined();
});

test('health: alive while starting and stopping, ready only when it can work', async () => {
  const ready = async () => (await app.inject({ url: '/health/ready' })).statusCode;
  expect((await app.inject({ url: '/health/ready' })).json()).toEqual({
    status: 'ok',
    practiceSystemsAway: 2,
  });
  expect(await ready()).toBe(200);
  phase = 'starting';
  expect(await ready()).toBe(503);
  phase = 'stopping';
  expect(await ready()).toBe(503);
  expect((await app.inject({ url: '/health/live' })).statusCode).toBe(200);
  phase = 'ok';
  databaseAnswers = false;
  const response = await app.inject({ url: '/health/ready' });
  expect([response.statusCode, response.json()]).toEqual([503, { status: 'unavailable' }]);
  databaseAnswers = true;
});

test('the API describes itself from the schemas', async () => {
  const document = (await app.inject({ url: '/api/openapi.json' })).json();
  expect(document.openapi).toMatch(/^3\./);
  const body = document.paths['/typed'].post.requestBody.content['application/json'].schema;
  expect(body.properties.age.type).toBe('integer');
});
