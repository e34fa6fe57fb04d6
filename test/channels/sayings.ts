import fc from 'fast-check';
import { expect } from 'vitest';
import type { RenderRefusal } from '#channels/channel.ts';

/** What the property tests of all codecs' writers share: lengths around limits, and recipients of every kind. */

/** Lengths around every limit, so that each is met from both sides. */
export function textAround(...limits: readonly number[]): fc.Arbitrary<string> {
  const length = fc.oneof(
    ...limits.map((limit) => fc.integer({ min: Math.max(limit - 2, 0), max: limit + 2 })),
  );
  const unit = fc.constantFrom('a', ' ', '\n', '👋', 'ß', '\ud83d', 'م');
  return fc.oneof(
    fc.tuple(length, unit).map(([count, one]) => one.repeat(count)),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
}

export const saidText = (...limits: readonly number[]) =>
  fc.record({ kind: fc.constant('text' as const), text: textAround(...limits) });

export const readMark = fc.record({
  kind: fc.constant('read' as const),
  externalId: fc.string(),
  typing: fc.boolean(),
});

export const recipient = fc.record(
  {
    phone: fc.constantFrom('12025550143', '+12025550143', 'US.48213306590127745521', ''),
    userId: fc.constantFrom('US.48213306590127745521', ''),
  },
  { requiredKeys: [] },
);

export function expectLength(value: unknown, min: number, max: number): void {
  expect(typeof value).toBe('string');
  expect(String(value).length).toBeGreaterThanOrEqual(min);
  expect(String(value).length).toBeLessThanOrEqual(max);
}

/** A refusal names its place in the message, and a length that is above its limit. */
export function expectReason(refusal: RenderRefusal): void {
  expect(refusal.field).toMatch(
    /^(kind|text|to|id|externalId|choices(\.\d+\.(id|title))?|name|language|(variables|payloads)(\.\d+)?)$/,
  );
  if (refusal.refused === 'TOO_LONG') expect(refusal.actual).toBeGreaterThan(refusal.limit ?? Number.NaN);
}
