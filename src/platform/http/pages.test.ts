import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '#platform/log.ts';
import { staffPages, staffPaths } from './pages.ts';
import { createHttp } from './server.ts';

let dir: string;
let app: FastifyInstance;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vestibule-pages-'));
});

afterEach(async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

async function serve(sandbox = false): Promise<void> {
  app = await createHttp({ log: createLog('silent'), apiToken: undefined, sandbox, version: '1.2.3' });
  await staffPages(app, { dir, sandbox });
}

async function build(): Promise<void> {
  await mkdir(join(dir, 'assets'));
  await writeFile(
    join(dir, 'index.html'),
    '<meta property="csp-nonce" nonce="NONCE_OF_THIS_ANSWER"><div id="root"></div>',
  );
  await writeFile(join(dir, 'assets', 'index-abc123.js'), 'start()');
  await writeFile(join(dir, 'secret.txt'), 'not an asset');
}

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
const styleNonce = (policy: unknown) => /style-src 'self' 'nonce-([\w+/=]+)'/.exec(String(policy))?.[1];

test.each(staffPaths)('%s is the page of the app, never kept, with a nonce for its styles', async (path) => {
  await serve();
  await build();
  const { statusCode, headers, body } = await get(path.replace(':id', '7b0d-11'));
  expect(statusCode).toBe(200);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['cache-control']).toBe('no-store');
  const nonce = styleNonce(headers['content-security-policy']);
  expect(nonce).toMatch(/^[\w+/=]{22,}$/);
  expect(body).toContain(`nonce="${nonce}"`);
  expect(String(headers['content-security-policy'])).toMatch(/script-src 'self';/);
});

test('a nonce is used once', async () => {
  await serve();
  await build();
  const nonces = await Promise.all(
    [1, 2, 3].map(async () => styleNonce((await get('/inbox')).headers['content-security-policy'])),
  );
  expect(new Set(nonces).size).toBe(3);
});

test('files with a hash in their name are kept for ever; nothing else of the folder is served', async () => {
  await serve();
  await build();
  const asset = await get('/assets/index-abc123.js');
  expect(asset.statusCode).toBe(200);
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(asset.headers['content-security-policy']).not.toContain('nonce');
  for (const path of [
    '/assets/gone.js',
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/secret.txt',
  ]) {
    expect((await get(path)).statusCode, path).toBeGreaterThanOrEqual(400);
  }
});

test('before it is built, the page says what to do', async () => {
  await serve();
  const { statusCode, headers, body } = await get('/inbox');
  expect(statusCode).toBe(503);
  expect(headers['content-type']).toContain('text/html');
  expect(body).toContain('npm run build');
});

test('in the sandbox, who has no session is led to the world; elsewhere to the app', async () => {
  await serve(true);
  await build();
  const newcomer = await get('/');
  expect([newcomer.statusCode, newcomer.headers.location]).toEqual([302, '/sandbox/']);
  expect(newcomer.headers['cache-control']).toBe('no-store');
  for (const cookie of ['vestibule-session=abc', 'theme=dark; __Host-vestibule=abc']) {
    expect((await get('/', { cookie })).statusCode, cookie).toBe(200);
  }
  expect((await get('/', { cookie: 'not-vestibule-session=abc' })).statusCode).toBe(302);
  expect((await get('/inbox')).statusCode).toBe(200);
});

test('other addresses keep their own answers', async () => {
  await serve();
  await build();
  expect((await get('/api/openapi.json')).json().paths).toEqual({});
  expect((await get('/api/nothing')).json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
  expect((await get('/p/form')).statusCode).toBe(404);
  expect((await get('/webhooks/meta/aurora')).statusCode).toBe(404);
});
