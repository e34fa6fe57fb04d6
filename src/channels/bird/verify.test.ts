import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify } from './verify.ts';

const url = 'https://intake.example/webhooks/bird/front-desk';
const nowMs = 1_795_000_002_000;
const timestamp = '1795000000';
const account = { signingKeys: ['fixture-signing-key'] };

/** Written down a second time on purpose, from the page and not from the codec. */
function sign(key: string, at: string, over: string, body: Uint8Array): string {
  const hash = createHash('sha256').update(body).digest();
  return createHmac('sha256', key).update(`${at}\n${over}\n`).update(hash).digest('base64');
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

function webhook(body: Uint8Array, headers: Headers, at = url) {
  return { method: 'POST', url: at, headers, body };
}

test('verify takes any bytes, headers and keys, and throws never', () => {
  const base64Like = fc
    .uint8Array({ minLength: 31, maxLength: 33 })
    .map((bytes) => Buffer.from(bytes).toString('base64'));
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    base64Like,
  );
  const time = fc.oneof(header, fc.constant(timestamp), fc.nat().map(String), fc.constant('9'.repeat(13)));
  const keys = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800')));
  fc.assert(
    fc.property(
      fc.uint8Array(),
      header,
      time,
      keys,
      fc.string(),
      fc.double(),
      (body, signature, at, signingKeys, over, now) => {
        const headers = { 'messagebird-signature': signature, 'messagebird-request-timestamp': at };
        expect(verify(webhook(body, headers, over), { signingKeys }, now)).toBe(false);
      },
    ),
  );
});

test('verify accepts what either key signed', () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(fc.uint8Array(), keys, fc.nat(1), fc.webUrl(), (body, signingKeys, which, over) => {
      const signature = sign(signingKeys[which] ?? '', timestamp, over, body);
      const headers = { 'messagebird-signature': signature, 'messagebird-request-timestamp': timestamp };
      expect(verify(webhook(body, headers, over), { signingKeys }, nowMs)).toBe(true);
    }),
  );
});

const body = Buffer.from(
  '{"service":"channels","event":"whatsapp.inbound","payload":{"id":"m-1","text":"olá"}}',
);
const good = {
  signature: sign('fixture-signing-key', timestamp, `${url}?a=1`, body),
  timestamp,
  url: `${url}?a=1`,
};

test('a key signs for its own account only, and for no other URL of it', () => {
  const headers = { 'messagebird-signature': good.signature, 'messagebird-request-timestamp': timestamp };
  expect(verify(webhook(body, headers, good.url), account, nowMs)).toBe(true);
  expect(verify(webhook(body, headers, good.url), { signingKeys: ['fixture-other-key'] }, nowMs)).toBe(false);
  for (const other of [url, `${url}?a=2`, `${url}?a=1#`, `${url}/?a=1`, good.url.replace('https', 'http')])
    expect(verify(webhook(body, headers, other), account, nowMs)).toBe(false);
});

test('the tables hold every way in which a signature can be wrong', () => {
  const table = readFileSync(new URL('./testdata/verify.json', import.meta.url), 'utf8');
  for (const word of ['twice', 'no signature', 'older than', 'another URL', "another account's", 'algorithm'])
    expect(table).toContain(word);
});
