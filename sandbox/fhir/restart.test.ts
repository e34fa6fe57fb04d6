import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { startFhir } from './index.ts';
import { client, start, texts } from './test-client.ts';

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'fhir-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A server in a process of its own, to be killed. */
async function startProcess(dataDir: string) {
  const program = `
    const { startFhir } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
    const server = await startFhir({ port: 0, tenants: ['aurora', 'brasil'], dataDir: ${JSON.stringify(dataDir)} });
    console.log(server.base('aurora'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [base] = (await once(createInterface(child.stdout), 'line')) as [string]; // a line is a string
  const kill = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { ask: client(base), kill };
}

test('what was answered survives kill -9, versions, searches and pages with it', async () => {
  const dataDir = await makeDir();
  const first = await startProcess(dataDir);
  for (let n = 0; n < 20; n++) {
    const made = await first.ask('POST', '/Patient', {
      resourceType: 'Patient',
      identifier: [{ value: String(n) }],
    });
    expect(made.status).toBe(201);
  }
  await first.ask('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a' });
  await first.ask('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a', gender: 'female' });
  await first.ask('PUT', '/Patient/b', { resourceType: 'Patient', id: 'b' });
  await first.ask('DELETE', '/Patient/b');
  const page = await first.ask('GET', '/Patient?_count=15&_sort=_id');
  await first.kill();

  const second = await startProcess(dataDir);
  expect((await second.ask('GET', '/Patient?_summary=count')).body.total).toBe(21);
  expect((await second.ask('GET', '/Patient?identifier=7')).body.total).toBe(1);
  expect((await second.ask('GET', '/Patient/a')).headers.get('etag')).toBe('W/"2"');
  expect((await second.ask('GET', '/Patient/a/_history/1')).status).toBe(200);
  expect((await second.ask('GET', '/Patient/b')).status).toBe(410);
  const next = texts(page, 'link.url').find((url) => url.includes('_page='));
  const rest = await second.ask('GET', `/Patient?${new URL(next ?? '').searchParams}`);
  expect(texts(rest, 'entry.resource.id')).toHaveLength(6);
});

test('a kill amid writes leaves whole transactions only', async () => {
  const dataDir = await makeDir();
  const first = await startProcess(dataDir);
  const pair = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
      {
        resource: { resourceType: 'Organization', name: 'x' },
        request: { method: 'POST', url: 'Organization' },
      },
    ],
  };
  let answered = 0;
  const writers = Array.from({ length: 60 }, async () => {
    // Those that were under way when the process died fail: that is what the test is about.
    const answer = await first.ask('POST', '', pair).catch(() => undefined);
    if (answer?.status === 200) answered++;
  });
  await expect.poll(() => answered).toBeGreaterThan(10);
  await first.kill();
  await Promise.all(writers);

  const second = await startProcess(dataDir);
  const total = async (type: string) =>
    Number((await second.ask('GET', `/${type}?_summary=count`)).body.total);
  const [patients, organizations] = [await total('Patient'), await total('Organization')];
  expect(patients).toBe(organizations);
  expect(patients).toBeGreaterThanOrEqual(answered);
});

test('a file per practice', async () => {
  const dataDir = await makeDir();
  const server = await startFhir({ port: 0, tenants: ['aurora', 'brasil'], dataDir });
  await client(server.base('aurora'))('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a' });
  await server.stop();
  const { base } = await start({ tenants: ['brasil', 'aurora'], dataDir });
  expect((await client(base('aurora'))('GET', '/Patient/a')).status).toBe(200);
  expect((await client(base('brasil'))('GET', '/Patient/a')).status).toBe(404);
});

test.each(['../evil', 'A', '', 'a/b', 'a.sqlite'])('"%s" is no name of a tenant', async (name) => {
  await expect(startFhir({ port: 0, tenants: [name] })).rejects.toThrow();
  await expect(startFhir({ port: 0, tenants: ['a', 'a'] })).rejects.toThrow();
});

test('a port that is taken is an error, not a second server', async () => {
  const { url } = await start();
  await expect(startFhir({ port: Number(new URL(url).port), tenants: ['a'] })).rejects.toThrow('EADDRINUSE');
});
