import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorRows, isKnownCode, nameOf, outcomeOf, pausingNames } from './errors.ts';
import { interpret } from './interpret.ts';

test('interpret takes any answer, and throws never', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"errors":${json},"id":${json},"status":${json},"message":${json}}`),
    fc.json().map((json) => `{"errors":[{"code":${json}}]}`),
  );
  const headers = fc.dictionary(fc.constantFrom('retry-after', 'date'), fc.string());
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, told, answer) => {
      const outcome = interpret({ status, headers: told, body: answer });
      if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
      if (outcome.kind === 'retry') expect(outcome.afterMs ?? 0).toBeLessThanOrEqual(60 * 60_000);
      if (status >= 500) expect(outcome.kind).not.toBe('accepted');
    }),
  );
});

test('an answer without an error is never a refusal: MessageBird did not say so', () => {
  for (let status = 200; status < 600; status++) {
    expect(interpret({ status, headers: {}, body: '<html></html>' }).kind).not.toBe('rejected');
  }
});

test("after a server's error nothing is sent again unless MessageBird says that it was not done", () => {
  for (let status = 500; status < 600; status++) {
    for (const body of [
      '',
      '<html></html>',
      '{"errors":[{"code":99}]}',
      '{"errors":[{"code":777}]}',
      '{"err',
    ])
      expect(interpret({ status, headers: { 'retry-after': '1' }, body }).kind).toBe('unknown');
  }
});

describe('the table of codes', () => {
  test('has a case of its own for each', () => {
    const cases = readFileSync(new URL('./testdata/interpret.json', import.meta.url), 'utf8');
    for (const { code } of errorRows())
      expect([code, cases.includes(`"code": ${code},`)]).toEqual([code, true]);
  });

  test('names no code twice, each with a meaning', () => {
    const rows = errorRows();
    expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
    for (const { meaning } of rows) expect(meaning).not.toBe('');
  });

  test('keeps the raw value of one that it does not know', () => {
    expect(isKnownCode(131049)).toBe(false);
    expect(nameOf(131049)).toBe('MESSAGEBIRD_131049');
  });

  test('what stops the account as a whole pauses it, and is named among what does', () => {
    for (let status = 300; status < 600; status++) {
      for (const code of [...errorRows().map((row) => row.code), 777]) {
        const outcome = outcomeOf(code, status);
        const stops = outcome.kind === 'retry' && outcome.scope === 'account';
        if (outcome.kind === 'retry')
          expect([code, stops]).toEqual([code, pausingNames.includes(outcome.code)]);
      }
    }
  });
});
