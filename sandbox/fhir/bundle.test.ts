import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from './json.ts';
import { type Ask, expressions, start, texts } from './test-client.ts';

type Entry = JsonObject;

const patient = (more: JsonObject = {}): JsonObject => ({ resourceType: 'Patient', ...more });
const coverage = (reference: string): JsonObject => ({
  resourceType: 'Coverage',
  status: 'active',
  beneficiary: { reference },
  payor: [{ display: 'Payer' }],
});

function post(resource: JsonObject, more: { fullUrl?: string; ifNoneExist?: string } = {}): Entry {
  const { fullUrl, ifNoneExist } = more;
  return {
    ...(fullUrl === undefined ? {} : { fullUrl }),
    resource,
    request: {
      method: 'POST',
      url: String(resource.resourceType),
      ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
    },
  };
}

function put(resource: JsonObject, ifMatch?: string): Entry {
  const url = `${resource.resourceType}/${resource.id}`;
  return { resource, request: { method: 'PUT', url, ...(ifMatch === undefined ? {} : { ifMatch }) } };
}

function bundle(type: 'transaction' | 'batch', ...entry: Entry[]): JsonObject {
  return { resourceType: 'Bundle', type, entry };
}

async function total(ask: Ask, type: string): Promise<unknown> {
  return (await ask('GET', `/${type}?_summary=count`)).body.total;
}

/** A free slot, and who it belongs to. */
async function withSlot(ask: Ask): Promise<JsonObject> {
  await ask('PUT', '/Practitioner/d', { resourceType: 'Practitioner', id: 'd' });
  await ask('PUT', '/Schedule/s', {
    resourceType: 'Schedule',
    id: 's',
    actor: [{ reference: 'Practitioner/d' }],
  });
  await ask('PUT', '/Patient/p', { resourceType: 'Patient', id: 'p' });
  const slot = {
    resourceType: 'Slot',
    id: '1',
    schedule: { reference: 'Schedule/s' },
    status: 'free',
    start: '2026-03-02T09:00:00Z',
    end: '2026-03-02T09:30:00Z',
  };
  await ask('PUT', '/Slot/1', slot);
  return slot;
}

describe('transaction', () => {
  test('rewrites urn:uuid references at any depth, also in circles', async () => {
    const { ask, base } = await start();
    const [ana, bob, form] = ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', 'urn:uuid:b', 'urn:uuid:f'];
    const answer = await ask(
      'POST',
      '',
      bundle(
        'transaction',
        post(coverage(ana)),
        post(patient({ link: [{ other: { reference: bob }, type: 'seealso' }] }), { fullUrl: ana }),
        post(
          patient({
            identifier: [{ system: 'urn:ietf:rfc:3986', value: bob }],
            link: [{ other: { reference: ana }, type: 'seealso' }],
          }),
          { fullUrl: bob },
        ),
        post(
          {
            resourceType: 'QuestionnaireResponse',
            status: 'completed',
            subject: { reference: ana },
            item: [
              {
                linkId: '1',
                answer: [
                  {
                    valueReference: { reference: bob },
                    item: [{ linkId: '2', answer: [{ valueUri: ana }] }],
                  },
                ],
              },
            ],
          },
          { fullUrl: form },
        ),
      ),
    );
    expect(answer.body).toMatchObject({ type: 'transaction-response' });
    expect(texts(answer, 'entry.response.status')).toEqual(Array(4).fill('201 Created'));
    expect(texts(answer, 'entry.response.etag')).toEqual(Array(4).fill('W/"1"'));
    expect(texts(answer, 'entry.response.lastModified')).toHaveLength(4);
    const locations = texts(answer, 'entry.response.location').map((url) =>
      url.slice(base('aurora').length + 1).replace('/_history/1', ''),
    );
    const [cover, first, second, response] = locations;
    expect((await ask('GET', `/${cover}`)).body).toMatchObject({ beneficiary: { reference: first } });
    expect((await ask('GET', `/${first}`)).body).toMatchObject({ link: [{ other: { reference: second } }] });
    // An identifier's value is a name, not a link.
    expect((await ask('GET', `/${second}`)).body).toMatchObject({
      identifier: [{ value: bob }],
      link: [{ other: { reference: first } }],
    });
    expect((await ask('GET', `/${response}`)).body).toMatchObject({
      subject: { reference: first },
      item: [
        { answer: [{ valueReference: { reference: second }, item: [{ answer: [{ valueUri: first }] }] }] },
      ],
    });
  });

  test('runs DELETE, POST, PUT, GET in this order and answers in the order asked', async () => {
    const { ask } = await start();
    await ask('PUT', '/Patient/old', { resourceType: 'Patient', id: 'old', identifier: [{ value: 'x' }] });
    await ask('PUT', '/Patient/kept', { resourceType: 'Patient', id: 'kept' });
    const answer = await ask(
      'POST',
      '',
      bundle(
        'transaction',
        { request: { method: 'GET', url: 'Patient?identifier=x' } },
        { request: { method: 'GET', url: 'Patient/kept' } },
        put(patient({ id: 'kept', gender: 'male' }), 'W/"1"'),
        post(patient({ identifier: [{ value: 'x' }] })),
        { request: { method: 'DELETE', url: 'Patient/old' } },
      ),
    );
    expect(texts(answer, 'entry.response.status')).toEqual([
      '200 OK',
      '200 OK',
      '200 OK',
      '201 Created',
      '204 No Content',
    ]);
    expect(answer.body.entry).toMatchObject([
      { resource: { total: 1 } },
      { resource: { gender: 'male' } },
      {},
      {},
      {},
    ]);
    expect((await ask('GET', '/Patient/old')).status).toBe(410);
  });

  test('patches, with If-Match', async () => {
    const { ask } = await start();
    await withSlot(ask);
    const data = Buffer.from(JSON.stringify([{ op: 'replace', path: '/status', value: 'busy' }])).toString(
      'base64',
    );
    const patch = (ifMatch: string) => ({
      resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
      request: { method: 'PATCH', url: 'Slot/1', ifMatch },
    });
    expect((await ask('POST', '', bundle('transaction', patch('W/"2"')))).status).toBe(412);
    expect((await ask('POST', '', bundle('transaction', patch('W/"1"')))).status).toBe(200);
    expect((await ask('GET', '/Slot/1')).body.status).toBe('busy');
  });

  test('conditional create: an existing resource is linked to, not made again', async () => {
    const { ask } = await start();
    await ask('PUT', '/Patient/ana', patient({ id: 'ana', identifier: [{ system: 'urn:mrn', value: '1' }] }));
    const ana = post(patient({ gender: 'other' }), {
      fullUrl: 'urn:uuid:a',
      ifNoneExist: 'identifier=urn:mrn|1',
    });
    const answer = await ask('POST', '', bundle('transaction', ana, post(coverage('urn:uuid:a'))), {
      prefer: 'return=representation',
    });
    expect(texts(answer, 'entry.response.status')).toEqual(['200 OK', '201 Created']);
    expect(answer.body.entry).toMatchObject([
      { resource: { id: 'ana' } },
      { resource: { beneficiary: { reference: 'Patient/ana' } } },
    ]);
    expect(await total(ask, 'Patient')).toBe(1);
  });

  test('conditional references and conditional updates', async () => {
    const { ask } = await start();
    const upsert = {
      resource: patient({ identifier: [{ system: 'urn:mrn', value: '2' }] }),
      request: { method: 'PUT', url: 'Patient?identifier=urn:mrn|2' },
    };
    await ask('POST', '', bundle('transaction', upsert));
    await ask('POST', '', bundle('transaction', upsert));
    expect(await total(ask, 'Patient')).toBe(1);
    const refer = (query: string) =>
      ask('POST', '', bundle('transaction', post(coverage(`Patient?${query}`))));
    expect((await refer('identifier=urn:mrn|2')).status).toBe(200);
    expect((await refer('identifier=urn:mrn|3')).status).toBe(412);
    await ask('POST', '/Patient', upsert.resource);
    expect((await refer('identifier=urn:mrn|2')).status).toBe(412);
    expect(await total(ask, 'Coverage')).toBe(1);
  });

  test('of twenty bookings of one slot one stands, with nothing of the others', async () => {
    const { ask } = await start();
    const slot = await withSlot(ask);
    const book = bundle(
      'transaction',
      put({ ...slot, status: 'busy' }, 'W/"1"'),
      post({
        resourceType: 'Appointment',
        status: 'booked',
        start: '2026-03-02T09:00:00Z',
        end: '2026-03-02T09:30:00Z',
        slot: [{ reference: 'Slot/1' }],
        participant: [{ actor: { reference: 'Patient/p' }, status: 'accepted' }],
      }),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('POST', '', book)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(19).fill(412)]);
    expect(await total(ask, 'Appointment')).toBe(1);
  });

  test.each<[string, number, Entry[]]>([
    ['an invalid resource', 400, [post(patient()), post(patient({ gender: 'x' }))]],
    ['a broken invariant', 422, [post(patient()), post({ resourceType: 'Organization', active: true })]],
    ['a reference to nobody', 422, [post(patient()), post(coverage('Patient/nobody'))]],
    ['a urn:uuid of no entry', 400, [post(patient()), post(coverage('urn:uuid:nobody'))]],
    ['a stale version', 412, [post(patient()), put(patient({ id: 'kept' }), 'W/"9"')]],
    [
      'an unkept type',
      404,
      [post(patient()), { resource: { resourceType: 'Device' }, request: { method: 'POST', url: 'Device' } }],
    ],
    ['a read of nobody', 404, [post(patient()), { request: { method: 'GET', url: 'Patient/nobody' } }]],
    ['an unknown method', 400, [post(patient()), { request: { method: 'HEAD', url: 'Patient' } }]],
    ['no request', 400, [post(patient()), { resource: patient() }]],
    ['a condition without criteria', 400, [post(patient()), post(patient(), { ifNoneExist: 'x=y' })]],
    ['the same target twice', 400, [put(patient({ id: 'kept' })), put(patient({ id: 'kept' }))]],
    [
      'the same fullUrl twice',
      400,
      [post(patient(), { fullUrl: 'urn:uuid:a' }), post(patient(), { fullUrl: 'urn:uuid:a' })],
    ],
    ['a delete without id', 400, [post(patient()), { request: { method: 'DELETE', url: 'Patient' } }]],
  ])('%s refuses the whole and names the entry', async (_, status, entries) => {
    const { ask } = await start();
    await ask('PUT', '/Patient/kept', patient({ id: 'kept' }));
    const answer = await ask('POST', '', bundle('transaction', ...entries));
    expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
    expect(expressions(answer)).toContain('Bundle.entry[1]');
    expect(await total(ask, 'Patient')).toBe(1);
    expect((await ask('GET', '/Patient/kept')).headers.get('etag')).toBe('W/"1"');
  });

  test('a Bundle that is none', async () => {
    const { ask } = await start();
    expect((await ask('POST', '', patient())).status).toBe(400);
    expect((await ask('POST', '', { resourceType: 'Bundle', type: 'collection' })).status).toBe(400);
    expect((await ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry: {} })).status).toBe(400);
    expect((await ask('POST', '', bundle('batch', ...Array(501).fill({})))).status).toBe(413);
    expect((await ask('POST', '', { resourceType: 'Bundle', type: 'transaction' })).status).toBe(200);
    expect((await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction' })).status).toBe(200);
  });

  test('with one bad entry anywhere, leaves no trace', async () => {
    const { ask } = await start();
    await ask('PUT', '/Patient/kept', patient({ id: 'kept' }));
    const good = fc.constantFrom<Entry>(
      post(patient({ gender: 'female' })),
      post(coverage('Patient/kept')),
      post({ resourceType: 'Organization', name: 'x' }),
      {
        resource: patient({ identifier: [{ value: 'c' }] }),
        request: { method: 'PUT', url: 'Patient?identifier=none' },
      },
      { request: { method: 'GET', url: 'Patient' } },
    );
    const bad = fc.constantFrom<Entry>(
      post(patient({ gender: 'x' })),
      post(coverage('Patient/nobody')),
      put(patient({ id: 'kept' }), 'W/"7"'),
      { request: { method: 'GET', url: 'Patient/nobody' } },
      { request: { method: 'DELETE', url: 'Patient/a%b' } },
    );
    const touch: Entry = { request: { method: 'DELETE', url: 'Patient/kept' } };
    await fc.assert(
      fc.asyncProperty(
        fc.array(good, { maxLength: 6 }),
        fc.boolean(),
        bad,
        fc.nat(),
        async (entries, touches, one, pick) => {
          const all = touches && !JSON.stringify(one).includes('kept') ? [touch, ...entries] : entries;
          const at = pick % (all.length + 1);
          const answer = await ask(
            'POST',
            '',
            bundle('transaction', ...all.slice(0, at), one, ...all.slice(at)),
          );
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect([
            await total(ask, 'Patient'),
            await total(ask, 'Coverage'),
            await total(ask, 'Organization'),
          ]).toEqual([1, 0, 0]);
          expect((await ask('GET', '/Patient/kept')).headers.get('etag')).toBe('W/"1"');
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('batch', () => {
  test('each entry stands or falls alone', async () => {
    const { ask } = await start();
    const answer = await ask(
      'POST',
      '',
      bundle(
        'batch',
        post(patient()),
        post(patient({ gender: 'x' })),
        { request: { method: 'GET', url: 'Patient/nobody' } },
        post(patient()),
      ),
    );
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    expect(texts(answer, 'entry.response.status')).toEqual([
      '201 Created',
      '400 Bad Request',
      '404 Not Found',
      '201 Created',
    ]);
    expect(texts(answer, 'entry.response.outcome.issue.expression')).toEqual([
      'Bundle.entry[1]',
      'Patient.gender',
      'Bundle.entry[2]',
    ]);
    expect(await total(ask, 'Patient')).toBe(2);
  });

  test('an earlier entry is there for a later one', async () => {
    const { ask } = await start();
    const once = post(patient({ identifier: [{ value: '1' }] }), { ifNoneExist: 'identifier=1' });
    const answer = await ask('POST', '', bundle('batch', once, once));
    expect(texts(answer, 'entry.response.status')).toEqual(['201 Created', '200 OK']);
  });
});

test('a tenant that is not atomic answers 200 and keeps what went well', async () => {
  const { ask } = await start({ tenants: [{ name: 'aurora', atomic: false }] });
  const answer = await ask(
    'POST',
    '',
    bundle(
      'transaction',
      post(coverage('urn:uuid:a')),
      post(patient(), { fullUrl: 'urn:uuid:b' }),
      post(patient({ gender: 'x' }), { fullUrl: 'urn:uuid:a' }),
      post(coverage('urn:uuid:b')),
    ),
  );
  expect([answer.status, answer.body.type]).toEqual([200, 'transaction-response']);
  expect(texts(answer, 'entry.response.status')).toEqual([
    '422 Unprocessable Entity',
    '201 Created',
    '400 Bad Request',
    '201 Created',
  ]);
  expect([await total(ask, 'Patient'), await total(ask, 'Coverage')]).toEqual([1, 1]);
});
