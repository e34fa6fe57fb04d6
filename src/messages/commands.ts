import type { MessageStatus, OutboundContent } from '#channels/channel.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Append, EventStore } from '#platform/eventstore/store.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import type { About, MessageEvent, Purpose } from './events.ts';
import { type MessageCommand, message } from './message.ts';
import { sendJob } from './reactions.ts';
import { externalHash, findMessages, type MessagePlace, messageStream } from './views.ts';

export type NewMessage = {
  readonly messageId: string;
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  readonly content: OutboundContent;
  /** The provider's id of the patient's message that this one answers: it is marked as read when this one is sent. */
  readonly answers?: string;
  /** The visit that it speaks of: it leaves only while that stands as it says. */
  readonly about?: About;
};

/**
 * What appending the messages of one conversation means, for a caller that appends it with its own facts in one
 * transaction. They leave in this order.
 */
export function messageAppends(
  conversationId: string,
  subject: string,
  messages: readonly NewMessage[],
  at: string,
): readonly Append[] {
  return messages.map(({ messageId, ...rest }) => {
    const facts = message.decide({ type: 'QueueMessage', conversationId, ...rest, at }, message.initial);
    if (isRefusal(facts)) throw new Error(`a new message cannot be refused: ${facts.refused}`);
    return { stream: messageStream(messageId), expectedVersion: 0, subject, facts };
  });
}

/** Who appends on behalf of the machinery. */
export const systemActor = 'system';

/**
 * Loads a message, decides and appends. Returns the new facts; a refusal changes nothing.
 * @param loaded the message's events, when the caller has them already
 */
export async function handleMessage(
  tx: Tx,
  store: EventStore,
  messageId: string,
  command: MessageCommand,
  loaded?: readonly StoredEvent[],
): Promise<readonly MessageEvent[]> {
  const stream = messageStream(messageId);
  const past = loaded ?? (await store.load(tx, [stream])).get(stream) ?? [];
  const [first] = past;
  if (first === undefined) return [];
  // The stream's name says whose events these are.
  const decision = message.decide(command, fold(message, past as unknown as readonly MessageEvent[]));
  if (isRefusal(decision) || decision.length === 0) return [];
  await store.append(
    tx,
    [{ stream, expectedVersion: past.length, subject: first.subject, facts: decision }],
    {
      at: command.at,
      actor: systemActor,
      correlationId: first.correlationId,
      causationId: messageId,
    },
  );
  return decision;
}

export type StatusReport = {
  readonly externalId: string;
  readonly ourId: string | undefined;
  readonly status: MessageStatus;
  readonly code: string | undefined;
  readonly at: string;
};

/** A status with the message that it is about. */
export type PlacedStatus = StatusReport & MessagePlace;

/**
 * Finds the messages that statuses are about: by our id where the provider echoes it, else by the provider's own. Statuses of
 * messages that we do not know are left out.
 */
export async function placeStatuses(
  tx: Tx,
  sealer: Sealer,
  reports: readonly StatusReport[],
): Promise<readonly PlacedStatus[]> {
  if (reports.length === 0) return [];
  const hashed = reports.map((report) => ({
    report,
    hash: externalHash(sealer, tx.practiceId, report.externalId),
  }));
  const ids = reports.flatMap((report) => (report.ourId === undefined ? [] : [report.ourId]));
  const found = await findMessages(
    tx,
    ids,
    hashed.map(({ hash }) => hash),
  );
  return hashed.flatMap(({ report, hash }) => {
    const place =
      found.find((row) => row.messageId === report.ourId) ??
      found.find((row) => row.externalHash?.equals(hash));
    return place === undefined
      ? []
      : [{ ...report, messageId: place.messageId, conversationId: place.conversationId }];
  });
}

/**
 * Records what the provider says became of a message; the caller holds the lock of its conversation's mailbox. Wakes the
 * conversation's line when it settles a message in doubt.
 */
export async function recordStatus(
  tx: Tx,
  deps: { readonly store: EventStore; readonly queues: Pick<Queues, 'enqueue'> },
  placed: PlacedStatus,
): Promise<void> {
  const { externalId, status, at, code, messageId, conversationId } = placed;
  const command = {
    type: 'RecordStatus' as const,
    status,
    externalId,
    at,
    ...(code === undefined ? {} : { code }),
  };
  const facts = await handleMessage(tx, deps.store, messageId, command);
  if (facts.some((fact) => fact.type === 'MessageAccepted' || fact.type === 'MessageRejected')) {
    await deps.queues.enqueue(tx, [sendJob(tx.practiceId, conversationId)]);
  }
}

/**
 * Sends a message of which nobody knows what became once more, because a person decided so: it takes its old place in the
 * conversation's line, and the door is asked anew.
 * @returns false where its outcome is known by now, or is being waited for; undefined where there is no such message
 */
export async function sendAgain(
  tx: Tx,
  deps: { readonly store: EventStore; readonly queues: Pick<Queues, 'enqueue'> },
  messageId: string,
  by: { readonly staffId: string; readonly at: string },
): Promise<boolean | undefined> {
  const [place] = await findMessages(tx, [messageId], []);
  if (place === undefined) return undefined;
  await lockMailbox(tx, place.conversationId);
  const command = { type: 'SendAgain' as const, by: by.staffId, at: by.at };
  const facts = await handleMessage(tx, deps.store, messageId, command);
  if (facts.length === 0) return false;
  await deps.queues.enqueue(tx, [sendJob(tx.practiceId, place.conversationId)]);
  return true;
}
