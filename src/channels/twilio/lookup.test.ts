import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutboundContent } from '../channel.ts';
import type { TwilioAccount } from './account.ts';
import { lookup, readLookup } from './lookup.ts';

const account: TwilioAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  accountSid: 'AC1',
  apiKey: 'SK1',
  apiSecret: 'fixture-api-secret',
  authTokens: ['fixture-auth-token'],
  sender: '12025550100',
  baseUrl: 'https://api.twilio.com',
  messagingUrl: 'https://messaging.twilio.com',
  templates: [{ name: 'visit_reminder', language: 'es', contentSid: 'HX1', payloads: 'fixed' }],
  questions: [],
  typing: false,
};

const atMs = Date.UTC(2026, 10, 18, 0, 6, 41);
function attempt(content: OutboundContent = { kind: 'text', text: 'Hello  Ana' }, phone = '12025550143') {
  return { message: { id: 'm-0001', to: { phone }, content }, atMs };
}

const ours = {
  sid: 'SM1',
  to: 'whatsapp:+12025550143',
  from: 'whatsapp:+12025550100',
  direction: 'outbound-api',
  status: 'sent',
  body: 'Hello Ana',
  date_created: 'Wed, 18 Nov 2026 00:06:42 +0000',
};

function read(messages: unknown, given = attempt(), more = {}) {
  return readLookup(
    { status: 200, headers: {}, body: JSON.stringify({ messages, ...more }) },
    given,
    account,
  );
}

describe('lookup', () => {
  test('lists what went to the person since the day before', () => {
    const request = lookup(attempt(), account);
    expect(request).toMatchObject({ method: 'GET', headers: { accept: 'application/json' } });
    const url = new URL(request?.url ?? '');
    expect(url.pathname).toBe('/2010-04-01/Accounts/AC1/Messages.json');
    expect(url.search).toContain('DateSent%3E=2026-11-17');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      To: 'whatsapp:+12025550143',
      From: 'whatsapp:+12025550100',
    });
  });

  test('of a user id, by the user id', () => {
    const message = { ...attempt().message, to: { userId: 'US.1234' } };
    expect(lookup({ message, atMs }, account)?.url).toContain('To=whatsapp%3AUS.1234');
  });

  test('of nobody, or of a read mark, is none', () => {
    expect(lookup(attempt(undefined, ''), account)).toBeUndefined();
    expect(lookup(attempt({ kind: 'read', externalId: 'SM1', typing: true }), account)).toBeUndefined();
  });
});

describe('readLookup', () => {
  const found = {
    kind: 'accepted',
    value: { items: [{ externalId: 'SM1', status: 'sent' }], next: undefined },
  };
  const notListed = { kind: 'accepted', value: { items: [], next: undefined } };

  test('finds the one with our words, in our time', () => {
    const others = [
      { ...ours, sid: 'SM2', body: 'Something else' },
      { ...ours, sid: 'SM3', date_created: 'Wed, 18 Nov 2026 00:04:42 +0000' },
      { ...ours, sid: 'SM4', date_created: 'Wed, 18 Nov 2026 00:36:42 +0000' },
      { ...ours, sid: 'SM5', to: 'whatsapp:+12025550144' },
      { ...ours, sid: 'SM6', from: 'whatsapp:+12025550199' },
      { ...ours, sid: 'SM7', direction: 'inbound' },
    ];
    expect(read([...others, ours])).toEqual(found);
    expect(read(others)).toEqual(notListed);
  });

  test('tells of all that could be it: which are others of ours is not known here', () => {
    expect(read([ours, { ...ours, sid: 'SM2' }])).toMatchObject({
      value: { items: [{ externalId: 'SM1' }, { externalId: 'SM2' }] },
    });
    expect(read([ours, ours])).toEqual(found);
  });

  test('tells how far it came, and why it failed', () => {
    const told = (more: object) => {
      const outcome = read([{ ...ours, ...more }]);
      return outcome.kind === 'accepted' ? outcome.value.items : outcome;
    };
    expect(told({ status: 'queued' })).toEqual([{ externalId: 'SM1' }]);
    expect(told({ status: 'delivered' })).toEqual([{ externalId: 'SM1', status: 'delivered' }]);
    expect(told({ status: 'undelivered', error_code: 63_024 })).toMatchObject([
      { externalId: 'SM1', status: 'failed', code: expect.stringMatching(/^[A-Z_]+$/) },
    ]);
    expect(told({ status: 'brand-new' })).toEqual([{ externalId: 'SM1' }]);
  });

  test('goes on to the next page until it reaches what is older than the attempt', () => {
    const uri = '/2010-04-01/Accounts/AC1/Messages.json?Page=1';
    const next = (messages: readonly object[]) => {
      const outcome = read(messages, attempt(), { next_page_uri: uri });
      return outcome.kind === 'accepted' ? outcome.value.next?.url : outcome;
    };
    expect(next([ours])).toBe(`https://api.twilio.com${uri}`);
    expect(next([ours, { ...ours, date_created: 'Tue, 17 Nov 2026 20:06:42 +0000' }])).toBeUndefined();
  });

  test('finds a template and a numbered question by their text', () => {
    const said = {
      kind: 'template' as const,
      name: 'visit_reminder',
      language: 'es',
      variables: ['Ana'],
      payloads: [],
    };
    const reminder = attempt({ ...said, text: 'Hola Ana', labels: [] });
    expect(read([{ ...ours, body: 'Hola Ana' }], reminder)).toEqual(found);
    const choices = [
      { id: 'a', title: 'Yes' },
      { id: 'b', title: 'No' },
    ];
    const question = attempt({ kind: 'choices', text: 'Right?', choices, listLabel: 'Choose' });
    expect(read([{ ...ours, body: 'Right?\n\n1. Yes\n2. No' }], question)).toEqual(found);
  });

  test('finds one whose sender was not chosen yet', () => {
    expect(read([{ ...ours, from: null, status: 'accepted' }])).toMatchObject({
      value: { items: [{ externalId: 'SM1' }] },
    });
  });

  test('says nothing of the message where the list could not be had', () => {
    const answer = (status: number, body: string) =>
      readLookup({ status, headers: { 'retry-after': '20' }, body }, attempt(), account);
    expect(answer(429, '{"code":20429}')).toEqual({
      kind: 'retry',
      code: 'ACCOUNT_RATE_LIMIT',
      afterMs: 20_000,
    });
    expect(answer(503, '<html>')).toEqual({ kind: 'unknown', code: 'HTTP_503' });
    expect(answer(200, '<html>')).toEqual({ kind: 'unknown', code: 'LIST_UNREADABLE' });
    expect(answer(401, '{"code":20003}')).toMatchObject({ kind: 'retry', scope: 'account' });
  });

  test('takes any answer, and throws never', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(ours)));
    const message = fc.record({
      sid: field,
      to: field,
      from: field,
      direction: field,
      body: field,
      date_created: field,
    });
    fc.assert(
      fc.property(fc.oneof(fc.array(message), fc.jsonValue()), (messages) => {
        expect(['accepted', 'unknown']).toContain(read(messages).kind);
      }),
    );
  });
});

describe('how far a message came whose id is known', () => {
  const known = { ...attempt(), externalId: 'SM1' };
  const one = (status: number, body: unknown) =>
    readLookup({ status, headers: {}, body: JSON.stringify(body) }, known, account);

  test('is asked by its id', () => {
    expect(lookup(known, account)?.url).toBe(
      'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/SM1.json',
    );
    expect(lookup({ ...known, externalId: '../x' }, account)?.url).toContain('/Messages/..%2Fx.json');
  });

  test('is what it says of itself', () => {
    expect(one(200, { ...ours, status: 'read' })).toEqual({
      kind: 'accepted',
      value: { items: [{ externalId: 'SM1', status: 'read' }], next: undefined },
    });
    expect(one(200, { ...ours, sid: 'SM9' })).toEqual({ kind: 'unknown', code: 'LIST_UNREADABLE' });
  });

  test('Twilio knows no such message; a gateway that answers 404 says nothing', () => {
    expect(one(404, { code: 20_404 })).toEqual({ kind: 'accepted', value: { items: [], next: undefined } });
    expect(one(404, '<html>').kind).toBe('retry');
  });
});
