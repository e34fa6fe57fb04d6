import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../test/ports.ts';
import { standingClock } from '../meta/index.ts';
import { createWorld, loadCredentials, type World, type WorldOptions } from './index.ts';

/** Whatever came over the wire: the expectation is its check. */
type Wire = ReturnType<typeof JSON.parse>;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const account = {
  id: 'aurora-whatsapp',
  displayPhone: '+55 11 5555-0100',
  phoneNumberId: '100',
  wabaId: '200',
  appId: '300',
  appSecrets: ['app-secret'] as [string],
  accessToken: 'access-token',
  verifyToken: 'verify-token',
};

const event = { position: '1:1', type: 'IntakeFiled' };

/** A stand-in for the product: echoes challenges, takes webhooks, has a timeline; and refuses undeclared routes. */
async function startProduct() {
  const events: (typeof event)[] = [];
  const app = Fastify({ forceCloseConnections: true });
  app.addHook('onRoute', ({ config, url }) => {
    if (url.startsWith('/sandbox') && config?.access !== 'sandbox')
      throw new Error(`undeclared route ${url}`);
  });
  app.get(
    '/webhooks/meta/aurora-whatsapp',
    ({ query }) => (query as Record<string, string>)['hub.challenge'],
  );
  app.post('/webhooks/meta/aurora-whatsapp', () => ({}));
  app.get('/api/timeline', ({ query, headers }, reply) => {
    if (headers.authorization !== 'Bearer api-token') return reply.code(401).send({});
    const { after = '0' } = query as Record<string, string>;
    return { events: events.slice(Number(after)), next: String(events.length) };
  });
  // Listens before its routes are complete only in name: the address has to be known first.
  const port = await freePort();
  return {
    app,
    events,
    url: `http://127.0.0.1:${port}`,
    listen: () => app.listen({ port, host: '127.0.0.1' }),
  };
}

async function start(more: Partial<WorldOptions> = {}) {
  const product = await startProduct();
  const clock = standingClock();
  const world = await createWorld({
    productUrl: product.url,
    apiToken: 'api-token',
    practices: [
      {
        id: 'aurora',
        name: 'Clínica Aurora',
        contentMode: 'open',
        languages: ['pt', 'es', 'en'],
        timeZone: 'America/Sao_Paulo',
        accounts: [account],
      },
    ],
    clock,
    ...more,
  });
  await world.routes(product.app);
  await product.listen();
  cleanUps.push(
    () => world.stop(),
    () => product.app.close(),
  );
  await world.meta.ready();
  return { world, product, clock, call: caller(product.app, '/sandbox') };
}

function caller(app: FastifyInstance, prefix: string) {
  return async (
    method: 'GET' | 'POST',
    url: string,
    payload?: object | string,
  ): Promise<{ status: number; json: Wire }> => {
    const response = await app.inject({
      method,
      url: `${prefix}${url}`,
      ...(payload === undefined ? {} : { payload }),
      ...(typeof payload === 'string' ? { headers: { 'content-type': 'application/json' } } : {}),
    });
    const isJson = String(response.headers['content-type']).startsWith('application/json');
    return { status: response.statusCode, json: isJson ? response.json() : response.body };
  };
}

/** The practice answers, by the provider's API. */
async function answer(world: World, content: object): Promise<Wire> {
  const response = await fetch(`${world.provider.url}/v26.0/100/messages`, {
    method: 'POST',
    headers: { authorization: 'Bearer access-token', 'content-type': 'application/json' },
    body: JSON.stringify({ messaging_product: 'whatsapp', to: '+5511955500101', ...content }),
  });
  return response.json();
}

test('the world shows practices, patients and the time, and no secret', async () => {
  const { call, world } = await start();
  const { json } = await call('GET', '/api/world');
  expect(json.practices).toEqual([
    {
      id: 'aurora',
      name: 'Clínica Aurora',
      contentMode: 'open',
      languages: ['pt', 'es', 'en'],
      timeZone: 'America/Sao_Paulo',
      accounts: [{ id: 'aurora-whatsapp', displayPhone: '+55 11 5555-0100' }],
      pms: { kind: 'fhir', baseUrl: world.pmsUrl('aurora') },
    },
  ]);
  expect(json.patients[0]).toEqual({
    id: 'maria',
    name: 'Maria',
    language: 'pt',
    about: expect.any(String),
    phone: '+5511955500101',
  });
  expect(json.patients[1]).not.toHaveProperty('phone');
  expect(json.patients[1].username).toBe('joao.exemplo');
  expect(json.now).toBe('2026-11-23T09:00:00.000Z');
  expect(JSON.stringify(json)).not.toMatch(/secret|token/);
});

test('a patient writes, is answered, taps and sees', async () => {
  const { call, world } = await start();
  const sent = await call('POST', '/api/phone/maria/aurora-whatsapp/messages', { kind: 'text', text: 'oi' });
  expect(sent).toEqual({ status: 201, json: { id: expect.stringMatching(/^wamid\./) } });
  const interactive = {
    type: 'button',
    body: { text: 'Tudo bem?' },
    action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Sim' } }] },
  };
  const { messages } = await answer(world, { type: 'interactive', interactive });
  const tap = { kind: 'tap', messageId: messages[0].id, choiceId: 'yes' };
  expect((await call('POST', '/api/phone/maria/aurora-whatsapp/messages', tap)).status).toBe(201);
  expect((await call('POST', '/api/phone/maria/aurora-whatsapp/seen', {})).status).toBe(200);
  const { json } = await call('GET', '/api/phone/maria/aurora-whatsapp');
  expect(json).toMatchObject({
    typing: false,
    windowEndsAt: '2026-11-24T09:00:00.000Z',
    messages: [
      { side: 'patient', kind: 'text', text: 'oi', status: 'delivered' },
      { side: 'practice', kind: 'buttons', buttons: [{ id: 'yes', title: 'Sim' }], status: 'read' },
      { side: 'patient', text: 'Sim', replyTo: { text: 'Tudo bem?' } },
    ],
  });
});

test.each([
  ['no kind', '/api/phone/maria/aurora-whatsapp/messages', {}, 'kind'],
  ['an empty text', '/api/phone/maria/aurora-whatsapp/messages', { kind: 'text', text: '' }, 'text'],
  ['a field too many', '/api/phone/maria/aurora-whatsapp/messages', { kind: 'image', url: 'x' }, 'url'],
  [
    'a latitude off the globe',
    '/api/phone/maria/aurora-whatsapp/messages',
    { kind: 'location', latitude: 91, longitude: 0 },
    'latitude',
  ],
  [
    'a tap on nothing',
    '/api/phone/maria/aurora-whatsapp/messages',
    { kind: 'tap', messageId: 'wamid.x', choiceId: 'y' },
    'messageId',
  ],
  ['no JSON', '/api/phone/maria/aurora-whatsapp/messages', '{', 'body'],
  ['an unknown fault', '/api/faults', { target: 'meta', fault: 'earthquake' }, 'fault'],
  ['an unknown target', '/api/faults', { target: 'moon', fault: 'down' }, 'target'],
  ['a clock that goes back', '/api/clock', { advanceSeconds: -5 }, 'advanceSeconds'],
  ['a clock without a number', '/api/clock', {}, 'advanceSeconds'],
] as const)('%s is refused with what would do', async (_, url, body, field) => {
  const { call } = await start();
  const { status, json } = await call('POST', url, body);
  expect(status).toBe(400);
  expect(json.error).toEqual({
    code: 'VALIDATION',
    field,
    expected: expect.any(String),
    example: expect.anything(),
  });
});

test.each([
  '/api/phone/nobody/aurora-whatsapp',
  '/api/phone/maria/nowhere',
  '/api/pms/nowhere',
  '/api/timeline/nowhere',
])('%s does not exist', async (url) => {
  const { call } = await start();
  const { status, json } = await call('GET', url);
  expect([status, json.error.code]).toEqual([404, 'NOT_FOUND']);
});

test('the chart is read from the practice system, newest first', async () => {
  const { call, world, clock } = await start();
  const create = (id: string) =>
    fetch(`${world.pmsUrl('aurora')}/Patient/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Patient', id, name: [{ text: 'Maria Exemplo' }] }),
    });
  expect((await create('one')).status).toBe(201);
  clock.advance(1_000);
  await create('two');
  const { json } = await call('GET', '/api/pms/aurora');
  expect(json.resources.map(({ resourceType, id }: Wire) => `${resourceType}/${id}`)).toEqual([
    'Patient/two',
    'Patient/one',
  ]);
});

test('a practice system that is down is said to be', async () => {
  const { call } = await start();
  await call('POST', '/api/faults', { target: 'fhir', fault: 'down', count: 100 });
  expect((await call('GET', '/api/pms/aurora')).status).toBe(502);
  await call('POST', '/api/faults', { target: 'fhir', fault: 'down', count: 0 });
  expect((await call('GET', '/api/pms/aurora')).status).toBe(200);
});

test("the timeline is the product's own", async () => {
  const { call, product } = await start();
  product.events.push(event);
  expect((await call('GET', '/api/timeline/aurora')).json).toEqual({ events: [event], next: '1' });
  expect((await call('GET', '/api/timeline/aurora?after=1')).json).toEqual({ events: [], next: '1' });
});

test('faults are listed with what is left of them', async () => {
  const { call, world } = await start();
  const { json } = await call('POST', '/api/faults', { target: 'meta', fault: 'throttled', count: 2 });
  expect(json.faults).toContainEqual({
    target: 'meta',
    fault: 'throttled',
    label: expect.any(String),
    active: 2,
  });
  await call('POST', '/api/phone/maria/aurora-whatsapp/messages', { kind: 'text', text: 'oi' });
  expect((await answer(world, { type: 'text', text: { body: 'x' } })).error.code).toBe(130429);
  const left = (await call('GET', '/api/faults')).json.faults;
  expect(left).toContainEqual({ target: 'meta', fault: 'throttled', label: expect.any(String), active: 1 });
  await call('POST', '/api/faults', { target: 'fhir', fault: 'slow', count: 5 });
  expect((await call('GET', '/api/faults')).json.faults).toContainEqual(
    expect.objectContaining({ fault: 'slow', active: 5 }),
  );
  await call('POST', '/api/faults', { target: 'meta', fault: 'throttled', count: 0 });
  expect((await answer(world, { type: 'text', text: { body: 'x' } })).messages).toHaveLength(1);
});

test('the clock moves for everyone', async () => {
  const told: string[] = [];
  const { call, clock } = await start({ onAdvance: () => void told.push('advanced') });
  expect((await call('POST', '/api/clock', { advanceSeconds: 3600 })).json).toEqual({
    now: '2026-11-23T10:00:00.000Z',
  });
  expect(clock.now()).toBe(Date.parse('2026-11-23T10:00:00Z'));
  expect(told).toEqual(['advanced']);
});

/** A practice with calendars. */
const booking: WorldOptions['practices'][number] = {
  id: 'aurora',
  name: 'Clínica Aurora',
  contentMode: 'open',
  languages: ['pt'],
  timeZone: 'America/Sao_Paulo',
  accounts: [account],
  visitTypes: [{ id: 'consultation', name: 'Consulta', minutes: 60 }],
};

test('the calendars are read from the practice system, a window at a time, and move with the clock', async () => {
  const { call, world } = await start({ practices: [booking] });
  await world.calendars.ready();
  const day = async (date: string) =>
    (await call('GET', `/api/calendar/aurora?from=${date}T00:00:00Z&to=${date}T23:59:59Z`)).json;
  const monday = await day('2026-11-23');
  expect(monday.schedules).toHaveLength(2);
  expect(monday.slots).toHaveLength(16);
  expect(monday.slots[0]).toEqual({
    id: expect.any(String),
    scheduleId: expect.any(String),
    start: '2026-11-23T11:00:00Z',
    end: '2026-11-23T12:00:00Z',
    status: 'free',
  });
  expect(monday.appointments).toEqual([]);
  expect((await day('2027-01-05')).slots).toEqual([]);
  await call('POST', '/api/clock', { advanceSeconds: 30 * 86_400 });
  expect((await day('2027-01-05')).slots).toHaveLength(16);
  expect((await call('GET', '/api/calendar/aurora?from=yesterday')).json.error.field).toBe('from');
  expect((await call('GET', '/api/calendar/nowhere')).status).toBe(404);
});

test('a visit stands in the calendar and in the chart, with what staff did', async () => {
  const { call, world } = await start();
  const put = (type: string, resource: object) =>
    fetch(`${world.pmsUrl('aurora')}/${type}/one`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: type, id: 'one', ...resource }),
    });
  await put('Patient', {});
  await put('Appointment', {
    status: 'cancelled',
    start: '2026-11-24T11:00:00Z',
    end: '2026-11-24T11:30:00Z',
    participant: [{ actor: { reference: 'Patient/one' }, status: 'accepted' }],
  });
  await put('Task', { status: 'completed', intent: 'order', for: { reference: 'Patient/one' } });
  await put('Communication', { status: 'completed', subject: { reference: 'Patient/one' } });
  const window = 'from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z';
  const { appointments } = (await call('GET', `/api/calendar/aurora?${window}`)).json;
  expect(appointments.map(({ id, status }: Wire) => [id, status])).toEqual([['one', 'cancelled']]);
  const { resources } = (await call('GET', '/api/pms/aurora')).json;
  expect(resources.map(({ resourceType }: Wire) => resourceType).sort()).toEqual([
    'Appointment',
    'Communication',
    'Patient',
    'Task',
  ]);
});

test('a product without staff is said to be the reason when staff are to answer', async () => {
  const { call } = await start();
  const { status, json } = await call('POST', '/api/staff', { practiceId: 'aurora' });
  expect([status, json.error.code]).toEqual([502, 'PRODUCT']);
  expect((await call('POST', '/api/staff', {})).json.error.field).toBe('practiceId');
});

test('events say what has changed, and end with the server', async () => {
  const { product, world } = await start();
  const response = await fetch(`${product.url}/sandbox/api/events`);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const until = async (text: string) => {
    while (!seen.includes(text)) {
      const chunk = await reader?.read();
      if (chunk?.done !== false) throw new Error('the stream ended');
      seen += chunk.value;
    }
  };
  await until(': hello');
  world.phone.send('maria', 'aurora-whatsapp', { kind: 'text', text: 'oi' });
  await until('data: {"type":"phone","patientId":"maria","accountId":"aurora-whatsapp"}');
  await fetch(`${world.pmsUrl('aurora')}/Patient/one`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Patient', id: 'one' }),
  });
  await until('data: {"type":"pms","practiceId":"aurora"}');
  product.events.push(event);
  await until('data: {"type":"timeline","practiceId":"aurora"}');
  await product.app.close();
  expect((await reader?.read())?.done).toBe(true);
});

test('a persona plays when asked to', async () => {
  const { call, world } = await start();
  const first = once(world.phone.events, 'change');
  const { status } = await call('POST', '/api/persona', { patientId: 'maria', accountId: 'aurora-whatsapp' });
  expect(status).toBe(202);
  await first;
  expect(world.phone.chat('maria', 'aurora-whatsapp').messages[0]?.text).toBe('Oi');
});

test('the page is served, or it is said how to build it', async () => {
  const pageDir = mkdtempSync(join(tmpdir(), 'page-'));
  cleanUps.push(() => rmSync(pageDir, { recursive: true }));
  const { call } = await start({ pageDir });
  expect(await call('GET', '/')).toEqual({ status: 503, json: expect.stringContaining('npm run build') });
  writeFileSync(join(pageDir, 'index.html'), '<p>page</p>');
  writeFileSync(join(pageDir, 'a.js'), 'let a');
  expect(await call('GET', '/')).toEqual({ status: 200, json: '<p>page</p>' });
  expect(await call('GET', '/a.js')).toEqual({ status: 200, json: 'let a' });
  expect((await call('GET', '')).status).toBe(302);
  expect((await call('GET', '/../world.test.ts')).status).toBe(404);
});

test('credentials are made up once and found again', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'credentials-'));
  cleanUps.push(() => rmSync(dataDir, { recursive: true }));
  const first = loadCredentials(['a'], dataDir);
  const again = loadCredentials(['a', 'b'], dataDir);
  expect(again.a).toEqual(first.a);
  expect(again.b?.appSecret).not.toBe(first.a?.appSecret);
  expect(loadCredentials(['a']).a).not.toEqual(first.a);
});
