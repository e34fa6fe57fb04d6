import fc from 'fast-check';
import { expect } from 'vitest';
import type { ChannelEvent } from '#channels/channel.ts';

/** What the property tests of all codecs' readers share: bodies that nobody sends on purpose, and what must hold whatever came. */

/** A copy of the value in which one node, found by walking down with the picks, is another. */
export function replaced(value: unknown, picks: readonly number[], by: unknown): unknown {
  const [pick, ...rest] = picks;
  if (pick === undefined || typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[pick % Math.max(keys.length, 1)];
  if (key === undefined) return by;
  const fields = Object.entries(value).map(([name, item]): [string, unknown] => [
    name,
    name === key ? replaced(item, rest, by) : item,
  ]);
  return Array.isArray(value) ? fields.map(([, item]) => item) : Object.fromEntries(fields);
}

export const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constant('\ud800'),
);

export const anyJson = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.constantFrom(null, true, 0, -1, 1e300, 5511955500001, '', '0', '__proto__', 'constructor', [], {}),
);

/** Bodies with one node replaced, as JSON. */
export const spoiled = (bodies: readonly unknown[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...bodies), fc.array(fc.nat(20), { maxLength: 12 }), anyJson)
    .map(([body, picks, by]) => JSON.stringify(replaced(body, picks, by)));

/** The events, or that the body is not the provider's; whatever else is thrown stays thrown. */
export function readOrRefused(read: () => ChannelEvent[]): ChannelEvent[] | 'SyntaxError' {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) return 'SyntaxError';
    throw error;
  }
}

/** What every reader of events relies on, whatever arrived. */
export function expectSound(events: ChannelEvent[] | 'SyntaxError'): void {
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  if (events === 'SyntaxError') return;
  expect(JSON.stringify(events)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  for (const event of events) {
    if (event.type === 'notice') {
      expect(event.what).toMatch(/^[A-Za-z][\w.-]*$/);
      expect(event.key).toMatch(/^[0-9a-f]{64}$/);
      continue;
    }
    expect(event.externalId).not.toBe('');
    expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (event.type === 'status' && event.code !== undefined) expect(event.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
    if (event.type === 'message') expectSomebody(event.from);
  }
}

/** Reachable, and nothing but digits is taken for a number. */
function expectSomebody(from: { readonly userId?: string; readonly phone?: string }): void {
  expect(from.userId ?? from.phone).toBeTruthy();
  if (from.phone !== undefined) expect(from.phone).toMatch(/^\d{5,20}$/);
  if (from.userId !== undefined) expect(from.userId).toMatch(/^[\x21-\x7e]+$/);
}
