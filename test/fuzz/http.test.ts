import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createHttp } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { asJson, bytes, mutated, weird } from './weird.ts';

/** What stands in a JSON body, on a route of ours with a schema such as they have. */

let app: FastifyInstance;
const seen: unknown[] = [];

const body = z.strictObject({
  token: z.number().int(),
  key: z.string().min(1).max(64),
  text: z.string().max(4096),
  labels: z.record(z.string(), z.string()).optional(),
});

const good = { token: 3, key: 'reply-key-0001', text: 'Good morning', labels: { a: 'b' } };

beforeAll(async () => {
  app = await createHttp({ log: createLog('silent'), apiToken: undefined, sandbox: false, version: '0.0.0' });
  app
    .withTypeProvider<ZodTypeProvider>()
    .post('/reply', { config: { access: 'public' }, schema: { body } }, (request) => {
      seen.push(request.body);
      return {};
    });
});

afterAll(() => app.close());

const send = (payload: Buffer | string, type = 'application/json') =>
  app.inject({ method: 'POST', url: '/reply', payload, headers: { 'content-type': type } });

describe('a JSON body', () => {
  test('of any kind is taken or refused with a code, never repeated, and touches no prototype', async () => {
    const before = Reflect.ownKeys(Object.prototype);
    const inputs = bytes(fc.oneof(mutated([good]), weird.map(asJson)));
    await fc.assert(
      fc.asyncProperty(inputs, async (payload) => {
        seen.length = 0;
        const answer = await send(payload);
        expect([200, 400, 413, 415]).toContain(answer.statusCode);
        for (const taken of seen) expect(body.safeParse(taken).success).toBe(true);
        if (answer.statusCode !== 200) expect(answer.json().error.code).toMatch(/^[A-Z_]+$/);
        expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
      }),
      { seed: 20_261_122, numRuns: 300 },
    );
  });

  test.each([
    ['a key that reaches for the prototype', '{"__proto__":{"admin":true},"token":3,"key":"k","text":"t"}'],
    ['one further in', '{"token":3,"key":"k","text":"t","labels":{"__proto__":"x"}}'],
    [
      'a constructor with a prototype',
      '{"constructor":{"prototype":{"admin":true}},"token":3,"key":"k","text":"t"}',
    ],
    ['a number beyond all numbers', '{"token":1e999,"key":"k","text":"t"}'],
    ['a number that is no whole one', '{"token":3.5,"key":"k","text":"t"}'],
    ['ten thousand levels', `{"token":3,"key":"k","text":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['half of it', '{"token":3,"key":"k","te'],
    ['nothing', ''],
    ['a word', 'null'],
    ['bytes that are no UTF-8 where the syntax stands', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ])('with %s is refused', async (_, payload) => {
    const answer = await send(payload);
    expect(answer.statusCode).toBe(400);
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  test('with a key twice means the last one, for whoever reads it', async () => {
    seen.length = 0;
    expect((await send('{"token":3,"key":"first","key":"second","text":"t"}')).statusCode).toBe(200);
    expect(seen).toEqual([{ token: 3, key: 'second', text: 't' }]);
  });

  test('with a byte order mark is read', async () => {
    expect((await send(`\ufeff${JSON.stringify(good)}`)).statusCode).toBe(200);
  });

  test('of another type is not read', async () => {
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ])
      expect((await send(JSON.stringify(good), type)).statusCode).toBe(415);
  });
});
