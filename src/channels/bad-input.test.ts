import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RawWebhook } from '#kernel/http.ts';
import { createHttp } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { type Provider, providers } from '../../test/providers/index.ts';
import { type Envelope, type Person, publicUrl, type Unsigned } from '../../test/providers/side.ts';
import { type Account, accountsOf } from './accounts.ts';
import { webhookRoutes } from './routes.ts';

/** What must not be believed, and what must not be lost, of each provider alike: over its own route, and by its own codec. */

const nowMs = 1_795_000_000_000;
const minuteMs = 60_000;
const stored: { readonly account: string; readonly body: Uint8Array }[] = [];
let app: FastifyInstance;
let clockMs = nowMs;

beforeAll(async () => {
  app = await createHttp({ log: createLog('silent'), apiToken: undefined, sandbox: false, version: '0.0.0' });
  const accounts = providers.flatMap(({ name, account, stranger }) => [
    { practiceId: 'aurora', id: 'front-desk', channel: name, config: account },
    { practiceId: 'riverside', id: 'back-office', channel: name, config: stranger },
  ]);
  webhookRoutes(app, {
    accounts: accountsOf(accounts as Account[]), // each with its own provider's account
    deliveries: {
      store: async ({ channel, id }, { body }) => void stored.push({ account: `${channel}/${id}`, body }),
      hasRoom: () => true,
    },
    metrics: { count: () => {} },
    publicUrl,
    log: createLog('silent'),
    clock: { now: () => clockMs },
  });
  await app.ready();
});

afterAll(() => app.close());

beforeEach(() => {
  stored.length = 0;
  clockMs = nowMs;
});

const ana: Person = { phone: '12025550143', name: 'Ana' };

function about(provider: Provider, from: Person = ana): Envelope {
  return { id: provider.messageId(7), from, atMs: nowMs };
}

function hello(provider: Provider): Unsigned {
  return provider.act({ kind: 'text', text: 'hello' }, about(provider));
}

/** The answer's status, and how many deliveries were stored. */
async function posted({
  url,
  headers,
  body,
}: RawWebhook): Promise<readonly [status: number, stored: number]> {
  const names = Object.entries(headers).filter(([, value]) => value !== undefined);
  const { statusCode } = await app.inject({
    method: 'POST',
    url: url.slice(publicUrl.length),
    headers: Object.fromEntries(names) as Record<string, string>, // what the side signs is one value each
    payload: Buffer.from(body),
  });
  return [statusCode, stored.length];
}

const refused = [401, 0];
const taken = [200, 1];

const proofs: Readonly<Record<string, string>> = {
  meta: 'x-hub-signature-256',
  twilio: 'x-twilio-signature',
  vonage: 'authorization',
  messagebird: 'messagebird-signature-jwt',
  bird: 'messagebird-signature',
};

/** Minutes for which a signature is good; the others name no time. */
const lives: Readonly<Record<string, number>> = { vonage: 24 * 60 + 5, messagebird: 1, bird: 25 * 60 };
const signingUrls: readonly string[] = ['twilio', 'messagebird', 'bird'];

describe.each(providers)('$name: a signature', (provider) => {
  const proof = proofs[provider.name] ?? '';
  const right = () => provider.deliver(hello(provider), nowMs);
  const withProof = (value: string | undefined): RawWebhook => {
    const webhook = right();
    return { ...webhook, headers: { ...webhook.headers, [proof]: value } };
  };

  test('that is right is taken, and taken again: a repeat is told by its message', async () => {
    expect(await posted(right())).toEqual(taken);
    expect(await posted(right())).toEqual([200, 2]);
    expect(stored[0]?.account).toBe(`${provider.name}/front-desk`);
  });

  test('that is not there', async () => {
    // Vonage may forget one, and repeats what was answered as trouble of ours.
    expect(await posted(withProof(undefined))).toEqual(provider.name === 'vonage' ? [503, 0] : refused);
    expect(await posted(withProof(''))).toEqual(refused);
  });

  test('that is wrong, doubled or cut short', async () => {
    const value = String(right().headers[proof]);
    for (const wrong of [
      `${value}, ${value}`,
      `${value} ${value}`,
      value.slice(0, -2),
      'x',
      value.toUpperCase(),
    ])
      expect([wrong, await posted(withProof(wrong))]).toEqual([wrong, refused]);
    expect(
      await provider.verify({ ...right(), headers: { ...right().headers, [proof]: [value, value] } }, nowMs),
    ).toBe(false);
  });

  test('of somebody else, or of another body', async () => {
    expect(await posted(provider.deliver(hello(provider), nowMs, provider.strangersSecret))).toEqual(refused);
    const other = provider.act({ kind: 'text', text: 'hello!' }, about(provider));
    expect(await posted({ ...right(), body: other.body })).toEqual(refused);
    expect(await posted({ ...right(), body: Buffer.alloc(0) })).toEqual(refused);
  });

  test('replayed at another account, or at one that nobody has', async () => {
    const at = (account: string) => ({ ...right(), url: right().url.replace('front-desk', account) });
    expect(await posted(at('back-office'))).toEqual(refused);
    expect(await posted(at('nobody'))).toEqual([404, 0]);
    expect(await posted({ ...right(), url: right().url.replace(provider.name, 'pigeon') })).toEqual([404, 0]);
  });

  test('over another URL', async () => {
    const isSigned = signingUrls.includes(provider.name);
    expect(await posted({ ...right(), url: `${right().url}?a=1` })).toEqual(isSigned ? refused : taken);
  });

  test('whose time is over, or has not come', async () => {
    const life = lives[provider.name];
    clockMs = nowMs + (life ?? 0) * minuteMs + 10 * minuteMs;
    expect(await posted(right())).toEqual(life === undefined ? taken : refused);
    clockMs = nowMs - 10 * minuteMs;
    stored.length = 0;
    expect(await posted(right())).toEqual(life === undefined ? taken : refused);
  });

  test('over a body that is too large to be anybody’s', async () => {
    const { query } = hello(provider);
    const huge = provider.deliver({ body: Buffer.alloc(5 * 1024 * 1024, 'a=b&'), query }, nowMs);
    expect(await posted(huge)).toEqual([413, 0]);
  });
});

describe.each(providers)('$name: a body', (provider) => {
  const changed = (from: RegExp | string, to: string): Unsigned => {
    const { body, query } = hello(provider);
    const text = body.toString('latin1');
    expect(text).toMatch(from);
    return { body: Buffer.from(text.replace(from, to), 'latin1'), query };
  };

  test('with fields that are new is read as without them', async () => {
    const { body, query } = hello(provider);
    const more = provider.name === 'twilio' ? `${body}&ZzNew=%7B%22a%22%3A1%7D` : grown(body);
    const webhook = provider.deliver({ body: Buffer.from(more), query }, nowMs);
    expect(await posted(webhook)).toEqual(taken);
    expect(provider.parse({ body: Buffer.from(more), query }, nowMs)).toEqual(
      provider.parse(hello(provider), nowMs),
    );
  });

  test('of a kind that is new is kept as a message that we do not know', () => {
    const kinds: Readonly<Record<string, readonly [RegExp, string]>> = {
      twilio: [/MessageType=text&Body=hello/, 'MessageType=hologram&Body='],
      vonage: [/"message_type":"text"/, '"message_type":"hologram"'],
    };
    const [from, to] = kinds[provider.name] ?? [/"type":"text"/, '"type":"hologram"'];
    expect(provider.parse(changed(from, to), nowMs)).toMatchObject([
      { type: 'message', externalId: provider.messageId(7), content: { kind: 'unknown', what: 'hologram' } },
    ]);
  });

  test('with broken bytes in a name is read all the same', () => {
    const broken = provider.name === 'twilio' ? '%FF%C3' : '\xff\xc3';
    const events = provider.parse(changed('Ana', broken), nowMs);
    expect(events).toMatchObject([{ type: 'message', content: { kind: 'text', text: 'hello' } }]);
    expect(JSON.stringify(events)).not.toMatch(/\\ud[89ab]/i);
  });

  test('that is none of the provider’s is said to be none, without a word of it', () => {
    for (const body of [
      '',
      ' ',
      '<html>secret</html>',
      'null',
      '[]',
      '"secret"',
      '{"secret":',
      '\xff\xfe\x00',
    ])
      expect(() => provider.parse({ body: Buffer.from(body, 'latin1'), query: '' }, nowMs)).toThrow(
        expect.objectContaining({ name: 'SyntaxError', message: expect.not.stringContaining('secret') }),
      );
  });

  test('whose sender is neither a phone number nor a user id makes nobody up', () => {
    for (const address of [
      '12ab34567890',
      'US.',
      '+',
      '1',
      '12025550143/x',
      '9'.repeat(40),
      'ana',
      '../../etc',
    ]) {
      const events = provider.parse(
        provider.act({ kind: 'text', text: 'hello' }, about(provider, { phone: address })),
        nowMs,
      );
      const known = events.flatMap((event) => (event.type === 'message' ? [event.from] : []));
      expect([address, events.length, known.map(({ phone }) => phone)]).toEqual([
        address,
        1,
        known.map(() => undefined),
      ]);
    }
  });
});

describe.each(providers)('$name: an answer', (provider) => {
  const page = '<html><body>We will be back soon</body></html>';
  const outcome = (status: number, headers: Readonly<Record<string, string>> = {}, body = page) =>
    provider.interpret({ status, headers, body });

  test('that is a page of HTML is no answer of the provider’s', () => {
    expect(outcome(200).kind).toBe('unknown');
    for (const status of [301, 400, 403, 404])
      expect([status, outcome(status).kind]).toEqual([status, 'retry']);
    for (const status of [408, 500, 502, 504])
      expect([status, outcome(status).kind]).toEqual([status, 'unknown']);
  });

  test('429 waits, and as long as it is told', () => {
    for (const body of ['', page]) {
      const untold = outcome(429, {}, body);
      const told = outcome(429, { 'retry-after': '1800' }, body);
      if (untold.kind !== 'retry' || told.kind !== 'retry') throw new Error('expected both to wait');
      expect(untold.afterMs).toBeGreaterThan(0);
      expect(told.afterMs).toBe(30 * minuteMs);
      expect(outcome(429, { 'retry-after': 'soon' }, body)).toEqual(untold);
      expect(outcome(429, { 'retry-after': '99999999' }, body)).toMatchObject({ afterMs: 60 * minuteMs });
    }
  });

  test('503 may have been done: it is looked up and not sent again', () => {
    for (const body of ['', page]) {
      expect(outcome(503, {}, body).kind).toBe('unknown');
      expect(outcome(503, { 'retry-after': 'soon' }, body).kind).toBe('unknown');
      // Where it names a time, it was put off by Vonage's account of it; nobody else says what that means.
      const told = outcome(503, { 'retry-after': '90' }, body);
      expect(told).toMatchObject(
        provider.name === 'vonage' ? { kind: 'retry', afterMs: 1.5 * minuteMs } : { kind: 'unknown' },
      );
    }
  });

  test('cut off in the middle may have been done', () => {
    for (const body of ['{', '{"messages":[{"id":', '{"sid":"SM', '{"message_uuid":', '{"id":'])
      for (const status of [200, 201, 202]) expect(outcome(status, {}, body).kind).toBe('unknown');
  });
});

/** JSON with something new in each of its objects. */
function grown(body: Buffer): string {
  return JSON.stringify(
    JSON.parse(body.toString(), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, zzNew: { of: ['a', 'later', 'version'] } }
        : value,
    ),
  );
}
