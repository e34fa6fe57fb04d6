import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agrees, readMimeType, sniff, sniffBytes } from './sniff.ts';

const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');

test.each([
  ['image/jpeg', hex('ffd8ffe000104a464946')],
  ['image/jpeg', hex('ffd8ffe1 4578 6966')],
  ['image/png', hex('89504e470d0a1a0a0000000d')],
  ['image/webp', Buffer.from('RIFF\x24\0\0\0WEBPVP8 ')],
  ['audio/wav', Buffer.from('RIFF\x24\0\0\0WAVEfmt ')],
  ['image/gif', Buffer.from('GIF89a')],
  ['image/heic', Buffer.from('\0\0\0\x18ftypheic')],
  ['video/mp4', Buffer.from('\0\0\0\x18ftypisom')],
  ['audio/mp4', Buffer.from('\0\0\0\x18ftypM4A ')],
  ['video/3gpp', Buffer.from('\0\0\0\x18ftyp3gp4')],
  ['audio/ogg', Buffer.from('OggS\0\x02')],
  ['audio/amr', Buffer.from('#!AMR\n')],
  ['audio/mpeg', Buffer.from('ID3\x03')],
  ['audio/aac', hex('fff15080')],
  ['application/pdf', Buffer.from('%PDF-1.7\n%âã')],
  ['application/zip', hex('504b0304')],
  ['application/x-ole-storage', hex('d0cf11e0a1b11ae1')],
  ['application/x-msdownload', Buffer.from('MZ\x90\0')],
  ['application/x-elf', hex('7f454c46')],
  ['application/x-sh', Buffer.from('#!/bin/sh\n')],
  ['text/html', Buffer.from('\n <!DOCTYPE html><html>')],
  ['text/html', Buffer.from('<script>alert(1)</script>')],
  ['image/svg+xml', Buffer.from('<?xml version="1.0"?><svg onload="x"/>')],
  ['application/xml', Buffer.from('<?xml version="1.0"?><a/>')],
  ['text/plain', Buffer.from('Olá, çédille, 中文 🙂')],
  [undefined, Buffer.alloc(0)],
  [undefined, hex('00010203')],
  [undefined, hex('c328 80')],
])('%s', (type, bytes) => {
  expect(sniff(bytes)).toBe(type);
});

test('a text that is cut within a character is a text', () => {
  const text = Buffer.from('é'.repeat(sniffBytes));
  expect(sniff(text.subarray(0, sniffBytes - 1), false)).toBe('text/plain');
  expect(sniff(text.subarray(0, 5), true)).toBeUndefined();
});

test('any bytes are something or nothing, and never an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void agrees(sniff(bytes), 'image/jpeg')),
  );
});

test.each([
  ['image/jpeg', 'image/jpeg', true],
  ['image/jpeg', 'IMAGE/JPEG; x=1', true],
  ['image/jpeg', 'image/png', false],
  ['text/html', 'image/jpeg', false],
  ['application/x-msdownload', 'application/pdf', false],
  ['video/mp4', 'audio/mp4', true],
  ['audio/ogg', 'audio/ogg; codecs=opus', true],
  ['application/zip', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', true],
  ['application/zip', 'application/pdf', false],
  ['application/x-ole-storage', 'application/msword', true],
  ['text/plain', 'text/csv', true],
  ['text/html', 'text/plain', false],
  [undefined, 'image/jpeg', false],
  ['image/jpeg', undefined, false],
])('%s, said to be %s: %s', (sniffed, declared, expected) => {
  expect(agrees(sniffed, declared)).toBe(expected);
});

test('a media type is read or it is none', () => {
  expect(readMimeType(' Image/PNG ;q=1')).toBe('image/png');
  for (const bad of ['', 'image', 'image/', '/png', 'image/png\u0000', 'a b/c', undefined])
    expect(readMimeType(bad)).toBeUndefined();
});

test('what the sandbox’s phone sends is what it is', () => {
  const sample = (name: string) =>
    readFileSync(new URL(`../../sandbox/phone/samples/${name}`, import.meta.url));
  expect(sniff(sample('card.png'))).toBe('image/png');
  expect(sniff(sample('referral.pdf'))).toBe('application/pdf');
  expect(sniff(sample('sticker.webp'))).toBe('image/webp');
  expect(sniff(sample('voice.ogg'))).toBe('audio/ogg');
});
