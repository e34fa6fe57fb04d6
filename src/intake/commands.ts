import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { type IntakeCommand, type IntakeEvent, type IntakeState, intake } from './intake.ts';

export function intakeStream(intakeId: string): string {
  return `intake/${intakeId}`;
}

/** The stream's name says whose events these are. */
const asIntake = (events: readonly StoredEvent[]) => events as unknown as readonly IntakeEvent[];

export type LoadedIntake = {
  readonly state: IntakeState;
  readonly version: number;
  readonly correlationId: string;
};

export async function loadIntake(tx: Tx, store: EventStore, intakeId: string): Promise<LoadedIntake> {
  const stream = intakeStream(intakeId);
  const past = (await store.load(tx, [stream])).get(stream) ?? [];
  return {
    state: fold(intake, asIntake(past)),
    version: past.length,
    correlationId: past[0]?.correlationId ?? intakeId,
  };
}

/**
 * Records what the practice system answered, and enqueues what that calls for, in one transaction.
 * @param owed next step of the filing; enqueued even where the answer adds no fact (a repeat)
 */
export async function recordFiling(
  tx: Tx,
  deps: { readonly store: EventStore; readonly enqueue: (tx: Tx, jobs: readonly OwedJob[]) => Promise<void> },
  intakeId: string,
  commands: readonly IntakeCommand[],
  owed: readonly OwedJob[],
): Promise<void> {
  for (const command of commands) {
    const { state, version, correlationId } = await loadIntake(tx, deps.store, intakeId);
    const decision = intake.decide(command, state);
    if (isRefusal(decision) || decision.length === 0 || state.status === 'none') continue;
    await deps.store.append(
      tx,
      [
        {
          stream: intakeStream(intakeId),
          expectedVersion: version,
          subject: state.patientId,
          facts: decision,
        },
      ],
      { at: command.at, actor: 'system', correlationId, causationId: intakeId },
    );
  }
  if (owed.length > 0) await deps.enqueue(tx, owed);
}
