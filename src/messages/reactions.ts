import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { MessageEvent, Purpose } from './events.ts';
import { lookSeconds } from './lookups/schedule.ts';

/** The queue whose jobs send the next message of a conversation. */
export const sendsQueue = 'sends';

/** The same for what a morning brings by the thousands: workers of its own, so that no patient waits behind it for a reply. */
export const bulkSendsQueue = 'bulk-sends';

/**
 * The job "this conversation has something to send". One waits per conversation; one that waits for its time has a key of
 * its own, so that it never holds up one that may start now. Which lane it takes is told by the message that is next: whatever waits
 * in the other lane as well finds nothing left to do.
 */
export function sendJob(
  practiceId: string,
  conversationId: string,
  {
    afterSeconds = 0,
    purpose,
  }: { readonly afterSeconds?: number; readonly purpose?: Purpose | undefined } = {},
): OwedJob {
  const isBulk = purpose === 'reminder';
  return {
    queue: isBulk ? bulkSendsQueue : sendsQueue,
    data: { practiceId, conversationId, ...(isBulk ? { bulk: true } : {}) },
    ...(afterSeconds === 0
      ? { key: `${practiceId}/${conversationId}` }
      : { key: `${practiceId}/${conversationId}/later`, afterSeconds }),
  };
}

/** The queue whose jobs ask providers what became of a message. */
export const lookupsQueue = 'lookups';

/** The job "ask the provider about this message". One waits per message. @param look which time it is, from 0 */
export function lookupJob(
  practiceId: string,
  messageId: string,
  { look, afterSeconds }: { readonly look: number; readonly afterSeconds?: number },
): OwedJob {
  return {
    queue: lookupsQueue,
    data: { practiceId, messageId, look },
    key: `${practiceId}/${messageId}`,
    ...(afterSeconds === undefined ? {} : { afterSeconds }),
  };
}

const streamPrefix = 'message/';

/** A queued message wants to be sent; one in doubt is asked for, where the provider can be. */
export function messageReactions(event: StoredEvent): readonly OwedJob[] {
  if (event.type === 'MessageOutcomeUnknown') {
    const messageId = event.stream.slice(streamPrefix.length);
    return [lookupJob(event.practiceId, messageId, { look: 0, afterSeconds: lookSeconds[0] ?? 0 })];
  }
  if (event.type !== 'MessageQueued') return [];
  // The type names the fact, and this module alone writes it.
  const { conversationId, purpose } = event.data as Extract<MessageEvent, { type: 'MessageQueued' }>['data'];
  return [sendJob(event.practiceId, conversationId, { purpose })];
}
