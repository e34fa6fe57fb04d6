import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { maxBodyBytes } from './index.ts';
import { start } from './test-client.ts';

/** A path exactly as given: `fetch` would tidy it first. */
function rawStatus(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method: 'GET' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject).end();
  });
}

describe('bodies', () => {
  test('more than eight megabytes are too large', async () => {
    const { ask } = await start();
    expect((await ask('POST', '/Patient', 'x'.repeat(maxBodyBytes + 1))).status).toBe(413);
    expect((await ask('GET', '/Patient')).status).toBe(200);
  });

  test.each([
    ['arrays', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    [
      'items',
      `{"resourceType":"QuestionnaireResponse","status":"completed","item":[${'{"linkId":"1","item":['.repeat(5000)}{"linkId":"1"}${']}'.repeat(5000)}]}`,
    ],
  ])('%s without end are refused, and the server lives on', async (_, body) => {
    const { ask } = await start();
    expect((await ask('POST', '/QuestionnaireResponse', body)).status).toBe(400);
    expect((await ask('GET', '/QuestionnaireResponse')).status).toBe(200);
  });

  test.each([
    '{"resourceType":"Patient","__proto__":{"polluted":true}}',
    '{"resourceType":"Patient","constructor":{"prototype":{"polluted":true}}}',
    '{"resourceType":"Patient","name":[{"__proto__":{"polluted":true}}]}',
    '{"resourceType":"Patient","toString":"x"}',
    '{"resourceType":"__proto__"}',
    '{"__proto__":{"resourceType":"Patient"}}',
  ])('%s is an unknown element and pollutes nothing', async (body) => {
    const { ask } = await start();
    expect((await ask('POST', '/Patient', body)).status).toBe(400);
    const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":${body},"request":{"method":"POST","url":"Patient"}}]}`;
    expect((await ask('POST', '', bundle)).status).toBe(400);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('paths', () => {
  test.each([
    '/fhir/aurora/Patient/../Coverage',
    '/fhir/aurora/Patient/..%2fCoverage',
    '/fhir/aurora/Patient/%2e%2e',
    '/fhir/aurora/Patient/a%00b',
    '/fhir/aurora/Patient/a b',
    "/fhir/aurora/Patient/1'%20or%201=1",
    `/fhir/aurora/Patient/${'a'.repeat(65)}`,
    `/fhir/aurora/Patient/${'a'.repeat(5000)}`,
    '/fhir/aurora/Patient/%zz',
    '/fhir/aurora/__proto__',
    '/fhir/aurora/constructor/1',
    '/fhir/__proto__/Patient',
    '/fhir/../fhir/aurora/../../Patient',
    '/fhir',
    '/',
  ])('%s leads nowhere', async (path) => {
    const { url } = await start();
    // Node's own client refuses to send a space; that is as good as a refusal by the server.
    const status = await rawStatus(url, path).catch(() => 400);
    expect([400, 404, 414]).toContain(status);
  });
});

describe('searches', () => {
  test.each([
    "name=x' or 1=1 --",
    'name=%25',
    'name:contains=%25',
    'identifier=%7C%7C%7C',
    '_sort=x;drop table versions',
    'toString=1',
    '__proto__=1',
    '_count=10000000',
    `name=${'a'.repeat(5000)}`,
    '_include=__proto__:x',
  ])('?%s finds nothing and harms nothing', async (query) => {
    const { ask } = await start();
    await ask('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a', name: [{ family: 'Lee' }] });
    const answer = await ask('GET', `/Patient?${query}`);
    expect([200, 400]).toContain(answer.status);
    expect((await ask('GET', '/Patient')).body).toMatchObject({ total: 1 });
  });

  test.each(['_count=-1', '_count=x', 'birthdate=zz2020', 'birthdate=2020-13', 'name:exactly=x', '_page=x'])(
    '?%s is refused',
    async (query) => {
      const { ask } = await start();
      expect([400, 410]).toContain((await ask('GET', `/Patient?${query}`)).status);
    },
  );
});
