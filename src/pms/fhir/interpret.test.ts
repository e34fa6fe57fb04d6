import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { effectOf, type PmsOperation } from '../pms.ts';
import { retryAfterMs } from './errors.ts';
import { interpret } from './interpret.ts';

const operations = Object.values(
  JSON.parse(readFileSync(new URL('./testdata/operations.json', import.meta.url), 'utf8')) as Record<
    string,
    PmsOperation
  >, // the table's own check compares it with what is accepted
);

const context = {
  baseUrl: 'https://pms.example/fhir',
  identifierSystem: 'https://vestibule.example/ids',
  now: 0,
};

/** JSON with the keys that are looked at, in places where they do not belong. */
const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      true,
      0,
      '',
      'Patient',
      'Bundle',
      'OperationOutcome',
      'CapabilityStatement',
      'Slot',
      'Schedule',
      'Appointment',
      'Task',
      'free',
      'booked',
      'next',
      '2026-12-01T14:00:00Z',
      '2026-12-02T14:00:00-05:00',
      'Slot/s1',
      'Schedule/sc1',
      'Patient/p1',
      '201',
      '4.0.1',
      'p1',
      's1',
      'a1',
    ),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'resourceType',
        'id',
        'entry',
        'resource',
        'response',
        'status',
        'location',
        'outcome',
        'identifier',
        'link',
        'relation',
        'url',
        'issue',
        'severity',
        'code',
        'rest',
        'fhirVersion',
        'name',
        'given',
        'other',
        'total',
        'meta',
        'versionId',
        'schedule',
        'reference',
        'actor',
        'display',
        'start',
        'end',
        'slot',
        'participant',
        '__proto__',
      ),
      tie('value'),
    ),
  ),
})).value;

const body = fc.oneof(
  fc.string(),
  fc.uint8Array().map((bytes) => new TextDecoder().decode(bytes)),
  fc.json(),
  odd.map((value) => JSON.stringify(value)),
  odd.map((value) => `${JSON.stringify({ resourceType: 'Bundle', entry: [value, value], link: [value] })}`),
);

const headers = fc.dictionary(
  fc.constantFrom('location', 'content-location', 'etag', 'retry-after', 'content-type'),
  fc.string(),
);

test('no answer makes it throw, and a code never repeats what the answer says', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...operations),
      fc.integer({ min: 0, max: 700 }),
      headers,
      body,
      (operation, status, given, text) => {
        const outcome = interpret(operation.type, operation, { status, headers: given, body: text }, context);
        if (outcome.kind !== 'accepted') expect(outcome.code).toMatch(/^[A-Z][A-Z_]*(_\d{3})?$/);
        if (effectOf(operation.type) === 'read') expect(outcome.kind).not.toBe('unknown');
        if (status >= 500) expect(outcome.kind).not.toBe('accepted');
      },
    ),
    { numRuns: 500 },
  );
});

test('a write that a server failed on is in doubt, whatever it says about itself', () => {
  const writes = operations.filter((operation) => effectOf(operation.type) === 'write');
  fc.assert(
    fc.property(
      fc.constantFrom(...writes),
      fc.constantFrom(500, 502, 503, 504, 520),
      body,
      (operation, status, text) => {
        const outcome = interpret(operation.type, operation, { status, headers: {}, body: text }, context);
        expect(outcome.kind).toBe('unknown');
      },
    ),
  );
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  test.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 11:59:00 GMT', 0],
    ['86400', 3_600_000],
    ['1e9999', undefined],
    ['later', undefined],
    ['', undefined],
  ])('%s', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
