import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorRows, isKnownCode, nameOf, outcomeOf, pausingNames } from './errors.ts';
import { interpret } from './interpret.ts';

test('interpret takes any answer, and throws never', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"code":${json},"sid":${json},"status":${json},"error_code":${json}}`),
    fc.integer().map((code) => `{"code":${code}}`),
  );
  const headers = fc.dictionary(fc.constantFrom('retry-after', 'date'), fc.string());
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, headers, (status, answer, given) => {
      const outcome = interpret({ status, headers: given, body: answer });
      if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
      if (status >= 300) expect(outcome.kind).not.toBe('accepted');
    }),
  );
});

test("an answer without an error of Twilio's is never a refusal: Twilio did not say so", () => {
  for (let status = 200; status < 600; status++) {
    expect(interpret({ status, headers: {}, body: '<html></html>' }).kind).not.toBe('rejected');
  }
});

test('after a failure inside of Twilio, nothing is sent again unseen', () => {
  for (const status of [500, 502, 503, 504, 408]) {
    for (const body of ['', '<html>', '{"code":20500}', '{"code":99999}', '{']) {
      expect(interpret({ status, headers: { 'retry-after': '1' }, body }).kind).toBe('unknown');
    }
  }
});

describe('the table of codes', () => {
  const documented = [
    20003, 20429, 21211, 21610, 21617, 21654, 21655, 21656, 21658, 30007, 30008, 63001, 63002, 63003, 63005,
    63006, 63007, 63008, 63009, 63010, 63011, 63012, 63013, 63014, 63015, 63016, 63017, 63018, 63019, 63020,
    63021, 63022, 63024, 63025, 63026, 63027, 63028, 63029, 63030, 63031, 63032, 63033, 63034, 63035, 63036,
    63037, 63038, 63040, 63041, 63049,
  ];

  test('holds every documented code of WhatsApp, and each row has a case of its own', () => {
    const cases = readFileSync(new URL('./testdata/interpret.json', import.meta.url), 'utf8');
    for (const code of documented) expect([code, isKnownCode(code)]).toEqual([code, true]);
    for (const { from } of errorRows())
      expect([from, cases.includes(`"code": ${from},`)]).toEqual([from, true]);
  });

  test('names no code twice', () => {
    const codes = errorRows().map(({ from }) => from);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('judges a code that it knows by the code, whatever the HTTP status', () => {
    for (const { from } of errorRows()) expect(outcomeOf(from, 400)).toEqual(outcomeOf(from, 500));
  });

  test('keeps the raw value of one that it does not know', () => {
    expect(isKnownCode(63999)).toBe(false);
    expect(nameOf(63999)).toBe('TWILIO_63999');
  });

  test('what stops the account as a whole pauses it, and costs no message', () => {
    for (const { from, name, does } of errorRows()) {
      const isPausing = does === 'pauses';
      expect([from, 'scope' in outcomeOf(from, 400)]).toEqual([from, isPausing]);
      expect([from, pausingNames.includes(name)]).toEqual([from, isPausing]);
    }
    expect(outcomeOf(99999, 401)).toMatchObject({ kind: 'retry', scope: 'account' });
  });
});
