import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLog } from '../log.ts';
import { HttpError } from './errors.ts';
import { healthRoutes } from './health.ts';
import { createHttp } from './server.ts';

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
