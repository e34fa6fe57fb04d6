import { describe, expect, test } from 'vitest';
import { fold, isRefusal } from '#kernel/decider.ts';
import { accepted, rejected, unknown } from '#kernel/outcome.ts';
import type { MessageEvent } from './events.ts';
import { type MessageCommand, message } from './message.ts';

/** Statuses, answers and looks by the clock reach a message in whatever order, late, twice or never. */

const at = '2026-11-22T10:00:00.000Z';
const until = '2026-11-23T10:00:00.000Z';

const queued: MessageEvent = {
  type: 'MessageQueued',
  data: { conversationId: 'c1', purpose: 'reply', dataClass: 'none', kind: 'text', at },
  phi: { content: { kind: 'text', text: 'And your date of birth?' } },
};
const claim: MessageEvent = { type: 'MessageClaimed', data: { attempt: 1, until, at } };
const report = (value: 'sent' | 'delivered' | 'read' | 'failed') =>
  ({ type: 'RecordStatus', status: value, externalId: 'wamid.1', at }) as const;

/** Every order of the items. */
function ordersOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => ordersOf(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** Every part of a set, the empty one too. */
const partsOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.reduce<readonly (readonly T[])[]>(
    (parts, item) => parts.flatMap((part) => [part, [...part, item]]),
    [[]],
  );

describe('what becomes of a message is told by what was learned of it, in whatever order', () => {
  const answer = (
    outcome: Extract<MessageCommand, { type: 'RecordOutcome' }>['outcome'],
  ): MessageCommand => ({
    type: 'RecordOutcome',
    outcome,
    attempt: 1,
    at,
  });
  /** Looks by the clock: they come again and again, and the last comes last. */
  const looks: readonly MessageCommand[] = [
    { type: 'DoubtClaim', at },
    { type: 'StopWaiting', waitedSeconds: 30, at },
    { type: 'ExpireMessage', at: until },
  ];
  const statuses: readonly MessageCommand[] = [
    report('sent'),
    report('delivered'),
    report('read'),
    { ...report('failed'), code: 'UNDELIVERABLE' },
  ];
  const answers = [
    accepted({ externalId: 'wamid.1' }),
    unknown('TIMEOUT'),
    rejected('UNDELIVERABLE'),
  ] as const;

  function endOf(commands: readonly MessageCommand[]) {
    const past: MessageEvent[] = [queued, claim];
    for (const command of commands) {
      const decided = message.decide(command, fold(message, past));
      if (!isRefusal(decided)) past.push(...decided);
    }
    const { state, status: told } = fold(message, past);
    return { end: `${state}, ${told ?? 'no word'}`, past };
  }

  /** With every look between any two. */
  const looking = (facts: readonly MessageCommand[]) => [
    ...facts.flatMap((fact) => [fact, ...looks]),
    ...looks,
  ];

  test.each(answers.map((outcome) => [outcome.kind, outcome] as const))('%s', (_, outcome) => {
    for (const told of partsOf(statuses)) {
      const facts = [answer(outcome), ...told];
      const ends = new Set<string>();
      for (const order of ordersOf(facts)) {
        ends.add(endOf([...order, ...looks]).end);
        ends.add(endOf(looking(order)).end);
        // Said twice, and once more at the end.
        ends.add(endOf(looking([...order.flatMap((fact) => [fact, fact]), ...order])).end);
      }
      expect([...ends], JSON.stringify(facts)).toHaveLength(1);
      expect([...ends][0]).toMatch(
        /^(accepted, (delivered|read|failed)|rejected, .*|expired, .*|unresolved, no word)$/,
      );
    }
  });

  test('it is counted as taken once, whatever comes', () => {
    for (const told of partsOf(statuses))
      for (const order of ordersOf([answer(accepted({ externalId: 'wamid.1' })), ...told])) {
        const taken = endOf(looking([...order, ...order])).past.filter(
          ({ type }) => type === 'MessageAccepted',
        );
        expect(taken).toHaveLength(1);
      }
  });
});
