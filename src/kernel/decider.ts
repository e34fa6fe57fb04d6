import type { Fact } from './event.ts';

/** A refusal carries a code from the aggregate's closed list; it is an answer, not an exception. */
export type Refusal<Code extends string = string> = { readonly refused: Code };

export type Decision<F extends Fact, Code extends string = string> = readonly F[] | Refusal<Code>;

/**
 * The pure core of a module: `decide` says which facts a command leads to, `evolve` folds a fact into the state.
 * `decide` switches exhaustively; `evolve` lets an unknown event pass, because a newer release may have written it.
 */
export type Aggregate<State, Command, F extends Fact, Code extends string = string> = {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => Decision<F, Code>;
  readonly evolve: (state: State, event: F) => State;
};

export function isRefusal<F extends Fact, Code extends string>(
  decision: Decision<F, Code>,
): decision is Refusal<Code> {
  return 'refused' in decision;
}

/** Folds past events, oldest first, into the state they lead to. */
export function fold<State, F extends Fact>(
  aggregate: { readonly initial: State; readonly evolve: (state: State, event: F) => State },
  events: readonly F[],
): State {
  return events.reduce((state, event) => aggregate.evolve(state, event), aggregate.initial);
}

/** For the `default` of a switch that must know every case: the compiler proves that it is never reached. */
export function unreachable(value: never): never {
  throw new Error(
    `unreachable case: ${typeof value === 'object' ? Object.keys(value).join(',') : String(value)}`,
  );
}
