import { erasedConversations } from '#kernel/erasure.ts';
import type { Tx } from '#platform/db/db.ts';
import type { View } from '#platform/eventstore/store.ts';
import type { JobHandler } from '#platform/job.ts';

function deleteOf(tx: Tx, table: string, conversationIds: readonly string[]): Promise<object[]> {
  return tx.query(`delete from ${table} where practice_id = $1 and conversation_id = any($2)`, [
    tx.practiceId,
    conversationIds,
  ]);
}

/**
 * A view that forgets the conversations whose patient was erased, whatever it is a view of: live with the fact, and again where it
 * is rebuilt. All rows of views name their conversation.
 */
export function forgetting(view: View): View {
  return {
    ...view,
    async apply(tx, events) {
      await view.apply(tx, events);
      const erased = erasedConversations(events);
      if (erased.length === 0) return;
      for (const table of view.tables) await deleteOf(tx, table, erased);
    },
  };
}

/** A job that was running while its patient was erased has nothing left to record: it is done. */
export function unlessErased(handler: JobHandler): JobHandler {
  return async (job) => {
    try {
      await handler(job);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'KeyDestroyed')) throw error;
    }
  };
}
