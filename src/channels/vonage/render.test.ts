import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recipient } from '../../../test/channels/sayings.ts';
import type { OutboundContent } from '../channel.ts';
import { isRecord } from '../json.ts';
import { render } from './render.ts';

const account = { baseUrl: 'https://api.nexmo.com', number: '12025550100' };

/** Lengths around every limit; what is inside of Meta's objects is held to Meta's limits by the tests of `meta`. */
const text = fc.oneof(
  fc.integer({ min: 0, max: 4100 }).map((count) => 'a'.repeat(count)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\ud83d', ' \n'),
);

const content: fc.Arbitrary<OutboundContent> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record({
    kind: fc.constant('choices' as const),
    text,
    choices: fc.array(fc.record({ id: fc.uuid(), title: fc.string({ maxLength: 30 }) }), { maxLength: 13 }),
    listLabel: fc.string({ maxLength: 25 }),
  }),
  fc.record({
    kind: fc.constant('template' as const),
    name: fc.constantFrom('visit_reminder', ''),
    language: fc.constant('es'),
    variables: fc.array(fc.string({ maxLength: 10 }), { maxLength: 3 }),
    payloads: fc.oneof(
      fc.uniqueArray(fc.uuid(), { maxLength: 3 }),
      fc.uniqueArray(fc.uuid(), { minLength: 11, maxLength: 12 }),
    ),
    text: fc.constant('Hola'),
    labels: fc.constant([]),
  }),
  fc.record({
    kind: fc.constant('read' as const),
    externalId: fc.oneof(fc.string(), fc.uuid(), fc.constantFrom('..', '../x', 'a/b', 'a?b', '%2e%2e')),
    typing: fc.boolean(),
  }),
);

test('whatever is said goes to its own path, whole, or is refused with a reason', () => {
  const seen = new Set<unknown>();
  fc.assert(
    fc.property(
      content,
      recipient,
      fc.oneof(fc.uuid(), fc.constantFrom('', 'm'.repeat(101), 'm-\ud83d')),
      (said, user, id) => {
        const result = render({ id, to: user, content: said }, account);
        if ('refused' in result) {
          seen.add(result.refused);
          expect(result.field).toMatch(/^[a-z]+(\.\d+(\.[a-z]+)?)?$/i);
          return;
        }
        expect(result.headers).not.toHaveProperty('authorization');
        const body: unknown = JSON.parse(result.body ?? '');
        if (!isRecord(body)) throw new Error('expected an object');
        seen.add(body.message_type ?? body.status);
        if (said.kind === 'read') {
          expect([result.method, new URL(result.url).pathname]).toEqual([
            'PATCH',
            `/v1/messages/${said.externalId}`,
          ]);
          return;
        }
        expect([result.method, result.url]).toEqual(['POST', 'https://api.nexmo.com/v1/messages']);
        expect(body.to).toMatch(/^(12025550143|US\.48213306590127745521)$/);
        expect(body.client_ref).toBe(id.isWellFormed() ? id : body.client_ref);
        if (body.message_type === 'text') expect(String(body.text).length).toBeLessThanOrEqual(4096);
      },
    ),
    { numRuns: 2000, seed: 7 },
  );
  const all = ['EMPTY', 'NOT_OFFERED', 'NO_RECIPIENT', 'TOO_LONG', 'TOO_MANY', 'custom', 'read', 'text'];
  expect([...seen].map(String).toSorted()).toEqual(all);
});
