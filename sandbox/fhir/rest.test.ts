import { describe, expect, test } from 'vitest';
import type { Change } from './index.ts';
import { client, expressions, idOf, json, jsonPatch, start, texts } from './test-client.ts';

const ana = { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '1' }], gender: 'female' };

describe('create', () => {
  test('answers 201 with Location, ETag, Last-Modified and the resource', async () => {
    const at = new Date('2026-03-01T10:00:00.000Z');
    const { ask, base } = await start({ clock: () => at });
    const answer = await ask('POST', '/Patient', { ...ana, id: 'chosen-by-client' });
    const id = idOf(answer);
    expect(answer.status).toBe(201);
    expect(id).not.toBe('chosen-by-client');
    expect(answer.headers.get('location')).toBe(`${base('aurora')}/Patient/${id}/_history/1`);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(answer.headers.get('last-modified')).toBe('Sun, 01 Mar 2026 10:00:00 GMT');
    expect(answer.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    expect(answer.body).toEqual({
      ...ana,
      id,
      meta: { versionId: '1', lastUpdated: '2026-03-01T10:00:00.000Z' },
    });
  });

  test('keeps the tags and profiles of meta, and sets the rest itself', async () => {
    const { ask } = await start();
    const meta = { versionId: '77', tag: [{ code: 't' }], profile: ['http://example.org/p'] };
    const answer = await ask('POST', '/Patient', { ...ana, meta });
    expect(answer.body).toMatchObject({
      meta: { versionId: '1', tag: [{ code: 't' }], profile: ['http://example.org/p'] },
    });
  });

  test.each([
    ['minimal', ''],
    ['representation', '"resourceType":"Patient"'],
    ['OperationOutcome', '"resourceType":"OperationOutcome"'],
  ])('Prefer: return=%s', async (preference, expected) => {
    const { ask } = await start();
    const answer = await ask('POST', '/Patient', ana, { prefer: `handling=lenient; return=${preference}` });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(expected === '' ? answer.text === '' : answer.text.includes(expected)).toBe(true);
  });

  test('application/json will do; XML and nothing will not', async () => {
    const { ask } = await start();
    expect((await ask('POST', '/Patient', ana, json)).status).toBe(201);
    expect(
      (await ask('POST', '/Patient', '<Patient/>', { 'content-type': 'application/fhir+xml' })).status,
    ).toBe(415);
    expect((await ask('POST', '/Patient')).status).toBe(415);
    expect((await ask('GET', '/Patient', undefined, { accept: 'application/fhir+xml' })).status).toBe(406);
  });

  test.each([
    ['not JSON', '{"resourceType":', 400],
    ['not an object', '[]', 400],
    ['another type', '{"resourceType":"Slot"}', 400],
    ['no type', '{"gender":"male"}', 400],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
    ['an unknown element', '{"resourceType":"Patient","foo":1}', 400],
    ['a broken invariant', '{"resourceType":"Patient","contact":[{"gender":"male"}]}', 422],
  ])('refuses %s', async (_, body, status) => {
    const { ask } = await start();
    const answer = await ask('POST', '/Patient', body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome' });
    expect((await ask('GET', '/Patient?_summary=count')).body).toMatchObject({ total: 0 });
  });

  test('a type it does not keep is not found', async () => {
    const { ask } = await start();
    const answer = await ask('POST', '/Observation', { resourceType: 'Observation' });
    expect([answer.status, answer.body.resourceType]).toEqual([404, 'OperationOutcome']);
  });
});

describe('references', () => {
  const coverage = (reference: string) => ({
    resourceType: 'Coverage',
    status: 'active',
    beneficiary: { reference },
    payor: [{ display: 'Payer' }],
  });

  test('of our own must exist, be of a permitted type, and not be deleted', async () => {
    const { ask, base } = await start();
    const id = idOf(await ask('POST', '/Patient', ana));
    const place = await ask('POST', '/Location', { resourceType: 'Location', name: 'Main' });
    const attempt = async (reference: string) => {
      const answer = await ask('POST', '/Coverage', coverage(reference));
      return [answer.status, ...expressions(answer)];
    };
    expect(await attempt(`Patient/${id}`)).toEqual([201]);
    expect(await attempt(`${base('aurora')}/Patient/${id}`)).toEqual([201]);
    expect(await attempt(`Patient/${id}/_history/1`)).toEqual([201]);
    expect(await attempt('https://elsewhere.example/fhir/Patient/9')).toEqual([201]);
    const refused = [422, 'Coverage.beneficiary.reference'];
    expect(await attempt('Patient/nobody')).toEqual(refused);
    expect(await attempt(`Location/${idOf(place)}`)).toEqual(refused);
    expect(await attempt('Device/1')).toEqual(refused);
    expect(await attempt('just text')).toEqual(refused);
    await ask('DELETE', `/Patient/${id}`);
    expect(await attempt(`Patient/${id}`)).toEqual(refused);
  });
});

describe('read, versions, history, delete', () => {
  test('a life from its first version to its end', async () => {
    const { ask } = await start();
    const id = idOf(await ask('POST', '/Patient', ana));
    await ask('PUT', `/Patient/${id}`, { ...ana, id, gender: 'other' });
    expect((await ask('GET', `/Patient/${id}`)).body).toMatchObject({
      gender: 'other',
      meta: { versionId: '2' },
    });
    expect((await ask('GET', `/Patient/${id}/_history/1`)).body).toMatchObject({ gender: 'female' });
    expect((await ask('GET', `/Patient/${id}`, undefined, { 'if-none-match': 'W/"2"' })).status).toBe(304);
    expect((await ask('DELETE', `/Patient/${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/Patient/${id}`)).status).toBe(204);
    expect((await ask('GET', `/Patient/${id}`)).status).toBe(410);
    expect((await ask('GET', `/Patient/${id}/_history/3`)).status).toBe(410);
    expect((await ask('GET', `/Patient/${id}/_history/4`)).status).toBe(404);
    const history = await ask('GET', `/Patient/${id}/_history`);
    expect(texts(history, 'entry.request.method')).toEqual(['DELETE', 'PUT', 'POST']);
    const again = await ask('PUT', `/Patient/${id}`, { ...ana, id });
    expect([again.status, again.headers.get('etag')]).toEqual([201, 'W/"4"']);
  });

  test('what never was is not found', async () => {
    const { ask } = await start();
    for (const path of [
      '/Patient/x',
      '/Patient/x/_history',
      '/Patient/x/_history/1',
      '/Patient/x/_history/y',
    ]) {
      expect((await ask('GET', path)).status, path).toBe(404);
    }
    expect((await ask('DELETE', '/Patient/x')).status).toBe(204);
  });
});

describe('update', () => {
  test('may create under the id of the client', async () => {
    const { ask } = await start();
    const answer = await ask('PUT', '/Patient/mine', { ...ana, id: 'mine' });
    expect([answer.status, idOf(answer)]).toEqual([201, 'mine']);
  });

  test('wants the id of the URL in the body', async () => {
    const { ask } = await start();
    expect((await ask('PUT', '/Patient/a', { ...ana, id: 'b' })).status).toBe(400);
    expect((await ask('PUT', '/Patient/a', ana)).status).toBe(400);
  });

  test.each([
    ['the current version', 'W/"1"', 200],
    ['a strong form of it', '"1"', 200],
    ['another version', 'W/"2"', 412],
    ['no version', 'newest', 400],
    ['an empty one', 'W/""', 400],
  ])('If-Match with %s', async (_, ifMatch, status) => {
    const { ask } = await start();
    await ask('PUT', '/Patient/a', { ...ana, id: 'a' });
    expect((await ask('PUT', '/Patient/a', { ...ana, id: 'a' }, { 'if-match': ifMatch })).status).toBe(
      status,
    );
    expect((await ask('DELETE', '/Patient/a', undefined, { 'if-match': 'W/"9"' })).status).toBe(412);
  });

  test('If-Match where nothing is', async () => {
    const { ask } = await start();
    expect((await ask('PUT', '/Patient/a', { ...ana, id: 'a' }, { 'if-match': 'W/"1"' })).status).toBe(412);
  });

  test('of twenty writers with the same version one wins', async () => {
    const { ask } = await start();
    await ask('PUT', '/Patient/a', { ...ana, id: 'a' });
    const writers = Array.from({ length: 20 }, () =>
      ask('PUT', '/Patient/a', { ...ana, id: 'a' }, { 'if-match': 'W/"1"' }),
    );
    const statuses = (await Promise.all(writers)).map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, ...Array(19).fill(412)]);
  });
});

describe('conditional create', () => {
  const condition = { 'if-none-exist': 'identifier=urn:mrn|1' };

  test('201 for none, 200 with the one that is there, 412 for several', async () => {
    const { ask } = await start();
    const first = await ask('POST', '/Patient', ana, condition);
    const second = await ask('POST', '/Patient', { ...ana, gender: 'other' }, condition);
    expect([first.status, second.status, idOf(second)]).toEqual([201, 200, idOf(first)]);
    expect(second.body.gender).toBe('female');
    const silent = await ask('POST', '/Patient', ana, { ...condition, prefer: 'return=minimal' });
    expect(silent.headers.get('location')).toContain(idOf(first));
    await ask('POST', '/Patient', ana);
    expect((await ask('POST', '/Patient', ana, condition)).status).toBe(412);
  });

  test.each(['nonsense=1', '', '_count=3', 'identifier='])(
    'a condition "%s" selects nothing: refused',
    async (query) => {
      const { ask } = await start();
      expect((await ask('POST', '/Patient', ana, { 'if-none-exist': query })).status).toBe(400);
    },
  );

  test('fifty at once make one', async () => {
    const { ask } = await start();
    const all = await Promise.all(Array.from({ length: 50 }, () => ask('POST', '/Patient', ana, condition)));
    expect(all.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(all.filter((answer) => answer.status === 200)).toHaveLength(49);
    expect(new Set(all.map(idOf)).size).toBe(1);
    expect((await ask('GET', '/Patient?_summary=count')).body).toMatchObject({ total: 1 });
  });

  test('a server that does not know it says so, and creates twice', async () => {
    const { ask } = await start({ tenants: [{ name: 'aurora', conditionalCreate: false }] });
    const statement = await ask('GET', '/metadata');
    expect(statement.body).toMatchObject({
      rest: [{ resource: [{ type: 'Patient', conditionalCreate: false }, ...Array(20).fill({})] }],
    });
    await ask('POST', '/Patient', ana, condition);
    expect((await ask('POST', '/Patient', ana, condition)).status).toBe(201);
  });
});

describe('conditional update', () => {
  test('creates for none, updates the one, refuses several', async () => {
    const { ask } = await start();
    const query = '/Patient?identifier=urn:mrn|1';
    const first = await ask('PUT', query, ana);
    const second = await ask('PUT', query, { ...ana, gender: 'other' });
    expect([first.status, second.status, idOf(second)]).toEqual([201, 200, idOf(first)]);
    expect((await ask('PUT', query, { ...ana, id: 'someone-else' })).status).toBe(400);
    expect((await ask('PUT', query, ana, { 'if-match': 'W/"1"' })).status).toBe(412);
    await ask('POST', '/Patient', ana);
    expect((await ask('PUT', query, ana)).status).toBe(412);
    expect((await ask('PUT', '/Patient', ana)).status).toBe(400);
  });
});

describe('JSON Patch', () => {
  const slot = {
    resourceType: 'Slot',
    schedule: { reference: 'Schedule/s' },
    status: 'free',
    start: '2026-03-02T09:00:00Z',
    end: '2026-03-02T09:30:00Z',
  };
  async function withSlot() {
    const server = await start();
    await server.ask('PUT', '/Practitioner/d', { resourceType: 'Practitioner', id: 'd' });
    await server.ask('PUT', '/Schedule/s', {
      resourceType: 'Schedule',
      id: 's',
      actor: [{ reference: 'Practitioner/d' }],
    });
    await server.ask('PUT', '/Slot/1', { ...slot, id: '1' });
    return server;
  }

  test.each([
    ['replace', [{ op: 'replace', path: '/status', value: 'busy-tentative' }], 200],
    [
      'test, then replace',
      [
        { op: 'test', path: '/status', value: 'free' },
        { op: 'replace', path: '/status', value: 'busy' },
      ],
      200,
    ],
    [
      'add to an array',
      [
        { op: 'add', path: '/identifier', value: [{ value: 'a' }] },
        { op: 'add', path: '/identifier/-', value: { value: 'b' } },
        { op: 'remove', path: '/identifier/0' },
      ],
      200,
    ],
    [
      'copy and move',
      [
        { op: 'copy', from: '/start', path: '/comment' },
        { op: 'move', from: '/comment', path: '/comment' },
      ],
      200,
    ],
    ['a failed test', [{ op: 'test', path: '/status', value: 'busy' }], 422],
    ['a path to nothing', [{ op: 'remove', path: '/comment' }], 422],
    ['an index out of range', [{ op: 'add', path: '/identifier/3', value: {} }], 422],
    ['what would not be valid', [{ op: 'remove', path: '/status' }], 400],
    ['an unknown operation', [{ op: 'merge', path: '/status', value: 'x' }], 400],
    ['an empty patch', [], 400],
    ['an object', { op: 'replace', path: '/status', value: 'busy' }, 400],
    ['another id', [{ op: 'replace', path: '/id', value: '2' }], 422],
    ['a prototype', [{ op: 'add', path: '/__proto__/polluted', value: true }], 400],
    ['a constructor', [{ op: 'add', path: '/constructor/prototype/polluted', value: true }], 422],
  ])('%s', async (_, operations, status) => {
    const { ask } = await withSlot();
    const answer = await ask('PATCH', '/Slot/1', JSON.stringify(operations), jsonPatch);
    expect(answer.status).toBe(status);
    expect((await ask('GET', '/Slot/1')).headers.get('etag')).toBe(status === 200 ? 'W/"2"' : 'W/"1"');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('holds a slot for one of twenty', async () => {
    const { ask } = await withSlot();
    const hold = [{ op: 'replace', path: '/status', value: 'busy-tentative' }];
    const holders = Array.from({ length: 20 }, () =>
      ask('PATCH', '/Slot/1', JSON.stringify(hold), { ...jsonPatch, 'if-match': 'W/"1"' }),
    );
    const statuses = (await Promise.all(holders)).map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, ...Array(19).fill(412)]);
  });

  test('needs its content type and a resource', async () => {
    const { ask } = await withSlot();
    expect((await ask('PATCH', '/Slot/1', '[]')).status).toBe(415);
    expect((await ask('PATCH', '/Slot/2', '[{"op":"remove","path":"/x"}]', jsonPatch)).status).toBe(404);
  });
});

describe('Binary', () => {
  test('goes in and comes out as it is, or as a resource', async () => {
    const { ask, base } = await start();
    const bytes = new Uint8Array([1, 2, 255]);
    const made = await ask('POST', '/Binary', bytes, { 'content-type': 'image/png' });
    expect(made.status).toBe(201);
    const raw = await fetch(`${base('aurora')}/Binary/${idOf(made)}`);
    expect(raw.headers.get('content-type')).toBe('image/png');
    expect(new Uint8Array(await raw.arrayBuffer())).toEqual(bytes);
    const resource = await ask('GET', `/Binary/${idOf(made)}`, undefined, {
      accept: 'application/fhir+json',
    });
    expect(resource.body).toMatchObject({ resourceType: 'Binary', contentType: 'image/png', data: 'AQL/' });
  });
});

describe('tenants', () => {
  test('see nothing of each other, and each has its own token', async () => {
    const server = await start({
      tenants: ['aurora', { name: 'brasil', token: 'b-token' }],
      token: 'a-token',
    });
    const aurora = client(server.base('aurora'));
    const brasil = client(server.base('brasil'));
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    await aurora('PUT', '/Patient/a', { ...ana, id: 'a' }, as('a-token'));
    expect((await aurora('GET', '/Patient/a', undefined, as('a-token'))).status).toBe(200);
    expect((await brasil('GET', '/Patient/a', undefined, as('b-token'))).status).toBe(404);
    for (const headers of [{}, as('b-token'), as(''), { authorization: 'Basic a-token' }]) {
      const refused = await aurora('GET', '/Patient/a', undefined, headers);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="fhir"']);
    }
    expect((await client(server.base('nobody'))('GET', '/Patient')).status).toBe(404);
    expect((await brasil('GET', '/metadata')).status).toBe(200);
  });
});

test('changes are told after they are committed, and only those', async () => {
  const changes: Change[] = [];
  const { ask } = await start({ onChange: (change) => changes.push(change) });
  await ask('PUT', '/Patient/a', { ...ana, id: 'a' });
  await ask('PUT', '/Patient/a', { ...ana, id: 'a', gender: 'nonsense' });
  await ask('PUT', '/Patient/a', { ...ana, id: 'a' }, { 'if-match': 'W/"7"' });
  await ask('PUT', '/Patient/a', { ...ana, id: 'a' });
  await ask('DELETE', '/Patient/a');
  await ask('GET', '/Patient/a');
  expect(changes.map(({ tenant, kind, id, versionId }) => `${tenant} ${kind} ${id} ${versionId}`)).toEqual([
    'aurora create a 1',
    'aurora update a 2',
    'aurora delete a 3',
  ]);
});

test('the CapabilityStatement names what is offered', async () => {
  const { ask, base } = await start();
  const { body, status } = await ask('GET', '/metadata');
  expect(status).toBe(200);
  expect(body).toMatchObject({ fhirVersion: '4.0.1', implementation: { url: base('aurora') } });
  expect(body.rest).toMatchObject([{ interaction: [{ code: 'transaction' }, { code: 'batch' }] }]);
  expect((await ask('GET', '/.well-known/smart-configuration')).status).toBe(404);
});
