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
const none: ReadonlySet<string> = new Set();

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

function read(messages: unknown, given = attempt(), known = none) {
  return readLookup({ status: 200, headers: {}, body: JSON.stringify({ messages }) }, given, account, known);
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
  const found = { kind: 'accepted', value: { externalId: 'SM1' } };
  const notListed = { kind: 'unknown', code: 'NOT_LISTED' };

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

  test('does not take what is known to be another message of ours', () => {
    expect(read([ours], attempt(), new Set(['SM1']))).toEqual(notListed);
    expect(read([ours, { ...ours, sid: 'SM2' }], attempt(), new Set(['SM2']))).toEqual(found);
  });

  test('does not guess between two', () => {
    expect(read([ours, { ...ours, sid: 'SM2' }])).toEqual({ kind: 'unknown', code: 'SEVERAL_LISTED' });
    expect(read([ours, ours])).toEqual(found);
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
    expect(read([{ ...ours, from: null, status: 'accepted' }])).toEqual(found);
  });

  test('says nothing of the message where the list could not be had', () => {
    const answer = (status: number, body: string) =>
      readLookup({ status, headers: { 'retry-after': '20' }, body }, attempt(), account, none);
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
