import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isKnownCode, nameOf, outcomeOf } from './errors.ts';
import { interpret } from './interpret.ts';

test('interpret takes any answer, and throws never', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"error":${json},"messages":${json}}`),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, (status, answer) => {
      const outcome = interpret({ status, headers: {}, body: answer });
      if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
      if (status >= 500) expect(outcome.kind).not.toBe('accepted');
    }),
  );
});

test('an answer without a Graph error is never a refusal: Meta did not say so', () => {
  for (let status = 200; status < 600; status++) {
    expect(interpret({ status, headers: {}, body: '<html></html>' }).kind).not.toBe('rejected');
  }
});

describe('the table of codes', () => {
  test('judges a code that it knows by the code, whatever the HTTP status', () => {
    for (const code of [0, 190, 131047, 131056, 130429, 131000, 131026, 204]) {
      expect(isKnownCode(code)).toBe(true);
      expect(outcomeOf(code, 400)).toEqual(outcomeOf(code, 500));
    }
  });

  test('keeps the raw value of one that it does not know', () => {
    expect(isKnownCode(131999)).toBe(false);
    expect(nameOf(131999)).toBe('META_131999');
  });

  test('is what the integrator guide says', () => {
    const guide = readFileSync(new URL('../../../docs/integrator/connect-meta.md', import.meta.url), 'utf8');
    const rows = [...guide.matchAll(/^\| (\d+) \| `([A-Z_]+)` \| (waits|fails) \|/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, code, name, what] of rows) {
      expect([code, nameOf(Number(code))]).toEqual([code, name]);
      expect([code, outcomeOf(Number(code), 400).kind]).toEqual([
        code,
        what === 'waits' ? 'retry' : 'rejected',
      ]);
    }
  });
});
