import { readThread } from '#channels/index.ts';
import { type IntakeEvent, type IntakeState, intake, intakeStream } from '#intake/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore, View } from '#platform/eventstore/store.ts';
import type { Sealer } from '#security/index.ts';
import { type ConversationEvent, type ConversationState, conversation } from './conversation.ts';

/** Which conversation an intake came from, and what a conversation knows. */

type IntakeOpened = StoredEvent & Extract<ConversationEvent, { type: 'IntakeOpened' }>;

function isIntakeOpened(event: StoredEvent): event is IntakeOpened {
  return event.type === 'IntakeOpened' && event.stream.startsWith('conversation/');
}

export const intakesView: View = {
  name: 'intakes',
  tables: ['views_intakes'],
  async apply(tx, events) {
    const opened = events.filter(isIntakeOpened);
    if (opened.length > 0) insertIntakes(tx, opened);
  },
};

function insertIntakes(tx: Tx, opened: readonly IntakeOpened[]): void {
  tx.send(
    `insert into views_intakes (practice_id, intake_id, conversation_id, opened_at)
     select $1, intake_id, conversation_id, opened_at
     from unnest($2::text[], $3::text[], $4::timestamptz[]) as i(intake_id, conversation_id, opened_at)
     on conflict do nothing`,
    [
      tx.practiceId,
      opened.map((event) => event.data.intakeId),
      opened.map((event) => event.stream.slice('conversation/'.length)),
      opened.map((event) => event.data.at),
    ],
  );
}

export async function conversationOfIntake(tx: Tx, intakeId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ conversation_id: string }>(
    `select conversation_id from views_intakes where practice_id = $1 and intake_id = $2`,
    [tx.practiceId, intakeId],
  );
  return row?.conversation_id;
}

export type KnownConversation = {
  readonly state: ConversationState;
  /** The intake last opened. */
  readonly intake: IntakeState;
  /** Whose key seals what is said. */
  readonly subject: string;
};

/** What a conversation knows of its patient; undefined where there is no such one. */
export async function readKnown(
  tx: Tx,
  deps: { readonly store: EventStore; readonly sealer: Sealer },
  conversationId: string,
): Promise<KnownConversation | undefined> {
  const thread = await readThread(tx, deps.sealer, conversationId);
  if (thread === undefined) return undefined;
  const stream = `conversation/${conversationId}`;
  const past = (await deps.store.load(tx, [stream])).get(stream) ?? [];
  // The streams' names say whose events these are.
  const state = fold(conversation, past as unknown as readonly ConversationEvent[]);
  const name = state.intakeId === undefined ? undefined : intakeStream(state.intakeId);
  const answers = name === undefined ? [] : ((await deps.store.load(tx, [name])).get(name) ?? []);
  const known = fold(intake, answers as unknown as readonly IntakeEvent[]);
  return { state, intake: known, subject: thread.subject };
}
