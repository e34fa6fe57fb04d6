import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attempt } from '../channel.ts';
import type { BirdAccount } from './account.ts';
import { lookup, readLookup } from './lookup.ts';

const account: BirdAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  workspaceId: 'ws-1',
  channelId: 'ch-1',
  baseUrl: 'https://api.bird.com/',
  accessKey: 'fixture-access-key',
  signingKeys: ['fixture-signing-key'],
  templates: [],
};

const attempt: Attempt = {
  message: { id: 'm-0001', to: { phone: '12025550143' }, content: { kind: 'text', text: 'Hello' } },
  atMs: Date.UTC(2026, 10, 18, 0, 0, 30),
};

const messages = 'https://api.bird.com/workspaces/ws-1/channels/ch-1/messages';

const ours = {
  id: 'b-1',
  reference: 'm-0001',
  direction: 'outgoing',
  status: 'sent',
  createdAt: '2026-11-18T00:00:31.123Z',
};

function read(answer: unknown, given = attempt, status = 200) {
  return readLookup({ status, headers: {}, body: JSON.stringify(answer) }, given, account);
}

const found = (...items: readonly object[]) => ({ kind: 'accepted', value: { items, next: undefined } });

describe('one in doubt', () => {
  test('is looked for among what the channel took in its time', () => {
    const url = new URL(lookup(attempt, account)?.url ?? '');
    expect(`${url.origin}${url.pathname}`).toBe(messages);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      limit: '100',
      startAt: '2026-11-17T23:59:30Z',
      endAt: '2026-11-18T00:10:30Z',
    });
    expect(lookup(attempt, account)?.headers.authorization).toBe('AccessKey fixture-access-key');
    const content = { kind: 'read', externalId: 'b-1', typing: false } as const;
    expect(lookup({ ...attempt, message: { ...attempt.message, content } }, account)).toBeUndefined();
  });

  test('is the one that carries our id and is of its time', () => {
    const others = [
      { ...ours, id: 'b-2', reference: 'm-0002' },
      { ...ours, id: 'b-3', createdAt: '2026-11-17T23:50:00Z' },
      { ...ours, id: 'b-4', createdAt: '2026-11-18T00:30:00Z' },
      { ...ours, id: 'b-5', direction: 'incoming' },
      { ...ours, id: 'b-6', createdAt: undefined },
      { ...ours, id: undefined },
      null,
    ];
    expect(read({ results: [...others, ours] })).toEqual(found({ externalId: 'b-1', status: 'sent' }));
    expect(read({ results: others })).toEqual(found());
  });

  test.each([
    ['accepted', { externalId: 'b-1' }],
    ['delivered', { externalId: 'b-1', status: 'delivered' }],
    ['expired', { externalId: 'b-1', status: 'failed', code: 'EXPIRED' }],
    ['brand_new', { externalId: 'b-1' }],
  ])('that is %s', (status, expected) => {
    expect(read({ results: [{ ...ours, status }] })).toEqual(found(expected));
  });

  test('is looked for on the next page too, of the same time and the same channel', () => {
    const outcome = read({ results: [], nextPageToken: 'https://evil.example/?x' });
    const url = new URL((outcome.kind === 'accepted' && outcome.value.next?.url) || '');
    expect([url.origin, url.searchParams.get('pageToken'), url.searchParams.get('startAt')]).toEqual([
      'https://api.bird.com',
      'https://evil.example/?x',
      '2026-11-17T23:59:30Z',
    ]);
  });
});

describe('one whose id is known', () => {
  const known = { ...attempt, externalId: 'b-1' };

  test('is asked for by it', () => {
    expect(lookup(known, account)?.url).toBe(`${messages}/b-1`);
    expect(lookup({ ...known, externalId: '../x' }, account)?.url).toBe(`${messages}/..%2Fx`);
    expect(read({ ...ours, status: 'read' }, known)).toEqual(found({ externalId: 'b-1', status: 'read' }));
    expect(read({ ...ours, id: 'b-9' }, known)).toEqual({ kind: 'unknown', code: 'LIST_UNREADABLE' });
  });

  test('may be unknown to Bird; a gateway that answers 404 says nothing', () => {
    expect(read({ code: 'ResourceNotFound', message: 'no' }, known, 404)).toEqual(found());
    expect(read('<html>', known, 404).kind).toBe('retry');
  });
});

test('a list that could not be had says nothing of the message', () => {
  expect(read({ items: [] })).toEqual({ kind: 'unknown', code: 'LIST_UNREADABLE' });
  expect(read('<html>', attempt, 503)).toEqual({ kind: 'unknown', code: 'HTTP_503' });
  expect(read({ code: 'TooManyRequests' }, attempt, 429).kind).toBe('retry');
});

test('takes any answer, and throws never', () => {
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(ours)));
  const message = fc.record({
    id: field,
    reference: field,
    direction: field,
    status: field,
    createdAt: field,
  });
  fc.assert(
    fc.property(fc.oneof(fc.array(message), fc.jsonValue()), fc.jsonValue(), (results, nextPageToken) => {
      expect(['accepted', 'unknown']).toContain(read({ results, nextPageToken }).kind);
      expect(['accepted', 'unknown']).toContain(read(results, { ...attempt, externalId: 'b-1' }).kind);
    }),
  );
});
