import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerRows, failureRows, outcomeOf, pausingNames } from './errors.ts';
import { interpret } from './interpret.ts';

test('interpret takes any answer, and throws never', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"code":${json},"id":${json}}`),
  );
  const header = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.constantFrom('Wed, 18 Nov 2026 11:08:40 GMT', 'Wed, 99 Foo 2026 11:08:40 GMT', '-1', '1e9'),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      body,
      fc.dictionary(fc.constantFrom('retry-after', 'date'), header),
      (status, answer, headers) => {
        const outcome = interpret({ status, headers, body: answer });
        if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
        if (status >= 500 || status === 408) expect(outcome.kind).toBe('unknown');
        if (outcome.kind === 'retry' && outcome.afterMs !== undefined) {
          expect(outcome.afterMs).toBeGreaterThan(0);
          expect(outcome.afterMs).toBeLessThanOrEqual(60 * 60_000);
        }
      },
    ),
  );
});

test('an answer that Bird did not explain is never a refusal', () => {
  for (let status = 200; status < 600; status++) {
    expect(interpret({ status, headers: {}, body: '<html></html>' }).kind).not.toBe('rejected');
  }
});

test('what may have been taken is never sent again: a server that failed, a contradiction, a time-out', () => {
  for (const status of [408, 409, 500, 502, 503, 504]) {
    for (const body of ['', '<html></html>', '{"code":"x"}'])
      expect([status, interpret({ status, headers: { 'retry-after': '1' }, body }).kind]).toEqual([
        status,
        'unknown',
      ]);
  }
});

describe('the tables of errors', () => {
  test('have a case for each answer', () => {
    const cases = readFileSync(new URL('./testdata/interpret.json', import.meta.url), 'utf8');
    for (const { status } of answerRows()) {
      expect([status, cases.includes(`"status": ${status},`)]).toEqual([status, true]);
    }
  });

  test('name no answer twice, and no failure but a family around its members', () => {
    const statuses = answerRows().map(({ status }) => status);
    expect(new Set(statuses).size).toBe(statuses.length);
    const rows = failureRows();
    for (const row of rows) {
      const inside = rows.filter((other) => other.from <= row.from && row.to <= other.to);
      expect([row.name, inside.length <= 2]).toEqual([row.name, true]);
    }
  });

  test('what stops the account pauses it, and costs no message', () => {
    expect(pausingNames).toEqual([
      'ACCESS_KEY_REFUSED',
      'BALANCE_TOO_LOW',
      'ACCESS_POLICY_MISSING',
      'RATE_LIMITED',
    ]);
    for (const { status, does, name } of answerRows()) {
      const outcome = outcomeOf(status, true);
      expect([name, 'scope' in outcome]).toEqual([name, does === 'pauses']);
    }
  });
});
