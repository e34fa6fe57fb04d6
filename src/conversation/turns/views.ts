import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { appointmentStream } from '#scheduling/index.ts';
import { streamsOf } from '../commands.ts';
import { type ConversationEvent, type ConversationState, conversation } from '../conversation.ts';
import { appointmentsNamed, type Mail } from '../turn.ts';

/** What happened so far in all that a turn decides on. */
export type Past = {
  readonly state: ConversationState;
  readonly conversation: readonly StoredEvent[];
  readonly consent: readonly StoredEvent[];
  readonly handoff: readonly StoredEvent[];
  readonly intake: readonly StoredEvent[];
  /** The one that the conversation is about, and those that its mail is about; by id. */
  readonly appointments: ReadonlyMap<string, readonly StoredEvent[]>;
};

export const intakeStream = (intakeId: string) => `intake/${intakeId}`;

type Loaded = ReadonlyMap<string, readonly StoredEvent[]>;

type Own = {
  readonly conversationId: string;
  readonly state: ConversationState;
  readonly intakes: readonly string[];
  readonly appointmentIds: readonly string[];
};

function ownOf(conversationId: string, mail: readonly Mail[], loaded: Loaded): Own {
  const past = loaded.get(streamsOf(conversationId).conversation) ?? [];
  // The stream's name says whose events these are.
  const state = fold(conversation, past as unknown as readonly ConversationEvent[]);
  const current = state.appointmentId === undefined ? [] : [state.appointmentId];
  return {
    conversationId,
    state,
    intakes: state.intakeId === undefined ? [] : [intakeStream(state.intakeId)],
    appointmentIds: [...current, ...appointmentsNamed(state, mail)],
  };
}

/**
 * The pasts of conversations, by id. Two statements, however many they are: what a conversation is about now stands in its own facts.
 * @param mail what each is to read now
 */
export async function loadPasts(
  tx: Tx,
  store: EventStore,
  mail: ReadonlyMap<string, readonly Mail[]>,
): Promise<ReadonlyMap<string, Past>> {
  const names = [...mail.keys()].flatMap((id) => Object.values(streamsOf(id)));
  const loaded = await store.load(tx, names);
  const owns = [...mail].map(([id, letters]) => ownOf(id, letters, loaded));
  const named = owns.flatMap((own) => [...own.intakes, ...own.appointmentIds.map(appointmentStream)]);
  const about: Loaded = named.length === 0 ? new Map() : await store.load(tx, [...new Set(named)]);
  return new Map(owns.map((own) => [own.conversationId, pastOf(own, loaded, about)]));
}

function pastOf(
  { conversationId, state, intakes, appointmentIds }: Own,
  loaded: Loaded,
  about: Loaded,
): Past {
  const streams = streamsOf(conversationId);
  return {
    state,
    conversation: loaded.get(streams.conversation) ?? [],
    consent: loaded.get(streams.consent) ?? [],
    handoff: loaded.get(streams.handoff) ?? [],
    intake: about.get(intakes[0] ?? '') ?? [],
    appointments: new Map(appointmentIds.map((id) => [id, about.get(appointmentStream(id)) ?? []])),
  };
}
