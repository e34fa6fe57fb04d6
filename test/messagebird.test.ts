import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChannelEvent, OutboundMessage } from '#channels/channel.ts';
import type { HttpRequest } from '#kernel/http.ts';
import { type MessageBird, startMessageBird } from '../sandbox/messagebird/index.ts';
import { standingClock } from '../sandbox/meta/clock.ts';
import type { MessageBirdAccount } from '../src/channels/messagebird/account.ts';
import { messagebird } from '../src/channels/messagebird/messagebird.ts';

/** The codec and the simulator were written apart: here each is held to the other, over real HTTP. */
const clock = standingClock('2026-11-23T09:00:00Z');
const phone = '5511955500001';
const events: ChannelEvent[] = [];
let receiver: Server;
let bird: MessageBird;
let account: MessageBirdAccount;

function read(name: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../src/channels/messagebird/testdata/${name}.json`, import.meta.url), 'utf8'),
  );
}

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = `http://${request.headers.host}${request.url}`;
    const webhook = { method: 'POST', url, headers: request.headers, body };
    const isGood = await messagebird.verify(webhook, account, clock.now());
    const query = url.split('?')[1] ?? '';
    if (isGood) events.push(...messagebird.parse({ body, query, receivedAt: '2026-11-23T09:00:00.000Z' }));
    response.statusCode = isGood ? 200 : 401;
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/messagebird/front-desk`;
  const shared = read('account') as MessageBirdAccount; // our own file
  const { channelId, accessKey, templateNamespace, signingKeys } = shared;
  const templates = [
    { name: 'visit_reminder', language: 'pt_BR', variables: 2, buttons: 10 },
    { name: 'visit_reminder_0', language: 'pt_BR', variables: 0, buttons: 10 },
  ];
  bird = await startMessageBird({
    clock,
    users: [phone, '34600000011', '12025550143'].map((each) => ({ phone: each, name: 'Ana Example' })),
    customers: [
      {
        accessKey,
        signingKey: signingKeys[0] ?? '',
        channels: [{ id: channelId, number: '12025550100', namespace: templateNamespace, templates }],
        webhooks: [{ url: hook, events: ['message.created', 'message.updated', 'conversation.created'] }],
      },
    ],
  });
  account = { ...shared, baseUrl: bird.url, reportUrl: hook };
});

afterAll(async () => {
  await bird.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function call({ url, method, headers, body }: HttpRequest) {
  const response = await fetch(url, { method, headers, body: body ?? null });
  return messagebird.interpret({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  });
}

async function settle(ms: number): Promise<void> {
  clock.advance(ms);
  await bird.wake();
}

test('all that the codec renders, the simulator takes', async () => {
  const cases = read('render') as { case: string; given: { message: OutboundMessage } }[]; // our own file
  let taken = 0;
  for (const { case: name, given } of cases) {
    const { content } = given.message;
    const isShort = content.kind === 'template' && content.variables.length === 0;
    const message = isShort
      ? { ...given.message, content: { ...content, name: content.name && 'visit_reminder_0' } }
      : given.message;
    const request = messagebird.render(message, account);
    if ('refused' in request) continue;
    expect([name, await call(request)]).toEqual([name, expect.objectContaining({ kind: 'accepted' })]);
    taken += 1;
  }
  expect(taken).toBeGreaterThan(25);
});

test('what the simulator tells, the codec verifies and reads', async () => {
  await settle(1_000);
  events.length = 0;
  bird.receive(account.channelId, phone, 'text', { text: 'Olá 👋' });
  bird.receive(account.channelId, phone, 'interactive', {
    interactive: { type: 'list_reply', reply: { id: 'slot:7', text: '10:30' } },
  });
  await settle(0);
  const from = { phone, profileName: 'Ana Example' };
  expect(events).toEqual([
    expect.objectContaining({ type: 'message', from, content: { kind: 'text', text: 'Olá 👋' } }),
    expect.objectContaining({
      from,
      content: { kind: 'choice', via: 'list', id: 'slot:7', title: '10:30' },
      receiver: account.channelId,
    }),
  ]);
  events.length = 0;
  const said = { id: 'm-7', to: { phone }, content: { kind: 'text' as const, text: 'Hello' } };
  const request = messagebird.render(said, account);
  if ('refused' in request) throw new Error('expected a request');
  const outcome = await call(request);
  if (outcome.kind !== 'accepted') throw new Error('expected it to be accepted');
  await settle(1_000);
  const statuses = events.filter((event) => event.type === 'status');
  expect(statuses.map(({ status }) => status)).toEqual(['sent', 'sent', 'delivered', 'delivered']);
  for (const { externalId, ourId } of statuses)
    expect([externalId, ourId]).toEqual([outcome.value.externalId, 'm-7']);
  expect(bird.waiting()).toBe(0);
});

test('a spoilt signature is refused, and the repeat is taken', async () => {
  for (const fault of ['wrong-signature', 'wrong-url', 'no-payload-hash'] as const) {
    events.length = 0;
    bird.faults.set(fault);
    bird.receive(account.channelId, phone, 'text', { text: fault });
    await settle(0);
    expect([fault, events]).toEqual([fault, []]);
    await settle(1_000);
    expect([fault, events.length]).toEqual([fault, 1]);
  }
});
