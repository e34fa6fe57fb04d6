import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Searching bytes for words, in the ways in which bytes hold words. */

/** The part of a Base64 text that does not depend on what stands before and after the word. */
function base64At(word: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), word])
    .toString('base64')
    .replaceAll('=', '');
  const whole = Math.floor(((before + word.length) * 8) / 6);
  return text.slice(Math.ceil((before * 8) / 6), whole);
}

/** UTF-8 (JSON and percent-encoding leave ASCII as it is), UTF-16, hexadecimal, and Base64 at each of its three alignments. */
function writings(word: string): readonly Buffer[] {
  const utf8 = Buffer.from(word, 'utf8');
  const hex = utf8.toString('hex');
  const wide = Buffer.from(word, 'utf16le');
  const encoded = encodeURIComponent(word);
  return [
    utf8,
    wide,
    Buffer.from(wide.toString('hex')),
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(encoded),
    Buffer.from(JSON.stringify(word).slice(1, -1)),
    ...[0, 1, 2].map((before) => Buffer.from(base64At(utf8, before))),
  ];
}

/** Finds which of the words stand in some bytes. Letters are looked for as given, in lower and in upper case. */
export function needlesFor(words: readonly string[]): (bytes: Buffer) => readonly string[] {
  const needles = words.map((word) => {
    const cases = [...new Set([word, word.toLowerCase(), word.toUpperCase()])];
    const all = new Map(cases.flatMap(writings).map((bytes) => [bytes.toString('latin1'), bytes]));
    return { word, all: [...all.values()] };
  });
  return (bytes) =>
    needles.flatMap(({ word, all }) => (all.some((needle) => bytes.includes(needle)) ? [word] : []));
}

/** Every file below a folder with its bytes; one that vanished meanwhile is left out. */
export async function* filesBelow(folder: string): AsyncGenerator<{ path: string; bytes: Buffer }> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    if (!entry.isFile()) continue;
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) yield { path, bytes };
  }
}
