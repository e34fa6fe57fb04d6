import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorRows, isKnownCode, nameOf, outcomeOf, pausingNames } from './errors.ts';
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

  /** Every code that Meta documents for the Cloud API, families by their ends. */
  const documented = [
    0, 1, 2, 3, 4, 10, 33, 100, 190, 200, 299, 368, 80007, 130429, 130472, 130497, 131000, 131005, 131008,
    131009, 131016, 131020, 131021, 131026, 131030, 131031, 131035, 131036, 131037, 131041, 131042, 131044,
    131045, 131047, 131048, 131049, 131050, 131051, 131052, 131053, 131055, 131056, 131057, 131059, 131060,
    131062, 131063, 131064, 131201, 131215, 132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018,
    132068, 132069, 133000, 133004, 133005, 133006, 133008, 133009, 133010, 133015, 133016, 134011, 134100,
    134103, 135000, 137000, 138000, 138018, 139000, 139004, 139100, 139103, 139200, 147001, 147005, 200005,
    200007, 2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299, 2388318, 2388330, 2494100, 2494164,
    2494177, 2494191,
  ];

  test('holds every documented code, and each has a case of its own', () => {
    const url = new URL('./testdata/interpret.json', import.meta.url);
    const cases = readFileSync(url, 'utf8');
    for (const code of documented) {
      expect([code, isKnownCode(code)]).toEqual([code, true]);
      // Of the family of permissions any one stands for all.
      expect([code, cases.includes(`"code": ${code},`)]).toEqual([code, true]);
    }
  });

  test('names no code twice, but where one row is set apart from its family', () => {
    const rows = errorRows();
    const inside = rows.filter((row) =>
      rows.some((other) => other !== row && other.from <= row.from && row.to <= other.to),
    );
    expect(inside.map(({ from }) => from)).toEqual([133004]);
  });

  test('keeps the raw value of one that it does not know', () => {
    expect(isKnownCode(131999)).toBe(false);
    expect(nameOf(131999)).toBe('META_131999');
  });

  test('is what the integrator guide says', () => {
    const guide = readFileSync(new URL('../../../docs/integrator/connect-meta.md', import.meta.url), 'utf8');
    const rows = [...guide.matchAll(/^\| (\d+) \| `([A-Z_]+)` \| (waits|pauses|fails) \|/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, code, name, what] of rows) {
      expect([code, nameOf(Number(code))]).toEqual([code, name]);
      const outcome = outcomeOf(Number(code), 400);
      const done =
        outcome.kind === 'retry' ? (outcome.scope === 'account' ? 'pauses' : 'waits') : outcome.kind;
      expect([code, done]).toEqual([code, what === 'fails' ? 'rejected' : what]);
    }
  });

  test('what stops the number as a whole pauses it, and costs no message', () => {
    const stopping = [
      0, 4, 33, 190, 368, 80007, 131031, 131037, 131042, 131044, 131045, 131048, 131057, 133000, 133005,
      133006, 133008, 133009, 133010, 133015, 133016, 2494100,
    ];
    for (const code of stopping) {
      const outcome = outcomeOf(code, 400);
      expect([code, outcome]).toEqual([code, expect.objectContaining({ kind: 'retry', scope: 'account' })]);
      expect(pausingNames).toContain(nameOf(code));
    }
    for (const code of [133004, 130429, 131056, 131000, 131047, 131026, 132015])
      expect(outcomeOf(code, 400)).not.toHaveProperty('scope');
    // A token's refusal under a code that nobody knows.
    expect(outcomeOf(999999, 401)).toMatchObject({ kind: 'retry', scope: 'account' });
  });
});
