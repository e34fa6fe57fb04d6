import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { MessageEvent } from './events.ts';

/** The queue whose jobs send the next message of a conversation. */
export const sendsQueue = 'sends';

/**
 * The job "this conversation has something to send". One waits per conversation; one that waits for its time has a key of
 * its own, so that it never holds up one that may start now.
 */
export function sendJob(practiceId: string, conversationId: string, afterSeconds?: number): OwedJob {
  return {
    queue: sendsQueue,
    data: { practiceId, conversationId },
    ...(afterSeconds === undefined || afterSeconds === 0
      ? { key: `${practiceId}/${conversationId}` }
      : { key: `${practiceId}/${conversationId}/later`, afterSeconds }),
  };
}

/** A queued message wants to be sent. */
export function messageReactions(event: StoredEvent): readonly OwedJob[] {
  if (event.type !== 'MessageQueued') return [];
  // The type names the fact, and this module alone writes it.
  const { conversationId } = event.data as Extract<MessageEvent, { type: 'MessageQueued' }>['data'];
  return [sendJob(event.practiceId, conversationId)];
}
