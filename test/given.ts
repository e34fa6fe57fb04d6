import { expect } from 'vitest';
import { type Aggregate, fold, isRefusal } from '#kernel/decider.ts';
import type { Fact } from '#kernel/event.ts';

/** `given(aggregate, ...past).when(command).then(...facts)`: a core test that reads as a sentence. */
export function given<State, Command, F extends Fact, Code extends string>(
  aggregate: Aggregate<State, Command, F, Code>,
  ...past: readonly F[]
) {
  return {
    when(command: Command) {
      const decision = aggregate.decide(command, fold(aggregate, past));
      return {
        then: (...facts: readonly F[]) => expect(decision).toEqual(facts),
        refused: (code: Code) => expect(decision).toEqual({ refused: code }),
        decision: () => (isRefusal(decision) ? undefined : decision),
      };
    },
  };
}
