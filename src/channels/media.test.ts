import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HttpResponse } from '#kernel/http.ts';
import { media as bird } from './bird/media.ts';
import { type InboundMedia, type MediaCodec, type MediaStep, readSha256 } from './media.ts';
import { media as messagebird } from './messagebird/media.ts';
import { media as meta } from './meta/media.ts';
import { media as twilio } from './twilio/media.ts';
import { media as vonage } from './vonage/media.ts';

/**
 * Fetching files, as tables: `<provider>/testdata/media.json`, a list of `case`, `given` and `expect`. Given are what came in and the
 * answers that the provider would give; expected are the steps. `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review.
 */
const codecs = { bird, messagebird, meta, twilio, vonage };

type Name = keyof typeof codecs;

type Case = {
  case: string;
  given: { media: InboundMedia; account?: object; answers?: HttpResponse[] };
  expect: MediaStep[];
};

const here = new URL('./', import.meta.url);
// The list's own keys.
const names = Object.keys(codecs) as Name[];
const isUpdate = process.env.UPDATE_FIXTURES === '1';

const tableUrl = (name: Name, part: string) => new URL(`${name}/testdata/${part}.json`, here);
const read = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));

function accountOf(name: Name): object {
  const url = tableUrl(name, 'account');
  return existsSync(url) ? (read(url) as object) : {}; // our own file
}

function steps(name: Name, { media, account, answers = [] }: Case['given']): readonly MediaStep[] {
  // The table belongs to the provider, and so does its account.
  const codec = codecs[name] as MediaCodec<unknown>;
  const whole = { ...accountOf(name), ...account };
  const taken: MediaStep[] = [codec.begin(media, whole)];
  for (const answer of answers) {
    const last = taken.at(-1);
    if (last?.kind !== 'ask' && last?.kind !== 'fetch') break;
    taken.push(codec.next(last, answer, media, whole));
  }
  for (const step of taken) {
    if (step.kind !== 'ask' && step.kind !== 'fetch') continue;
    expect(codec.allows(step.request.url, whole), step.request.url).toBe(true);
  }
  return taken;
}

describe.each(names)('%s', (name) => {
  const url = tableUrl(name, 'media');
  const table = read(url) as Case[]; // our own file; each case is checked below
  const results = table.map(({ given }) => steps(name, given));

  test('has cases, each with a name of its own', () => {
    expect(table.length).toBeGreaterThan(0);
    expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
  });

  test.each(table.map((each, index) => ({ ...each, result: results[index] })))('$case', (each) => {
    if (!isUpdate) expect(each.result).toStrictEqual(each.expect);
  });

  if (isUpdate) {
    const updated = table.map((each, index) => ({ ...each, expect: results[index] }));
    writeFileSync(url, `${JSON.stringify(updated, null, 2)}\n`);
  }
});

/** A usual address of each provider's; the hostile ones are made of it. */
const usual: Readonly<Record<Name, string>> = {
  bird: 'https://media.api.bird.com/workspaces/w/messages/m/media/f',
  messagebird: 'https://media.messagebird.com/v1/media/6f0e2c1a-5b7d-4c3e-9f8a-1b2c3d4e5f60',
  meta: 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1',
  twilio:
    'https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages/MM1/Media/ME1',
  vonage: 'https://api-eu.nexmo.com/v3/media/0c9a4d4e-0000-4000-8000-000000000001',
};

function hostile(address: string): readonly string[] {
  const { hostname, pathname } = new URL(address);
  const rest = `${pathname}?a=1`;
  return [
    `http://${hostname}${rest}`,
    `https://${hostname}:8443${rest}`,
    `https://${hostname}:22${rest}`,
    `https://user@${hostname}${rest}`,
    `https://user:secret@${hostname}${rest}`,
    `https://${hostname}@evil.example${rest}`,
    `https://${hostname}.evil.example${rest}`,
    `https://evil-${hostname.replaceAll('.', '-')}.example${rest}`,
    `https://evil${hostname.replace(/^[^.]*/, '')}.example${rest}`,
    `https://sub.${hostname}${rest}`,
    `https://${hostname}.${rest}`,
    `https://evil.example/${hostname}${rest}`,
    `https://evil.example/#${hostname}`,
    `https://evil.example\\.${hostname}/`,
    `https://evil.example%00.${hostname}/`,
    `https://${hostname.replace('.', '\u3002')}.evil.example${rest}`,
    `ftp://${hostname}${rest}`,
    `file://${hostname}${rest}`,
    `//${hostname}${rest}`,
    hostname,
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254/latest/meta-data',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://127.0.0.1/',
    'http://127.1:5432/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'https://[::ffff:7f00:1]/',
    'http://localhost:8080/',
    'http://0.0.0.0/',
    'https://s3-external-1.amazonaws.com/evil-bucket/x',
    'https://s3-external-1.amazonaws.com/media.twiliocdn.com.evil/x',
    'https://s3-external-1.amazonaws.com/media.twiliocdn.com/../evil/x',
    'https://s3-external-1.amazonaws.com/media.twiliocdn.com/..%2fevil/x',
    'https://evil.s3.eu-west-1.amazonaws.com/x',
    'https://channels--message-media--1--euw1.s3.eu-west-1.amazonaws.com/x',
    'data:image/png;base64,AAAA',
    'javascript:alert(1)',
    'blob:https://x/1',
    '',
    ' ',
    `https://${hostname}/${'a'.repeat(5000)}`,
  ];
}

describe.each(names)('%s', (name) => {
  const codec = codecs[name] as MediaCodec<unknown>; // the account below is its own
  const account = accountOf(name);
  const media = (url: string): InboundMedia => ({
    kind: 'media',
    media: 'image',
    mediaId: '1900000000000001',
    url,
  });

  test('a usual address is fetched', () => {
    const step = codec.begin(media(usual[name]), account);
    expect(step.kind === 'fetch' && step.request.url).toBe(usual[name]);
  });

  test.each(hostile(usual[name]))('nothing is fetched from %s', (url) => {
    expect(codec.allows(url, account)).toBe(false);
    const step = codec.begin(media(url), account);
    // Meta tells an id besides, and is asked for another address.
    if (step.kind === 'ask') expect(new URL(step.request.url).origin).toBe('https://graph.facebook.com');
    else expect(step).toEqual({ kind: 'end', code: 'NOT_ALLOWED' });
  });

  test.each(hostile(usual[name]))('no redirect is followed to %s', (location) => {
    const first = codec.begin(media(usual[name]), account);
    if (first.kind !== 'fetch') throw new Error('expected a fetch');
    const next = codec.next(
      first,
      { status: 307, headers: { location }, body: '' },
      media(usual[name]),
      account,
    );
    if (next.kind === 'end') expect(next.code).toBe('NOT_ALLOWED');
    // A relative one stays where it was.
    else expect(next.kind === 'fetch' && new URL(next.request.url).origin).toBe(new URL(usual[name]).origin);
  });

  test('redirects end somewhere', () => {
    let step = codec.begin(media(usual[name]), account);
    let followed = 0;
    while (step.kind === 'fetch') {
      const again = { status: 302, headers: { location: usual[name] }, body: '' };
      step = codec.next(step, again, media(usual[name]), account);
      followed += 1;
    }
    expect(followed).toBe(4);
    expect(step).toEqual({ kind: 'end', code: 'NOT_ALLOWED' });
  });
});

test('a hash is read as hexadecimal or base64, and nothing else', () => {
  const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  expect(readSha256(hex)).toBe(hex);
  expect(readSha256(hex.toUpperCase())).toBe(hex);
  expect(readSha256(Buffer.from(hex, 'hex').toString('base64'))).toBe(hex);
  expect(readSha256(Buffer.from(hex, 'hex').toString('base64url'))).toBe(hex);
  for (const other of ['', 'x', hex.slice(1), `${hex}0`, '!'.repeat(64), 'A'.repeat(42), undefined])
    expect(readSha256(other)).toBeUndefined();
});
