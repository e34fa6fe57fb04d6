import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { BirdAccount } from '#channels/bird/account.ts';
import { bird as codec } from '#channels/bird/bird.ts';
import type { Attempt, ChannelEvent, OutboundContent } from '#channels/channel.ts';
import { standingClock } from '../provider/clock.ts';
import { type Bird, type BirdChannel, type DeliveryEntry, startBird } from './index.ts';

/** The simulator and the product's codec, each held to the other: what the one sends, the other must read. */
const ana = { phone: '12025550143', userId: 'US.48213306590127745521', name: 'Ana Example' };
const hidden = { userId: 'BR.90817263544536271809', username: 'joao.exemplo' };
const project = {
  projectId: '7c9f3b74-2d9e-4cbf-8f37-8e41b2d30923',
  locale: 'pt-BR',
  variables: ['patient'],
};

type Arrival = { readonly isSigned: boolean; readonly events: ChannelEvent[] };

type World = {
  readonly bird: Bird;
  readonly clock: ReturnType<typeof standingClock>;
  readonly account: BirdAccount;
  readonly arrivals: readonly Arrival[];
  readonly answer: (...statuses: number[]) => void;
  /** Moves the clock and waits until as many deliveries were tried. */
  readonly pass: (ms: number, tried: number) => Promise<void>;
  readonly send: (content: OutboundContent, to?: object) => Promise<unknown>;
};

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function world(): Promise<World> {
  const clock = standingClock();
  const arrivals: Arrival[] = [];
  const statuses: number[] = [];
  const account: { -readonly [K in keyof BirdAccount]: BirdAccount[K] } = {
    ...{ practiceId: 'aurora', id: 'front-desk', workspaceId: 'ws-1', channelId: 'ch-1', baseUrl: '' },
    ...{ accessKey: 'fixture-access-key', signingKeys: ['fixture-signing-key'] },
    templates: [
      { ...project, name: 'reminder', language: 'pt_BR', version: 'latest', payloads: [] },
      { ...project, projectId: 'gone', name: 'gone', language: 'pt_BR', version: 'latest', payloads: [] },
    ],
  };
  let url = '';
  const callback = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const webhook = { method: 'POST', url, headers: request.headers, body };
    const isSigned = codec.verify(webhook, account, clock.now());
    const receivedAt = new Date(clock.now()).toISOString();
    const status = statuses.shift() ?? (isSigned ? 200 : 401);
    arrivals.push({ isSigned, events: isSigned ? codec.parse({ body, receivedAt }) : [] });
    response.statusCode = status;
    response.end();
  });
  await new Promise<void>((resolve) => callback.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  url = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/webhooks/bird/front-desk`;
  const channel: BirdChannel = {
    ...{ workspaceId: 'ws-1', channelId: 'ch-1', accessKey: 'fixture-access-key' },
    ...{ signingKey: 'fixture-signing-key', webhookUrl: url, number: '+12025550100', templates: [project] },
  };
  const tries: DeliveryEntry[] = [];
  const bird = await startBird({ channels: [channel], clock, onDelivered: (entry) => tries.push(entry) });
  account.baseUrl = bird.url;
  stops.push(async () => {
    await bird.stop();
    callback.closeAllConnections();
    await new Promise((resolve) => callback.close(resolve));
  });
  return {
    bird,
    clock,
    account,
    arrivals,
    answer: (...next) => statuses.push(...next),
    pass: async (ms, tried) => {
      clock.advance(ms);
      bird.wake();
      await expect.poll(() => tries.length, { interval: 5 }).toBe(tried);
    },
    send: (content, to = ana) => sendBy(account, content, to),
  };
}

async function sendBy(account: BirdAccount, content: OutboundContent, to: object): Promise<unknown> {
  const request = codec.render({ id: 'm-0001', to, content }, account);
  if ('refused' in request) return request;
  const { method, headers, body } = request;
  const response = await fetch(request.url, { method, headers, ...(body !== undefined && { body }) });
  return codec.interpret({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  });
}

const hello: OutboundContent = { kind: 'text', text: 'Hello' };
const accepted = { kind: 'accepted', value: { externalId: expect.any(String) } };

function statusesOf(arrivals: readonly Arrival[]) {
  return arrivals.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'status' ? [[event.status, event.code]] : [])),
  );
}

describe('what patients send is read by the codec', () => {
  test('text, taps and forms, by phone and by user id alone', async () => {
    const { bird, pass, arrivals } = await world();
    bird.says('ch-1', ana, 'hi');
    bird.taps('ch-1', hidden, { text: 'Yes', payload: 'q:opt-in:yes', of: 'x' });
    bird.submits('ch-1', ana, { first_name: 'Ana' });
    await pass(0, 3);
    expect(arrivals.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
    expect(arrivals.flatMap(({ events }) => events)).toMatchObject([
      { from: { phone: ana.phone, userId: ana.userId }, content: { kind: 'text', text: 'hi' } },
      { from: hidden, content: { kind: 'choice', id: 'q:opt-in:yes', title: 'Yes' }, replyTo: 'x' },
      { content: { kind: 'form', response: { first_name: 'Ana' } } },
    ]);
  });

  test('what is not taken comes again for a day, under the timestamp of the first attempt', async () => {
    const { bird, pass, arrivals, answer, clock } = await world();
    const start = clock.now();
    answer(503, 500);
    bird.says('ch-1', ana, 'hi');
    await pass(0, 1);
    await pass(1_000, 2);
    await pass(23 * 3_600_000, 3);
    expect(arrivals.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
    const timestamp = String(Math.floor(start / 1000));
    expect(bird.deliveries.map((each) => [each.attempt, each.timestamp, each.status])).toEqual([
      [1, timestamp, 503],
      [2, timestamp, 500],
      [3, timestamp, 200],
    ]);
    expect(bird.waiting()).toBe(0);
  });

  test('a wrong signature is refused, and the retry is right', async () => {
    const { bird, pass, arrivals } = await world();
    bird.faults.set('wrong-signature');
    bird.says('ch-1', ana, 'hi');
    await pass(0, 1);
    await pass(1_000, 2);
    expect(arrivals.map(({ isSigned }) => isSigned)).toEqual([false, true]);
  });

  test('a duplicate is the same message twice', async () => {
    const { bird, pass, arrivals } = await world();
    bird.faults.set('duplicate');
    bird.says('ch-1', ana, 'hi');
    await pass(0, 2);
    expect(arrivals[0]?.events).toEqual(arrivals[1]?.events);
  });
});

describe('what the codec sends is taken by the simulator', () => {
  test('every kind of content in the window, with its statuses', async () => {
    const { bird, pass, arrivals, send } = await world();
    bird.says('ch-1', ana, 'hi');
    await pass(0, 1);
    const choices = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `c${index}`, title: `Option ${index}` }));
    const question = { kind: 'choices', text: 'Which?', listLabel: 'Choose' } as const;
    for (const content of [hello, ...[3, 10, 12].map((n) => ({ ...question, choices: choices(n) }))])
      expect(await send(content)).toEqual(accepted);
    await pass(250, 1 + 4 * 2);
    expect(statusesOf(arrivals).toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => ['delivered', undefined]),
      ...Array.from({ length: 4 }, () => ['sent', undefined]),
    ]);
    bird.reads('ch-1', bird.messages()[1]?.id ?? '');
    await pass(0, 10);
    expect(arrivals.at(-1)?.events).toMatchObject([{ type: 'status', status: 'read', ourId: 'm-0001' }]);
  });

  test('outside of the window a text is accepted and fails, a template arrives', async () => {
    const { pass, arrivals, send } = await world();
    expect(await send(hello)).toEqual(accepted);
    await pass(30, 1);
    const template = { kind: 'template', language: 'pt_BR', payloads: [], text: 'x', labels: [] } as const;
    expect(await send({ ...template, name: 'reminder', variables: ['Ana'] }, { userId: ana.userId })).toEqual(
      accepted,
    );
    expect(await send({ ...template, name: 'gone', variables: ['Ana'] })).toEqual(accepted);
    await pass(250, 4);
    expect(statusesOf(arrivals)).toEqual([
      ['failed', 'OUTSIDE_WINDOW'],
      ['sent', undefined],
      ['failed', 'DEPENDENCY_ERROR'],
      ['delivered', undefined],
    ]);
  });

  test('a wrong key, another channel, a malformed message', async () => {
    const { account } = await world();
    const by = (more: object) => sendBy({ ...account, ...more }, hello, ana);
    expect(await by({ accessKey: 'wrong' })).toMatchObject({ code: 'ACCESS_KEY_REFUSED', scope: 'account' });
    expect(await by({ channelId: 'ch-2' })).toMatchObject({ kind: 'retry', code: 'NOT_FOUND', atMost: 3 });
    const malformed = await sendBy(account, hello, { phone: '1'.repeat(18) });
    expect(malformed).toEqual({ kind: 'rejected', code: 'PAYLOAD_INVALID' });
  });

  test('errors on demand: which of them was done, and which was not', async () => {
    const { bird, send } = await world();
    bird.faults.set('throttled', { delayMs: 7_000 });
    expect(await send(hello)).toMatchObject({ kind: 'retry', code: 'RATE_LIMITED', afterMs: 7000 });
    bird.faults.set('http-500');
    expect(await send(hello)).toEqual({ kind: 'unknown', code: 'HTTP_500' });
    bird.faults.set('html');
    expect(await send(hello)).toEqual({ kind: 'unknown', code: 'HTTP_502' });
    expect(bird.messages()).toEqual([]);
    expect(bird.requests.map(({ status }) => status)).toEqual([429, 500, 502]);
  });

  test('a send that is not answered was done, or was not', async () => {
    const { bird, account } = await world();
    const request = codec.render({ id: 'm-0001', to: ana, content: hello }, account);
    if ('refused' in request || request.body === undefined) throw new Error('expected a request');
    const { method, headers, body } = request;
    const post = () => fetch(request.url, { method, headers, body, signal: AbortSignal.timeout(300) });
    bird.faults.set('timeout-before');
    await expect(post()).rejects.toThrow();
    expect(bird.messages()).toHaveLength(0);
    bird.faults.set('timeout-after');
    await expect(post()).rejects.toThrow();
    expect(bird.messages()).toMatchObject([{ reference: 'm-0001', direction: 'outgoing' }]);
  });

  test('what failed after it was sent says why; what was lost says nothing, and can be looked up', async () => {
    const { bird, pass, arrivals, send, account, clock } = await world();
    bird.says('ch-1', ana, 'hi');
    await pass(0, 1);
    bird.faults.set('failed-after-sent', { code: 131026 });
    await send(hello);
    bird.faults.set('lost-status');
    await send(hello);
    await pass(250, 3);
    expect(statusesOf(arrivals)).toEqual([
      ['sent', undefined],
      ['failed', 'UNDELIVERABLE'],
    ]);
    const ask = async (attempt: Attempt) => {
      const request = codec.lookup.request(attempt, account);
      if (request === undefined) throw new Error('expected a request');
      const { status, headers, ...answer } = await fetch(request.url, { headers: request.headers }).then(
        async (response) => ({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await response.text(),
        }),
      );
      return codec.lookup.read({ status, headers, ...answer }, attempt, account);
    };
    const lost = bird.messages()[2]?.id ?? '';
    const attempt = { message: { id: 'm-0001', to: ana, content: hello }, atMs: clock.now() };
    expect(await ask({ ...attempt, externalId: lost })).toEqual({
      kind: 'accepted',
      value: { items: [{ externalId: lost }], next: undefined },
    });
    // Both were sent under one reference, as a message is that a person has sent again.
    expect(await ask(attempt)).toMatchObject({
      value: { items: [{ externalId: lost }, { status: 'failed', code: 'UNDELIVERABLE' }] },
    });
    expect(await ask({ ...attempt, message: { ...attempt.message, id: 'm-0002' } })).toEqual({
      kind: 'accepted',
      value: { items: [], next: undefined },
    });
  });
});
