import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelEvent } from '../channel.ts';
import { parse } from './parse.ts';

const receivedAt = '2026-11-18T11:06:41.000Z';

function parsed(body: Uint8Array, query = ''): ChannelEvent[] | 'SyntaxError' {
  try {
    return parse({ body, query, receivedAt });
  } catch (error) {
    if (error instanceof SyntaxError) return 'SyntaxError';
    throw error;
  }
}

/** What every reader of events relies on, whatever arrived. */
function expectSound(events: ChannelEvent[] | 'SyntaxError'): void {
  expect(Object.prototype).not.toHaveProperty('polluted');
  if (events === 'SyntaxError') return;
  expect(events.length).toBeGreaterThan(0);
  expect(JSON.stringify(events)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  for (const event of events) {
    if (event.type === 'notice') {
      expect(event.what).toMatch(/^[A-Za-z][\w.-]*$/);
      expect(event.key).toMatch(/^[0-9a-f]{64}$/);
      continue;
    }
    expect(event.externalId).toMatch(/^[\x21-\x7e]+$/);
    expect(event.at).toBe(receivedAt);
    if (event.type !== 'message') continue;
    expect(event.from.userId ?? event.from.phone).toBeTruthy();
    if (event.from.phone !== undefined) expect(event.from.phone).toMatch(/^\d{5,20}$/);
    if (event.from.userId !== undefined) expect(event.from.userId).toMatch(/^[A-Z]{2}\.[A-Za-z0-9.]+$/);
  }
}

const names = [
  'MessageSid',
  'SmsMessageSid',
  'SmsSid',
  'AccountSid',
  'From',
  'To',
  'WaId',
  'ExternalUserId',
  'ProfileName',
  'Body',
  'NumMedia',
  'MediaUrl0',
  'MediaContentType0',
  'MediaUrl1',
  'ButtonText',
  'ButtonPayload',
  'ListId',
  'ListTitle',
  'InteractiveData',
  'Latitude',
  'Longitude',
  'Address',
  'Label',
  'OriginalRepliedMessageSid',
  'Forwarded',
  'MessageType',
  'MessageStatus',
  'SmsStatus',
  'ErrorCode',
  'ChannelToAddress',
  'Level',
  'Payload',
  '__proto__',
  'constructor',
];

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.json(),
  fc.constantFrom(
    '',
    '0',
    '1',
    '\ud800',
    '__proto__',
    'received',
    'sent',
    'failed',
    'reaction',
    'whatsapp:+12025550143',
    'whatsapp:US.1234',
    'US.48213306590127745521',
    '12025550143',
    '1e300',
    '-90.5',
    'https://api.twilio.com/a/ME1',
    '{"__proto__":{"polluted":true}}',
    `${'['.repeat(5000)}${']'.repeat(5000)}`,
  ),
);

const known = {
  MessageSid: 'SM1',
  AccountSid: 'AC1',
  From: 'whatsapp:+12025550143',
  To: 'whatsapp:+12025550100',
};

describe('parse throws nothing but SyntaxError, and what it returns is sound', () => {
  test('on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), fc.string(), (body, query) => expectSound(parsed(body, query))));
  });

  test('on any parameters, as a form and as JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), fc.boolean(), (pairs, isComplete) => {
        const all: [string, string][] = [...pairs, ...(isComplete ? Object.entries(known) : [])];
        expectSound(parsed(Buffer.from(new URLSearchParams(all).toString())));
        expectSound(parsed(Buffer.from(JSON.stringify(Object.fromEntries(all)))));
      }),
      { numRuns: 3000 },
    );
  });

  test('on any JSON', () => {
    fc.assert(fc.property(fc.json(), (json) => expectSound(parsed(Buffer.from(json)))));
    expectSound(parsed(Buffer.from('{"a":'.repeat(100_000))));
  });

  test('on a huge body, in bounded time', () => {
    const began = performance.now();
    const start = new URLSearchParams(known).toString();
    expectSound(parsed(Buffer.from(`${start}&${'a=b&'.repeat(500_000)}`)));
    expectSound(parsed(Buffer.from(`${start}&Body=${'%F0%9F'.repeat(500_000)}`)));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

test('an error never repeats what stood in the body', () => {
  for (const body of ['Ana Example +12025550143', '{"Body":"Ana Example"', 'Body=Ana+Example'])
    expect(() => parse({ body: Buffer.from(body), query: '', receivedAt })).toThrow(/^expected [a-zA-Z ']+$/);
});

test('no user id ever becomes a phone number', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25 });
  const country = fc.constantFrom('US', 'BR', 'US.ENT', 'ES');
  fc.assert(
    fc.property(digits, country, fc.constantFrom('whatsapp:', ''), (number, prefix, channel) => {
      const params = { ...known, From: `${channel}${prefix}.${number}`, Body: 'hi' };
      const events = parsed(Buffer.from(new URLSearchParams(params).toString()));
      expect(events).toMatchObject([{ type: 'message', from: { userId: `${prefix}.${number}` } }]);
      expect(events).not.toHaveProperty('0.from.phone');
    }),
  );
});

test('the same status again has the same key, and another has another', () => {
  const keyOf = (status: string) => {
    const events = parsed(Buffer.from(new URLSearchParams({ ...known, MessageStatus: status }).toString()));
    return events === 'SyntaxError' || events[0]?.type !== 'notice' ? undefined : events[0].key;
  };
  expect(keyOf('queued')).toBeTruthy();
  expect(keyOf('queued')).toBe(keyOf('queued'));
  expect(keyOf('sending')).not.toBe(keyOf('queued'));
});
