import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import {
  type AppointmentCommand,
  type AppointmentRefusal,
  type AppointmentState,
  appointment,
} from './appointment.ts';
import type { AppointmentEvent } from './events.ts';
import { appointmentStream } from './reactions.ts';

/** The stream's name says whose events these are. */
const asAppointment = (events: readonly StoredEvent[]) => events as unknown as readonly AppointmentEvent[];

export type LoadedAppointment = {
  readonly state: AppointmentState;
  /** How many facts there are. */
  readonly version: number;
  readonly correlationId: string;
};

/** The appointment as it stands; `none` where there is no such one. */
export async function loadAppointment(
  tx: Tx,
  store: EventStore,
  appointmentId: string,
): Promise<LoadedAppointment> {
  const stream = appointmentStream(appointmentId);
  const past = (await store.load(tx, [stream])).get(stream) ?? [];
  return {
    state: fold(appointment, asAppointment(past)),
    version: past.length,
    correlationId: past[0]?.correlationId ?? appointmentId,
  };
}

export type RecordedAppointment = {
  /** As it stands after all commands. */
  readonly state: AppointmentState;
  readonly facts: readonly AppointmentEvent[];
  readonly refusals: readonly AppointmentRefusal[];
};

/**
 * Decides on commands one after the other and appends what they lead to. The caller holds the lock of the conversation's mailbox
 * (`lockMailbox`), so that turns and jobs never race for a version. A refused command adds nothing, and is told.
 * @param actor who did it: `system`, `patient`, or a staff id
 */
export async function recordAppointment(
  tx: Tx,
  store: EventStore,
  appointmentId: string,
  commands: readonly AppointmentCommand[],
  actor = 'system',
): Promise<RecordedAppointment> {
  const { version, correlationId, ...loaded } = await loadAppointment(tx, store, appointmentId);
  let { state } = loaded;
  let expectedVersion = version;
  const recorded: AppointmentEvent[] = [];
  const refusals: AppointmentRefusal[] = [];
  for (const command of commands) {
    const decision = appointment.decide(command, state);
    if (isRefusal(decision)) {
      refusals.push(decision.refused);
      continue;
    }
    if (decision.length === 0) continue;
    const facts = [...decision];
    state = facts.reduce(appointment.evolve, state);
    if (state.status === 'none') throw new Error('facts of an appointment that nobody asked for');
    const stream = appointmentStream(appointmentId);
    await store.append(tx, [{ stream, expectedVersion, subject: state.patientId, facts }], {
      at: command.at,
      actor,
      correlationId,
      causationId: appointmentId,
    });
    expectedVersion += facts.length;
    recorded.push(...facts);
  }
  return { state, facts: recorded, refusals };
}
