import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpRequest } from '#kernel/http.ts';
import type { TwilioAccount as Config } from '../../src/channels/twilio/account.ts';
import { lookup, readLookup } from '../../src/channels/twilio/lookup.ts';
import { listInbound, readInboundList } from '../../src/channels/twilio/reconcile.ts';
import { twilio } from '../../src/channels/twilio/twilio.ts';
import { startTwilio, type Twilio, type TwilioAccount, type User } from './index.ts';

/** The codec against the simulator: what one renders, the other takes, and the other way round. */

const ana: User = { phone: '12025550143', userId: 'US.48213306590127745521', name: 'Ana Example' };
const hidden: User = { phone: '12025550144', userId: 'US.1234', name: 'Bo Example', hidesPhone: true };
const sender = '12025550100';

let provider: Twilio;
let product: {
  url: string;
  bodies: { verified: boolean; events: unknown[] }[];
  answers: number[];
  close: () => void;
};
let account: TwilioAccount;
let config: Config;
let nowMs = Date.UTC(2026, 10, 18, 11, 0, 0);

async function startProduct() {
  const bodies: { verified: boolean; events: unknown[] }[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = `${product.url}${request.url}`;
    const verified = twilio.verify({ method: 'POST', url, headers: request.headers, body }, config);
    const query = (request.url ?? '').split('?')[1] ?? '';
    bodies.push({ verified, events: twilio.parse({ body, query, receivedAt: '2026-11-18T11:00:00.000Z' }) });
    response.statusCode = answers.shift() ?? (verified ? 200 : 403);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, bodies, answers, close: () => server.close() };
}

beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 18, 11, 0, 0);
  product = await startProduct();
  const webhookUrl = `${product.url}/webhooks/twilio/front-desk`;
  account = {
    accountSid: 'AC1',
    authToken: 'fixture-auth-token',
    apiKey: 'SK1',
    apiSecret: 'fixture-api-secret',
    senders: [{ number: sender, webhookUrl: `${webhookUrl}#rc=2&rp=ct,rt,5xx` }],
    contents: [{ sid: 'HX1', body: 'Olá {{1}}, até {{2}}', variables: 2, approved: true }],
    users: [ana, hidden],
  };
  provider = await startTwilio({
    accounts: [account],
    clock: { now: () => nowMs + Math.floor(performance.now()) },
    retryMs: 5,
  });
  config = {
    practiceId: 'aurora',
    id: 'front-desk',
    accountSid: 'AC1',
    apiKey: 'SK1',
    apiSecret: 'fixture-api-secret',
    authTokens: ['fixture-auth-token'],
    sender,
    baseUrl: provider.url,
    messagingUrl: provider.url,
    statusCallbackUrl: webhookUrl,
    templates: [{ name: 'visit_reminder', language: 'pt_BR', contentSid: 'HX1', payloads: 'fixed' }],
    questions: [],
    typing: true,
  };
});

afterEach(async () => {
  await provider.stop();
  product.close();
});

async function call({ method, url, headers, body }: HttpRequest, signal = AbortSignal.timeout(10_000)) {
  const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

const text = (said: string, to: { phone?: string; userId?: string } = { phone: ana.phone }) => ({
  id: 'm-0001',
  to,
  content: { kind: 'text' as const, text: said },
});

async function send(message: Parameters<typeof twilio.render>[0], by = config) {
  const request = twilio.render(message, by);
  if ('refused' in request) throw new Error(request.refused);
  const outcome = twilio.interpret(await call(request));
  await provider.idle();
  return outcome;
}

/** Writes, and waits until Twilio has told of it or given up. */
async function receive(...said: Parameters<Twilio['receive']>): Promise<string> {
  const sid = provider.receive(...said);
  await provider.idle();
  return sid;
}

const statuses = () =>
  product.bodies
    .flatMap(({ events }) => events)
    .filter((event) => JSON.stringify(event).includes('"status"'));

describe('what a patient writes', () => {
  test('arrives signed, by phone or by user id', async () => {
    await receive(account, ana, sender, { Body: 'olá & tchau = 100% +1' });
    await receive(account, hidden, sender, { Body: 'hi', ButtonPayload: 'yes', ButtonText: 'Yes' });
    expect(product.bodies.map(({ verified }) => verified)).toEqual([true, true]);
    expect(product.bodies.flatMap(({ events }) => events)).toMatchObject([
      {
        from: { phone: ana.phone, userId: ana.userId },
        content: { kind: 'text', text: 'olá & tchau = 100% +1' },
      },
      { from: { userId: 'US.1234' }, content: { kind: 'choice', id: 'yes' } },
    ]);
  });

  test('is repeated where we fail, as often as the URL asks, and then is in the list alone', async () => {
    product.answers.push(500, 503, 500);
    const sid = await receive(account, ana, sender, { Body: 'help' });
    expect(provider.attempts.map(({ status }) => status)).toEqual([500, 503, 500]);
    const page = readInboundList(await call(listInbound(config, nowMs - 60_000)), config, nowMs - 60_000);
    expect(page).toMatchObject({ value: { items: [{ externalId: sid, content: { text: 'help' } }] } });
  });

  test('under a wrong signature is refused', async () => {
    provider.faults.set('wrong-signature');
    await receive(account, ana, sender, { Body: 'hi' });
    expect(product.bodies).toMatchObject([{ verified: false }]);
  });
});

describe('what we send', () => {
  test('within the window is sent, delivered and read, and our id comes back', async () => {
    const sid = await receive(account, ana, sender, { Body: 'hi' });
    product.bodies.length = 0;
    const outcome = await send(text('Hello'));
    expect(outcome).toMatchObject({ kind: 'accepted' });
    provider.read(provider.messages.at(-1)?.sid ?? '');
    await provider.idle();
    expect(product.bodies.every(({ verified }) => verified)).toBe(true);
    expect(product.bodies.flatMap(({ events }) => events)).toMatchObject(
      ['sent', 'delivered', 'read'].map((status) => ({ type: 'status', status, ourId: 'm-0001' })),
    );
    const typing = { id: 'm', to: {}, content: { kind: 'read' as const, externalId: sid, typing: true } };
    expect(await send(typing)).toEqual({ kind: 'accepted', value: { externalId: '' } });
  });

  test('outside of the window fails, unless it is a template', async () => {
    await receive(account, ana, sender, { Body: 'hi' });
    nowMs += 25 * 60 * 60_000;
    await send(text('Hello'));
    expect(statuses()).toMatchObject([{ status: 'failed', code: 'OUTSIDE_WINDOW' }]);
    const template = {
      kind: 'template' as const,
      name: 'visit_reminder',
      language: 'pt_BR',
      payloads: [],
      labels: [],
    };
    await send({
      ...text(''),
      content: { ...template, variables: ['Ana', '10:30'], text: 'Olá Ana, até 10:30' },
    });
    expect(provider.messages.at(-1)).toMatchObject({ body: 'Olá Ana, até 10:30', status: 'delivered' });
  });

  test.each([
    ['to nobody on WhatsApp', () => send(text('x', { phone: '12025550199' })), 'accepted'],
    ['with a wrong secret', () => send(text('x'), { ...config, apiSecret: 'no' }), 'TOKEN_INVALID'],
    ['from another sender', () => send(text('x'), { ...config, sender: '12025550101' }), 'SENDER_UNKNOWN'],
    ['to itself', () => send(text('x', { phone: sender })), 'RECIPIENT_IS_SENDER'],
  ])('%s', async (_, sending, expected) => {
    expect(JSON.stringify(await sending())).toContain(expected);
  });

  test('is looked up, and not sent again, where nobody knows whether it was taken', async () => {
    await receive(account, ana, sender, { Body: 'hi' });
    for (const [fault, isThere] of [
      ['http-500', false],
      ['http-500-after', true],
    ] as const) {
      provider.faults.set(fault);
      const message = text(`Hello, ${fault}`);
      expect(await send(message)).toMatchObject({ kind: 'unknown' });
      const attempt = { message, atMs: nowMs };
      const request = lookup(attempt, config);
      if (request === undefined) throw new Error('expected a request');
      const outcome = readLookup(await call(request), attempt, config);
      expect(outcome).toMatchObject({ kind: 'accepted', value: { items: isThere ? [{}] : [] } });
      if (!isThere || outcome.kind !== 'accepted') continue;
      await provider.idle();
      const [found] = outcome.value.items;
      const known = { ...attempt, externalId: found?.externalId ?? '' };
      const again = lookup(known, config);
      if (again === undefined) throw new Error('expected a request');
      expect(readLookup(await call(again), known, config)).toMatchObject({
        value: { items: [{ externalId: found?.externalId, status: 'delivered' }] },
      });
    }
  });

  test('waits where Twilio is too busy, and a page of a gateway says nothing', async () => {
    provider.faults.set('throttled');
    expect(await send(text('x'))).toEqual({ kind: 'retry', code: 'ACCOUNT_RATE_LIMIT', afterMs: 1000 });
    provider.faults.set('html');
    expect(await send(text('x'))).toEqual({ kind: 'unknown', code: 'HTTP_502' });
  });

  test('may fail after it was sent', async () => {
    await receive(account, ana, sender, { Body: 'hi' });
    provider.faults.set('failed-after-sent', { code: 63018 });
    await send(text('x'));
    expect(statuses()).toMatchObject([{ status: 'sent' }, { status: 'failed', code: 'PAIR_RATE_LIMIT' }]);
  });

  test('may never be answered, and was taken or was not', async () => {
    await receive(account, ana, sender, { Body: 'hi' });
    const request = twilio.render(text('x'), config);
    if ('refused' in request) throw new Error(request.refused);
    const before = provider.messages.length;
    for (const [fault, taken] of [
      ['timeout-before', 0],
      ['timeout-after', 1],
    ] as const) {
      provider.faults.set(fault);
      await expect(call(request, AbortSignal.timeout(300))).rejects.toThrow();
      expect(provider.messages).toHaveLength(before + taken);
    }
  });

  test('may be told of twice', async () => {
    await receive(account, ana, sender, { Body: 'hi' });
    provider.faults.set('duplicate');
    await send(text('x'));
    expect(statuses()).toMatchObject([{ status: 'sent' }, { status: 'sent' }, { status: 'delivered' }]);
  });
});
