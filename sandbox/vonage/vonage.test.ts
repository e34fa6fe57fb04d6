import { generateKeyPairSync } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ChannelEvent, OutboundContent } from '#channels/channel.ts';
import { vonage as codec } from '#channels/vonage/vonage.ts';
import type { HttpRequest } from '#kernel/http.ts';
import { standingClock } from '../provider/clock.ts';
import { startVonage, type VonageAccount, type VonageOptions, type WhatsAppUser } from './index.ts';

const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' } } as const;
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  ...pem,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const number = '12025550100';
const phone = '5511955500001';
const shared = { apiKey: 'fixture1', applicationId: '11111111-2222-4333-8444-555555555555', number };
const secret = 'signature-secret-of-a-test';
const template = {
  name: 'visit_reminder',
  language: 'pt_BR',
  category: 'UTILITY',
  body: 'Olá {{1}}',
  buttons: ['Ok'],
} as const;

type Received = { readonly raw: Buffer; readonly headers: IncomingHttpHeaders; readonly isVerified: boolean };

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A stand-in for the product: verifies with the codec, answers, and remembers. */
async function startCallback(nowMs: () => number) {
  const received: Received[] = [];
  const statuses: number[] = [];
  const arrivals = new EventEmitter();
  const account = { ...shared, signatureSecrets: [secret] };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const webhook = { method: 'POST', url: 'https://intake.example/', headers: request.headers, body: raw };
    const isVerified = await codec.verify(webhook, account, nowMs());
    received.push({ raw, headers: request.headers, isVerified });
    response.statusCode = statuses.shift() ?? (isVerified ? 200 : 503);
    response.end();
    arrivals.emit('arrival');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    // A TCP server's address is always an AddressInfo.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/vonage/front-desk`,
    received,
    answer: (...next: number[]) => void statuses.push(...next),
    until: async (count: number) => {
      if (received.length >= count) return received;
      for await (const _ of on(arrivals, 'arrival')) if (received.length >= count) break;
      return received;
    },
  };
}

async function world(
  identity: WhatsAppUser['identity'] = 'phone+bsuid',
  more: Partial<VonageOptions> = {},
  accountMore: Partial<VonageAccount> = {},
) {
  const clock = standingClock();
  const callback = await startCallback(clock.now);
  const account: VonageAccount = {
    ...shared,
    publicKey,
    signatureSecrets: [secret],
    webhookUrl: callback.url,
    templates: [template],
    ...accountMore,
  };
  const vonage = await startVonage({
    clock,
    accounts: [account],
    delays: { submittedMs: 0, deliveredMs: 0 },
    ...more,
  });
  cleanUps.push(() => vonage.stop());
  vonage.messaging.put({
    id: 'u1',
    profileName: 'Maria',
    country: 'BR',
    phone,
    username: 'maria.s',
    identity,
  });
  const call = async (request: HttpRequest, headers?: Readonly<Record<string, string>>) => {
    const token = headers ?? (await codec.authorize({ ...shared, privateKey }, clock.now())).headers;
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...token },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: AbortSignal.timeout(2_000),
    });
    const body = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  };
  const rendered = (content: OutboundContent, to: { phone?: string; userId?: string } = { phone }) => {
    const request = codec.render({ id: 'm-0001', to, content }, { baseUrl: vonage.url, number });
    if ('refused' in request) throw new Error(request.refused);
    return request;
  };
  return {
    clock,
    callback,
    vonage,
    account,
    call,
    rendered,
    send: async (content: OutboundContent, to?: { phone?: string; userId?: string }) =>
      codec.interpret(await call(rendered(content, to))),
    write: (content: Record<string, unknown> = { message_type: 'text', text: 'oi' }) =>
      vonage.messaging.receive('u1', number, content),
    events: (): ChannelEvent[] =>
      callback.received
        .filter(({ isVerified }) => isVerified)
        .flatMap(({ raw }) => codec.parse({ body: raw, receivedAt: new Date(clock.now()).toISOString() })),
  };
}

const hello: OutboundContent = { kind: 'text', text: 'Hello' };
const reminder: OutboundContent = {
  kind: 'template',
  name: 'visit_reminder',
  language: 'pt_BR',
  variables: ['Maria'],
  payloads: ['p:1'],
  text: 'Olá Maria',
  labels: ['Ok'],
};

test('a message comes in signed, is answered, and its statuses come back', async () => {
  const { write, send, callback, events, vonage } = await world();
  const uuid = write();
  await callback.until(1);
  expect(events()).toMatchObject([
    { type: 'message', externalId: uuid, receiver: number, from: { phone, profileName: 'Maria' } },
  ]);
  const outcome = await send(hello);
  expect(outcome.kind).toBe('accepted');
  await callback.until(3);
  vonage.messaging.seen('u1', number);
  await callback.until(4);
  const statuses = events().filter(({ type }) => type === 'status');
  const externalId = outcome.kind === 'accepted' ? outcome.value.externalId : '';
  expect(statuses.map((each) => (each.type === 'status' ? each.status : '')).toSorted()).toEqual([
    'delivered',
    'read',
    'sent',
  ]);
  for (const each of statuses) expect(each).toMatchObject({ externalId, ourId: 'm-0001', receiver: number });
});

test('a user who hides the number is known, and answered, by the user id alone', async () => {
  const { write, send, callback, events } = await world('bsuid');
  write();
  await callback.until(1);
  const [event] = events();
  if (event?.type !== 'message') throw new Error('expected a message');
  expect(event.from).toMatchObject({ userId: expect.stringMatching(/^BR\.\d+$/), username: 'maria.s' });
  expect(event.from).not.toHaveProperty('phone');
  expect(await send(hello, event.from)).toMatchObject({ kind: 'accepted' });
});

test('buttons, lists, numbered text and templates pass what Meta would check', async () => {
  const { write, send } = await world('phone');
  write();
  for (const count of [1, 3, 4, 10, 11]) {
    const choices = Array.from({ length: count }, (_, index) => ({
      id: `c:${index}`,
      title: `Day ${index}`,
    }));
    const asked: OutboundContent = { kind: 'choices', text: 'Which?', choices, listLabel: 'Choose' };
    expect(await send(asked)).toMatchObject({ kind: 'accepted' });
  }
  expect(await send(reminder)).toMatchObject({ kind: 'accepted' });
});

test('outside of the window only a template goes; a stranger is nobody', async () => {
  const { write, send, callback, clock, events } = await world();
  write();
  clock.advance(24 * 3_600_000);
  await send(hello);
  await send(hello, { phone: '5511955509999' });
  await send({ ...reminder, name: 'unheard_of' });
  await callback.until(4);
  const codes = events().map((each) => (each.type === 'status' ? each.code : each.type));
  expect(codes.toSorted()).toEqual(
    ['OUTSIDE_WINDOW', 'TEMPLATE_PARAMETERS_INVALID', 'UNDELIVERABLE', 'message'].toSorted(),
  );
  expect(await send(reminder)).toMatchObject({ kind: 'accepted' });
});

test('what is told at once is told so', async () => {
  const { send } = await world('phone', { refuseBy: 'response' });
  expect(await send(hello)).toEqual({ kind: 'rejected', code: 'OUTSIDE_WINDOW' });
});

test('reading and typing; another account’s message is not there', async () => {
  const { write, send, vonage, clock } = await world();
  const externalId = write();
  const read: OutboundContent = { kind: 'read', externalId, typing: true };
  expect(await send(read)).toEqual({ kind: 'accepted', value: { externalId: '' } });
  expect(vonage.messaging.messages[0]?.status).toBe('read');
  expect(vonage.messaging.typingUntil('u1', number)).toBe(clock.now() + 25_000);
  const other: OutboundContent = { ...read, externalId: 'aaaaaaaa-0000-4000-8000-000000000001' };
  expect(await send(other)).toEqual({ kind: 'rejected', code: 'NOT_FOUND' });
});

test('no token, a token of another key or an old one opens nothing, and pauses the account', async () => {
  const { rendered, call, clock } = await world();
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  const wrong = await codec.authorize({ ...shared, privateKey: other.toString() }, clock.now());
  const old = await codec.authorize({ ...shared, privateKey }, clock.now() - 3_600_000);
  for (const [headers, code] of [
    [{}, 'TOKEN_INVALID'],
    [{ authorization: 'Basic Zml4dHVyZTE6eA==' }, 'TOKEN_INVALID'],
    [wrong.headers, 'TOKEN_INVALID'],
    [old.headers, 'TOKEN_EXPIRED'],
  ] as const) {
    const outcome = codec.interpret(await call(rendered(hello), headers));
    expect(outcome).toMatchObject({ kind: 'retry', code, scope: 'account' });
  }
});

test.each([
  [{ to: undefined }, 'PARAMETER_MISSING'],
  [{ channel: 'sms' }, 'PARAMETER_VALUE_INVALID'],
  [{ from: '12025550199' }, 'SENDER_REFUSED'],
  [{ to: '+5511955500001' }, 'RECIPIENT_INVALID'],
  [{ to: 'US.1!' }, 'RECIPIENT_INVALID'],
  [{ text: '' }, 'PARAMETER_VALUE_INVALID'],
  [{ text: 'a'.repeat(4097) }, 'PARAMETER_VALUE_INVALID'],
  [{ client_ref: 'm'.repeat(101) }, 'PARAMETER_VALUE_INVALID'],
  [{ message_type: 'constructor' }, 'PARAMETER_VALUE_INVALID'],
  [{ message_type: 'custom', custom: { type: 'interactive', interactive: {} } }, 'PARAMETER_VALUE_INVALID'],
  [{ message_type: 'custom', custom: { type: 'template', template: {} } }, 'TEMPLATE_PARAMETERS_INVALID'],
])('a send with %j is refused: %s', async (over, code) => {
  const { rendered, call } = await world();
  const request = rendered(hello);
  const body = JSON.stringify({ ...JSON.parse(request.body ?? ''), ...over });
  expect(codec.interpret(await call({ ...request, body }))).toEqual({ kind: 'rejected', code });
});

test('faults on a send, each read as what it is', async () => {
  const { write, send, vonage, rendered, call } = await world();
  write();
  vonage.faults.set('http-500', { code: 1331 });
  expect(await send(hello)).toEqual({ kind: 'retry', code: 'SERVICE_UNAVAILABLE' });
  vonage.faults.set('throttled', { delayMs: 7_000 });
  expect(await send(hello)).toEqual({ kind: 'retry', code: 'THROUGHPUT_REACHED', afterMs: 7_000 });
  vonage.faults.set('html');
  expect(await send(hello)).toEqual({ kind: 'unknown', code: 'HTTP_502' });
  expect(vonage.messaging.messages).toHaveLength(1);
  vonage.faults.set('timeout-after');
  await expect(call(rendered(hello))).rejects.toThrow();
  expect(vonage.messaging.messages).toHaveLength(2);
});

test('more than the number may send in a second is throttled', async () => {
  const { write, send } = await world('phone', {}, { messagesPerSecond: 2 });
  write();
  expect((await send(hello)).kind).toBe('accepted');
  expect((await send(hello)).kind).toBe('accepted');
  expect(await send(hello)).toEqual({ kind: 'retry', code: 'THROUGHPUT_REACHED' });
});

test('a webhook that is not taken comes again, as late as Vonage repeats, and is then the same', async () => {
  const { write, callback, vonage, clock } = await world();
  callback.answer(503, 429, 500);
  write();
  for (const [index, gapMs] of [5_000, 60_000, 300_000].entries()) {
    await callback.until(index + 1);
    await expect.poll(() => vonage.deliveries.length).toBe(index + 1);
    clock.advance(gapMs - 1);
    vonage.wake();
    expect(callback.received).toHaveLength(index + 1);
    clock.advance(1);
    vonage.wake();
  }
  await callback.until(4);
  expect(new Set(callback.received.map(({ raw }) => raw.toString())).size).toBe(1);
  expect(callback.received.every(({ isVerified }) => isVerified)).toBe(true);
  await expect.poll(() => vonage.waiting()).toBe(0);
});

test('a webhook that is answered 4xx does not come again', async () => {
  const { write, callback, vonage } = await world();
  callback.answer(401);
  write();
  await callback.until(1);
  await expect.poll(() => vonage.waiting()).toBe(0);
  expect(vonage.deliveries.map(({ status }) => status)).toEqual([401]);
});

test.each(['wrong-signature', 'wrong-hash', 'unsigned'] as const)(
  'a webhook that is %s at first is refused, and the repeat taken',
  async (fault) => {
    const { write, callback, vonage, clock } = await world();
    vonage.faults.set(fault);
    write();
    await callback.until(1);
    await expect.poll(() => vonage.deliveries.length).toBe(1);
    clock.advance(5_000);
    vonage.wake();
    await callback.until(2);
    expect(callback.received.map(({ isVerified }) => isVerified)).toEqual([false, true]);
  },
);

test('statuses may be missing, late or false', async () => {
  const { write, send, callback, vonage, events } = await world();
  write();
  vonage.faults.set('failed-after-sent', { code: 1240 });
  await send(hello);
  await callback.until(3);
  expect(events().map((each) => (each.type === 'status' ? (each.code ?? each.status) : each.type))).toEqual(
    expect.arrayContaining(['sent', 'RECIPIENT_OPTED_OUT']),
  );
  vonage.faults.set('duplicate');
  write();
  await callback.until(5);
  const ids = events().flatMap((each) => (each.type === 'message' ? [each.externalId] : []));
  expect([ids.length, new Set(ids).size]).toEqual([3, 2]);
});

test('media is given to the application’s own token and to nobody else', async () => {
  const { vonage, call } = await world();
  const url = vonage.putMedia(number, 'image/png', Buffer.from('png'));
  const request = { method: 'GET', url, headers: {} } as const;
  expect(await call(request)).toMatchObject({ status: 200, body: 'png' });
  expect(await call(request, {})).toMatchObject({ status: 401 });
});
