import { describe, expect, test } from 'vitest';
import type { FaultInput } from './index.ts';
import { type Ask, client, json, jsonPatch, start } from './test-client.ts';

const patient = { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '1' }] };

async function stored(ask: Ask): Promise<unknown> {
  return (await ask('GET', '/Patient?_summary=count')).body.total;
}

/** What a client sees of a faulty POST: a status and kind of body, or how it ended without one. */
async function seen(base: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${base}/Patient`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(patient),
      signal,
    });
    const type = response.headers.get('content-type')?.split(';')[0];
    const body = await response.text();
    const retry = response.headers.get('retry-after');
    return [
      response.status,
      type,
      isJson(body) ? 'json' : 'no json',
      ...(retry ? [`after ${retry}`] : []),
    ].join(', ');
  } catch (error) {
    return signal.aborted ? 'timeout' : error instanceof TypeError ? 'reset' : String(error);
  }
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

const fhir = 'application/fhir+json';

describe('each kind, before and after the work', () => {
  test.each<[FaultInput, string, number]>([
    [{ kind: 'reset' }, 'reset', 0],
    [{ kind: 'reset', when: 'after' }, 'reset', 1],
    [{ kind: 'unavailable' }, `503, ${fhir}, json`, 0],
    [{ kind: 'unavailable', retryAfterSeconds: 7 }, `503, ${fhir}, json, after 7`, 0],
    [{ kind: 'unavailable', when: 'after' }, `503, ${fhir}, json`, 1],
    [{ kind: 'throttle', retryAfterSeconds: 0 }, `429, ${fhir}, json, after 0`, 0],
    [{ kind: 'status', status: 500, when: 'after' }, `500, ${fhir}, json`, 1],
    [{ kind: 'html' }, '200, text/html, no json', 0],
    [{ kind: 'html', status: 502 }, '502, text/html, no json', 0],
    [{ kind: 'html', status: 502, when: 'after' }, '502, text/html, no json', 1],
    [{ kind: 'half-json' }, `201, ${fhir}, no json`, 1],
    [{ kind: 'slow', ms: 1 }, `201, ${fhir}, json`, 1],
    [{ kind: 'slow', ms: 1, when: 'after' }, `201, ${fhir}, json`, 1],
  ])('%o', async (fault, expected, total) => {
    const { ask, base, faults, ledger } = await start();
    faults.add({ ...fault, times: 1 });
    expect(await seen(base('aurora'), new AbortController().signal)).toBe(expected);
    expect(await stored(ask)).toBe(total);
    expect(faults.list()).toEqual([]);
    expect(ledger.count({ fault: fault.kind })).toBe(1);
    expect(ledger.entries({ fault: fault.kind })[0]?.status).toBe(
      fault.kind === 'reset' ? 0 : Number(expected.slice(0, 3)),
    );
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a time-out %s the work', async (when, total) => {
    const { ask, base, faults, ledger } = await start();
    faults.add({ kind: 'timeout', when, times: 1 });
    const giveUp = new AbortController();
    const outcome = seen(base('aurora'), giveUp.signal);
    // The ledger says when the fault has taken hold; only then is the client's patience over.
    await expect.poll(() => ledger.count({ fault: 'timeout', status: 0 })).toBe(1);
    giveUp.abort();
    expect(await outcome).toBe('timeout');
    expect(await stored(ask)).toBe(total);
  });

  test('a spoilt answer tells nothing of the true one', async () => {
    const { ask, faults } = await start();
    faults.add({ kind: 'html', status: 502, when: 'after' });
    const { headers } = await ask('POST', '/Patient', patient);
    expect([headers.get('location'), headers.get('etag')]).toEqual([null, null]);
  });
});

describe('matching', () => {
  test('by method, type and tenant; skip and times; until cleared', async () => {
    const server = await start({ tenants: ['aurora', 'brasil'] });
    const aurora = client(server.base('aurora'));
    const brasil = client(server.base('brasil'));
    const statuses = async (ask: Ask, method: string, path: string, n: number, body?: typeof patient) => {
      const all: number[] = [];
      for (let i = 0; i < n; i++) all.push((await ask(method, path, body)).status);
      return all;
    };
    server.faults.add({
      kind: 'throttle',
      method: 'POST',
      type: 'Patient',
      tenant: 'aurora',
      skip: 1,
      times: 2,
    });
    expect(await statuses(aurora, 'GET', '/Patient', 1)).toEqual([200]);
    expect(await statuses(brasil, 'POST', '/Patient', 2, patient)).toEqual([201, 201]);
    expect(await statuses(aurora, 'POST', '/Patient', 4, patient)).toEqual([201, 429, 429, 201]);
    server.faults.add({ kind: 'unavailable', type: 'Bundle' });
    expect(await statuses(aurora, 'POST', '', 3)).toEqual([503, 503, 503]);
    expect(await statuses(aurora, 'GET', '/metadata', 1)).toEqual([200]);
    server.faults.clear();
    expect(await statuses(aurora, 'POST', '', 1)).toEqual([415]);
  });

  test('stop() does not wait for those who wait', async () => {
    const { base, faults, ledger, stop } = await start();
    faults.add({ kind: 'timeout' });
    const outcome = seen(base('aurora'), new AbortController().signal);
    await expect.poll(() => ledger.count({ status: 0 })).toBe(1);
    await stop();
    expect(await outcome).toBe('reset');
  });
});

describe('over HTTP', () => {
  test('POST adds one or several, GET lists, DELETE clears', async () => {
    const { ask, url } = await start();
    const control = client(url);
    expect((await control('POST', '/_faults', { kind: 'throttle', times: 1 }, json)).status).toBe(201);
    await control(
      'POST',
      '/_faults',
      [
        { kind: 'unavailable', type: 'Slot' },
        { kind: 'slow', ms: 1 },
      ],
      json,
    );
    expect(JSON.parse((await control('GET', '/_faults')).text)).toHaveLength(3);
    expect((await ask('GET', '/Patient')).status).toBe(429);
    expect((await control('DELETE', '/_faults')).status).toBe(204);
    expect((await ask('GET', '/Slot')).status).toBe(200);
  });

  test.each([
    '{"kind":"flood"}',
    '{"kind":"slow"}',
    '{"kind":"reset","tmies":1}',
    'nonsense',
    '[{"kind":"html","status":404}]',
  ])('%s is refused', async (body) => {
    const { url, faults } = await start();
    expect((await client(url)('POST', '/_faults', body, json)).status).toBe(400);
    expect(faults.list()).toEqual([]);
  });
});

test('the ledger counts by template, without ids or queries', async () => {
  const { ask, ledger } = await start();
  await ask('POST', '/Patient', patient);
  await ask('GET', '/Patient?name=secret');
  await ask('GET', '/Patient/secret');
  await ask('GET', '/Patient/secret/_history/secret');
  await ask('POST', '/Patient/_search', 'name=secret', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await ask('PATCH', '/Patient/secret', '[]', jsonPatch);
  await ask('GET', '/secret/secret/secret/secret/secret');
  await ask('GET', '/metadata');
  await ask('POST', '', { resourceType: 'Bundle', type: 'batch' });
  expect(ledger.entries().map(({ method, template, status }) => `${method} ${template} ${status}`)).toEqual([
    'POST /Patient 201',
    'GET /Patient 200',
    'GET /Patient/:id 404',
    'GET /Patient/:id/_history/:vid 404',
    'POST /Patient/_search 200',
    'PATCH /Patient/:id 404',
    'GET /:unknown/:id/:unknown/:vid 404',
    'GET /metadata 200',
    'POST / 200',
  ]);
  expect(JSON.stringify(ledger.entries())).not.toContain('secret');
  expect(ledger.count({ method: 'GET', tenant: 'aurora' })).toBe(5);
  ledger.clear();
  expect(ledger.count()).toBe(0);
});
