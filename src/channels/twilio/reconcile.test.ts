import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TwilioAccount } from './account.ts';
import { parse } from './parse.ts';
import { listInbound, readInboundList } from './reconcile.ts';

const account = JSON.parse(
  readFileSync(new URL('./testdata/account.json', import.meta.url), 'utf8'),
) as TwilioAccount; // our own file

const sinceMs = Date.UTC(2026, 10, 18, 11, 0, 0);

const listed = {
  sid: 'SM1',
  from: 'whatsapp:+12025550143',
  to: 'whatsapp:+12025550100',
  body: 'hi',
  num_media: '0',
  direction: 'inbound',
  date_created: 'Wed, 18 Nov 2026 11:06:41 +0000',
};

function read(messages: unknown, more = {}) {
  return readInboundList(
    { status: 200, headers: {}, body: JSON.stringify({ messages, ...more }) },
    account,
    sinceMs,
  );
}

test('asks for what came to the sender since the day', () => {
  const { url, method } = listInbound(account, sinceMs);
  expect(method).toBe('GET');
  expect(url).toContain('?To=whatsapp%3A%2B12025550100&DateSent%3E=2026-11-18&PageSize=500');
});

test('a listed message is what the webhook would have made of it', () => {
  const form = { MessageSid: 'SM1', From: listed.from, To: listed.to, Body: 'hi' };
  const body = Buffer.from(new URLSearchParams(form).toString());
  const events = parse({ body, query: '', receivedAt: '2026-11-18T11:06:41.000Z' });
  expect(read([listed])).toEqual({ kind: 'accepted', value: { items: events, next: undefined } });
});

test('what we sent, what came before, and what has no id or time is left out', () => {
  const others = [
    { ...listed, direction: 'outbound-api' },
    { ...listed, date_created: 'Wed, 18 Nov 2026 10:59:59 +0000' },
    { ...listed, date_created: 'yesterday' },
    { ...listed, sid: null },
    null,
  ];
  expect(read(others)).toEqual({ kind: 'accepted', value: { items: [], next: undefined } });
});

test('that a file was sent is not lost', () => {
  expect(read([{ ...listed, num_media: '1', body: '' }])).toMatchObject({
    value: { items: [{ externalId: 'SM1', content: { kind: 'unknown' } }] },
  });
});

test('the next page is asked for at Twilio, and nowhere else', () => {
  const path = `/2010-04-01/Accounts/${account.accountSid}/Messages.json?PageToken=x`;
  const next = (uri: unknown) => {
    const page = read([], { next_page_uri: uri });
    return page.kind === 'accepted' ? page.value.next?.url : page;
  };
  expect(next(path)).toBe(`https://api.twilio.com${path}`);
  for (const uri of [
    null,
    7,
    '//evil.example/',
    `https://evil.example${path}`,
    '/2010-04-01/Accounts/AC9/Messages.json',
  ])
    expect(next(uri)).toBeUndefined();
});

test('a page that reaches back further is the last', () => {
  const uri = `/2010-04-01/Accounts/${account.accountSid}/Messages.json?PageToken=x`;
  const page = read([listed, { ...listed, date_created: 'Wed, 18 Nov 2026 10:59:59 +0000' }], {
    next_page_uri: uri,
  });
  expect(page).toMatchObject({ kind: 'accepted', value: { next: undefined } });
});

test('takes any answer, and throws never', () => {
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(listed)));
  const message = fc.record({
    sid: field,
    from: field,
    to: field,
    body: field,
    num_media: field,
    direction: field,
    date_created: field,
  });
  fc.assert(
    fc.property(fc.oneof(fc.array(message), fc.jsonValue()), fc.jsonValue(), (messages, uri) => {
      expect(['accepted', 'unknown']).toContain(read(messages, { next_page_uri: uri }).kind);
    }),
  );
  expect(readInboundList({ status: 503, headers: {}, body: '<html>' }, account, sinceMs).kind).toBe(
    'unknown',
  );
  expect(readInboundList({ status: 429, headers: {}, body: '{"code":20429}' }, account, sinceMs).kind).toBe(
    'retry',
  );
});
