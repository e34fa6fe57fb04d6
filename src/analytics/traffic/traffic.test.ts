import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Added, addedBy, passedIn } from './traffic.ts';

const at = '2026-11-23T09:12:33.000Z';
const place = { channel: 'meta', accountId: 'a' };

test.each([
  [
    'messages of a patient',
    'conversation/c1',
    'MessagesRead',
    { kinds: ['text', 'media'] },
    { of: 'conversation', id: 'c1', at, what: 'inbound', count: 2 },
  ],
  ['another module’s use of the word', 'handoff/c1', 'MessagesRead', { kinds: ['text'] }, undefined],
  ['taken', 'message/m1', 'MessageAccepted', {}, { of: 'message', id: 'm1', at, what: 'accepted' }],
  [
    'a status',
    'message/m1',
    'MessageStatusChanged',
    { status: 'sent' },
    { of: 'message', id: 'm1', at, what: 'status' },
  ],
  [
    'it failed',
    'message/m1',
    'MessageStatusChanged',
    { status: 'failed' },
    { of: 'message', id: 'm1', at, what: 'status' },
  ],
  [
    'it was read',
    'message/m1',
    'MessageStatusChanged',
    { status: 'read' },
    { of: 'message', id: 'm1', at, what: 'delivered' },
  ],
  ['anything else', 'message/m1', 'MessageQueued', {}, undefined],
])('%s', (_, stream, type, data, expected) => {
  expect(passedIn({ stream, type, data, at })).toEqual(expected);
});

/** As the table does it. */
function merge(a: Added | undefined, b: Added): Added {
  if (a === undefined) return b;
  const later = (x: string | undefined, y: string | undefined) =>
    [x, y]
      .filter((each) => each !== undefined)
      .toSorted()
      .at(-1);
  const hours = new Map(a.hours);
  for (const [hour, count] of b.hours) hours.set(hour, (hours.get(hour) ?? 0) + count);
  return {
    ...place,
    firstInboundAt: [a.firstInboundAt, b.firstInboundAt].filter((each) => each !== undefined).toSorted()[0],
    lastInboundAt: later(a.lastInboundAt, b.lastInboundAt),
    lastAcceptedAt: later(a.lastAcceptedAt, b.lastAcceptedAt),
    lastStatusAt: later(a.lastStatusAt, b.lastStatusAt),
    lastDeliveredAt: later(a.lastDeliveredAt, b.lastDeliveredAt),
    untold: b.isTold ? b.untold : a.untold + b.untold,
    untoldSince: b.isTold ? b.untoldSince : (a.untoldSince ?? b.untoldSince),
    isTold: a.isTold || b.isTold,
    hours,
  };
}

test('wherever the batches are cut, they add up to the same', () => {
  const fact = fc.record({
    of: fc.constant('message' as const),
    id: fc.constant('m1'),
    at: fc.integer({ min: 0, max: 200_000 }).map((s) => new Date(1_795_000_000_000 + s * 1000).toISOString()),
    what: fc.constantFrom('accepted' as const, 'status' as const, 'delivered' as const, 'inbound' as const),
    count: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(fact, { minLength: 1, maxLength: 12 }), fc.nat(12), (facts, cut) => {
      const whole = addedBy(facts, () => place)[0];
      const parts = [facts.slice(0, cut), facts.slice(cut)].flatMap((part) => addedBy(part, () => place));
      expect(parts.reduce<Added | undefined>(merge, undefined)).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});
