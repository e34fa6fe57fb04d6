import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { View } from '#platform/eventstore/store.ts';
import type { ConversationEvent } from './conversation.ts';

/** Which conversation an intake came from. */

type IntakeOpened = StoredEvent & Extract<ConversationEvent, { type: 'IntakeOpened' }>;

function isIntakeOpened(event: StoredEvent): event is IntakeOpened {
  return event.type === 'IntakeOpened' && event.stream.startsWith('conversation/');
}

export const intakesView: View = {
  name: 'intakes',
  tables: ['views_intakes'],
  async apply(tx, events) {
    for (const event of events.filter(isIntakeOpened)) {
      await tx.query(
        `insert into views_intakes (practice_id, intake_id, conversation_id, opened_at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [tx.practiceId, event.data.intakeId, event.stream.slice('conversation/'.length), event.data.at],
      );
    }
  },
};

export async function conversationOfIntake(tx: Tx, intakeId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ conversation_id: string }>(
    `select conversation_id from views_intakes where practice_id = $1 and intake_id = $2`,
    [tx.practiceId, intakeId],
  );
  return row?.conversation_id;
}
