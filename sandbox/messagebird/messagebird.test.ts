import { createHash, createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { standingClock } from '../provider/clock.ts';
import { type MessageBird, startMessageBird } from './index.ts';

const channelId = '5a0cbe1f3d2e4f7a9b8c7d6e5f403122';
const signingKey = 'fixture-signing-key';
const ana = { phone: '5511955500001', name: 'Ana Example' };

type Received = { url: string; body: { type: string; message: Record<string, unknown> }; isSigned: boolean };

const clock = standingClock();
let receiver: Server;
let bird: MessageBird;
let received: Received[];
let answers: number[];

function isSigned(token: string, url: string, body: string): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const { url_hash, payload_hash } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');
  const expected = createHmac('sha256', signingKey).update(`${head}.${claims}`).digest('base64url');
  return signature === expected && url_hash === sha256(url) && payload_hash === sha256(body);
}

beforeEach(async () => {
  received = [];
  answers = [];
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const url = `http://${request.headers.host}${request.url}`;
    const token = String(request.headers['messagebird-signature-jwt']);
    received.push({ url, body: JSON.parse(body), isSigned: isSigned(token, url, body) });
    response.statusCode = answers.shift() ?? 200;
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  bird = await startMessageBird({
    clock,
    users: [ana],
    delays: { sentMs: 100, deliveredMs: 200 },
    customers: [
      {
        accessKey: 'fixture-access-key',
        signingKey,
        channels: [
          {
            id: channelId,
            number: '12025550100',
            namespace: 'ns',
            templates: [{ name: 'visit_reminder', language: 'pt_BR', variables: 1, buttons: 1 }],
          },
        ],
        webhooks: [{ url: hook(), events: ['message.created', 'message.updated'] }],
      },
    ],
  });
});

afterEach(async () => {
  await bird.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

function hook(query = ''): string {
  // A TCP server's address is always an AddressInfo.
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook${query}`;
}

async function post(body: unknown, key = 'fixture-access-key') {
  const response = await fetch(`${bird.url}/v1/send`, {
    method: 'POST',
    headers: { authorization: `AccessKey ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  return { status: response.status, body: answer.startsWith('{') ? JSON.parse(answer) : answer };
}

const hello = { to: `+${ana.phone}`, from: channelId, type: 'text', content: { text: 'Hello' } };

async function after(ms: number): Promise<string[]> {
  clock.advance(ms);
  await bird.wake();
  return received.map(({ body }) => `${body.type} ${body.message.status}`);
}

function hsm(more: object): object {
  const language = { policy: 'deterministic', code: 'pt_BR' };
  return {
    ...hello,
    type: 'hsm',
    content: { hsm: { namespace: 'ns', templateName: 'visit_reminder', language, ...more } },
  };
}

test('an inbound message arrives signed, with its number as a number', async () => {
  bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
  expect(await after(0)).toEqual(['message.created received']);
  expect(received[0]).toMatchObject({
    isSigned: true,
    body: { contact: { msisdn: 5511955500001 }, message: { direction: 'received', content: { text: 'Oi' } } },
  });
});

test('within the window a text is sent and delivered, told to the webhook and to the report URL', async () => {
  bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
  await after(0);
  received.length = 0;
  const { status, body } = await post({
    ...hello,
    reportUrl: hook('?ref=m-0001'),
    source: { ref: 'm-0001' },
  });
  expect([status, body.status]).toEqual([202, 'accepted']);
  await after(300);
  expect(received.map(({ url, body: told }) => [url.includes('ref='), told.message.status])).toEqual([
    [false, 'accepted'],
    [false, 'sent'],
    [true, 'sent'],
    [false, 'delivered'],
    [true, 'delivered'],
  ]);
  expect(received.every((each) => each.isSigned)).toBe(true);
  expect(received[1]?.body.message.source).toEqual({ ref: 'm-0001' });
});

test('outside of the window a text is rejected, and a template is not', async () => {
  await post(hello);
  expect(await after(300)).toEqual(['message.created accepted', 'message.updated rejected']);
  expect(received[1]?.body.message.error).toMatchObject({ code: 470 });
  await post(hsm({ params: [{ default: 'Ana' }] }));
  expect((await after(300)).slice(2)).toEqual([
    'message.created accepted',
    'message.updated sent',
    'message.updated delivered',
  ]);
});

test('a number without WhatsApp fails with 302', async () => {
  await post({ ...hello, to: '+34600000011' });
  expect(await after(300)).toContain('message.updated failed');
});

const button = (title: string, id = title) => ({ id, type: 'reply', title });
const interactive = (action: object, type = 'button') => ({
  ...hello,
  type: 'interactive',
  content: { interactive: { type, body: { text: 'Which?' }, action } },
});
const rows = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `${at}`, title: `Row ${at}` }));

describe('a send', () => {
  test.each([
    ['text', hello, 202],
    ['no key', hello, 401, 'another-key'],
    ['no recipient', { ...hello, to: undefined }, 422],
    ['a user id', { ...hello, to: 'US.13491208655302741918' }, 422],
    ['another channel', { ...hello, from: 'x' }, 404],
    ['a text of 4096', { ...hello, content: { text: 'a'.repeat(4096) } }, 202],
    ['a text of 4097', { ...hello, content: { text: 'a'.repeat(4097) } }, 422],
    ['a type nobody knows', { ...hello, type: 'fax' }, 422],
    ['a report URL that is not HTTPS', { ...hello, reportUrl: 'http://intake.example/' }, 422],
    ['three buttons', interactive({ buttons: ['a', 'b', 'c'].map((each) => button(each)) }), 202],
    ['four buttons', interactive({ buttons: ['a', 'b', 'c', 'd'].map((each) => button(each)) }), 422],
    ['a button of 21', interactive({ buttons: [button('t'.repeat(21))] }), 422],
    ['the same title twice', interactive({ buttons: [button('a', '1'), button('a', '2')] }), 422],
    ["a button in Meta's nesting", interactive({ buttons: [{ type: 'reply', reply: button('a') }] }), 422],
    ['ten rows', interactive({ button: 'Choose', sections: [{ rows: rows(10) }] }, 'list'), 202],
    ['eleven rows', interactive({ button: 'Choose', sections: [{ rows: rows(11) }] }, 'list'), 422],
    ['a template', hsm({ params: [{ default: 'Ana' }] }), 202],
    ['a template that lacks a variable', hsm({ params: [] }), 422],
    ['a template of another namespace', hsm({ params: [{ default: 'Ana' }], namespace: 'x' }), 422],
    ['a template that is not there', hsm({ params: [{ default: 'Ana' }], templateName: 'x' }), 422],
    ['a template variable of two lines', hsm({ params: [{ default: 'A\nB' }] }), 422],
  ])('of %s', async (_, body, status, key = 'fixture-access-key') => {
    expect((await post(body, key)).status).toBe(status);
  });

  test('fails on demand', async () => {
    bird.faults.set('throttled');
    expect((await post(hello)).status).toBe(429);
    bird.faults.set('html');
    expect((await post(hello)).body).toContain('<html>');
    bird.faults.set('http-500', { code: 25 });
    expect(await post(hello)).toMatchObject({ status: 402, body: { errors: [{ code: 25 }] } });
    expect(bird.messages()).toHaveLength(0);
    expect((await post(hello)).status).toBe(202);
  });
});

test('a webhook that is not taken comes again, signed anew, and is given up in the end', async () => {
  answers.push(500, 503);
  bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
  await after(0);
  await after(1_000);
  expect(await after(5_000)).toHaveLength(3);
  expect(bird.waiting()).toBe(0);
  expect(received.every((each) => each.isSigned)).toBe(true);
});

test.each(['wrong-signature', 'wrong-url', 'no-payload-hash'] as const)(
  'spoils a signature: %s',
  async (fault) => {
    bird.faults.set(fault);
    answers.push(401);
    bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
    await after(0);
    await after(1_000);
    expect(received.map((each) => each.isSigned)).toEqual([false, true]);
  },
);

test('doubles and loses webhooks on demand', async () => {
  bird.faults.set('duplicate');
  bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
  expect(await after(0)).toHaveLength(2);
  bird.faults.set('lost');
  bird.receive(channelId, ana.phone, 'text', { text: 'Oi' });
  expect(await after(0)).toHaveLength(2);
});
