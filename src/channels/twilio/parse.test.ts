import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectSound, readOrRefused } from '../../../test/channels/hostile.ts';
import { parse } from './parse.ts';

const receivedAt = '2026-11-18T11:06:41.000Z';

function parsed(body: Uint8Array, query = '') {
  return readOrRefused(() => parse({ body, query, receivedAt }));
}

/** Twilio's ids are plain words, and it tells no time. */
function expectTwilios(events: ReturnType<typeof parsed>): void {
  expectSound(events);
  if (events === 'SyntaxError') return;
  expect(events.length).toBeGreaterThan(0);
  for (const event of events) {
    if (event.type === 'notice') continue;
    expect(event.externalId).toMatch(/^[\x21-\x7e]+$/);
    expect(event.at).toBe(receivedAt);
    if (event.type === 'message' && event.from.userId !== undefined)
      expect(event.from.userId).toMatch(/^[A-Z]{2}\.[A-Za-z0-9.]+$/);
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
    fc.assert(fc.property(fc.uint8Array(), fc.string(), (body, query) => expectTwilios(parsed(body, query))));
  });

  test('on any parameters, as a form and as JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value)), fc.boolean(), (pairs, isComplete) => {
        const all: [string, string][] = [...pairs, ...(isComplete ? Object.entries(known) : [])];
        expectTwilios(parsed(Buffer.from(new URLSearchParams(all).toString())));
        expectTwilios(parsed(Buffer.from(JSON.stringify(Object.fromEntries(all)))));
      }),
      { numRuns: 3000 },
    );
  });

  test('on any JSON', () => {
    fc.assert(fc.property(fc.json(), (json) => expectTwilios(parsed(Buffer.from(json)))));
    expectTwilios(parsed(Buffer.from('{"a":'.repeat(100_000))));
  });

  test('on a huge body, in bounded time', () => {
    const began = performance.now();
    const start = new URLSearchParams(known).toString();
    expectTwilios(parsed(Buffer.from(`${start}&${'a=b&'.repeat(500_000)}`)));
    expectTwilios(parsed(Buffer.from(`${start}&Body=${'%F0%9F'.repeat(500_000)}`)));
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
