import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorRows, isKnownCode, nameOf, outcomeOf, pausingNames, readCode } from './errors.ts';
import { interpret } from './interpret.ts';

test('interpret takes any answer, and throws never', () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"message_uuid":${json},"type":${json},"title":${json},"error":${json}}`),
    fc
      .string()
      .map((fragment) => JSON.stringify({ type: `https://e.example/#${fragment}`, title: fragment })),
  );
  const header = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.constant('Mon, 23 Nov 2026 10:00:00 GMT'),
    fc.constant('Mon, 99 Foo 2026 99:99:99 GMT'),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), body, header, header, (status, answer, wait, date) => {
      const outcome = interpret({ status, headers: { 'retry-after': wait, date }, body: answer });
      if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z0-9_]*$/);
      if (outcome.kind === 'retry') expect(outcome.afterMs ?? 1).toBeGreaterThan(0);
      if (outcome.kind === 'retry') expect(outcome.afterMs ?? 1).toBeLessThanOrEqual(3_600_000);
      if (status >= 300) expect(outcome.kind).not.toBe('accepted');
    }),
    { numRuns: 1000 },
  );
});

test('an answer that explains nothing is never a refusal: Vonage did not say so', () => {
  for (let status = 200; status < 600; status++) {
    expect(interpret({ status, headers: {}, body: '<html></html>' }).kind).not.toBe('rejected');
  }
});

/** Every code that Vonage documents for the Messages API, and for all of its APIs. */
const documented = [
  '1000 1010 1020 1021 1022 1030 1040 1050 1060 1070 1080 1090 1100 1120 1130 1140 1150 1160 1170 1180 1190',
  '1200 1210 1220 1230 1240 1241 1250 1260 1270 1280 1290 1300 1310 1320 1330 1331 1340 1350 1360 1370',
  '1380 1381 1382 low-balance unauthorized forbidden not-found unprovisioned account-suspended jwt-expired',
  'jwt-revoked invalid-api-key invalid-params invalid-signature',
].flatMap((line) => line.split(' '));

test('the table holds every documented code once, and each has a case of its own', () => {
  const cases = readFileSync(new URL('./testdata/interpret.json', import.meta.url), 'utf8');
  for (const code of documented) {
    expect([code, isKnownCode(code)]).toEqual([code, true]);
    expect([code, cases.includes(`#${code}"`)]).toEqual([code, true]);
  }
  const codes = errorRows().map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const code of codes) expect(cases).toContain(`#${code}"`);
});

test('a code that the table knows is judged by the code, whatever the HTTP status', () => {
  for (const { code } of errorRows()) expect(outcomeOf(code, 422)).toEqual(outcomeOf(code, 500));
});

test('the raw value of an unknown one is kept', () => {
  expect(isKnownCode('1999')).toBe(false);
  expect(nameOf('1999')).toBe('VONAGE_1999');
});

test('what stops the account as a whole pauses it, and costs no message', () => {
  for (const row of errorRows()) {
    const outcome = outcomeOf(row.code, 422);
    const isPause = outcome.kind === 'retry' && outcome.scope === 'account';
    expect([row.code, isPause]).toEqual([row.code, row.does === 'pauses']);
    if (isPause) expect(pausingNames).toContain(row.name);
  }
  for (const code of ['1000', '1030', '1241', '1331', '1340', '1020'])
    expect(outcomeOf(code, 422)).not.toHaveProperty('scope');
});

test.each([
  [{ title: 1340 }, '1340'],
  [{ title: '1340' }, '1340'],
  [{ title: 'Outside', type: 'https://developer.vonage.com/api-errors/messages#1340' }, '1340'],
  [{ title: '1000', type: 'https://developer.vonage.com/api-errors/messages#1340' }, '1000'],
  [{ error: { title: 1340 } }, '1340'],
  [{ code: 1340 }, '1340'],
  [{ type: '#Low-Balance' }, 'low-balance'],
  [{ title: 1340.5 }, undefined],
  [{ title: -1 }, undefined],
  [{ title: '0x10', type: '#<script>' }, undefined],
  [{ title: '13400000' }, undefined],
  [{ title: 1e21 }, undefined],
  [[1340], undefined],
  ['1340', undefined],
  [null, undefined],
])('the code of %j is %s', (error, code) => {
  expect(readCode(error)).toBe(code);
});
