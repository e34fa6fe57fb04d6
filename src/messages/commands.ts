import type { MessageStatus, OutboundContent } from '#channels/channel.ts';
import { capabilitiesOf } from '#channels/index.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Append, EventStore, Write } from '#platform/eventstore/store.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import type { About, MessageEvent, Purpose } from './events.ts';
import { type MessageCommand, type MessageState, message } from './message.ts';
import { inParts } from './parts.ts';
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

/**
 * The message as the thread's channel can carry it: what is too long for one becomes several, which leave in this order. The first
 * keeps the message's id.
 */
export function partsOf(message: NewMessage, channel: string): readonly NewMessage[] {
  const textChars = capabilitiesOf(channel)?.textChars ?? Number.POSITIVE_INFINITY;
  const [first, ...more] = inParts(message.content, textChars);
  if (first === undefined || more.length === 0) return [message];
  const { messageId, answers: _, ...rest } = message;
  return [
    { ...message, content: first },
    ...more.map((content, i) => ({ ...rest, content, messageId: `${messageId}.${i + 2}` })),
  ];
}

/** Who appends on behalf of the machinery. */
export const systemActor = 'system';

/** What is to be done with a message that exists. */
export type MessageAct = { readonly messageId: string; readonly command: MessageCommand };

/**
 * Loads messages, decides and appends: one load and one append, however many acts. Acts on one message build on each other, in
 * order. Returns the new facts of each act; a refusal changes nothing.
 */
export async function handleMessages(
  tx: Tx,
  store: EventStore,
  acts: readonly MessageAct[],
): Promise<readonly (readonly MessageEvent[])[]> {
  if (acts.length === 0) return [];
  const streams = await store.load(tx, [...new Set(acts.map(({ messageId }) => messageStream(messageId)))]);
  return await decideMessages(tx, store, acts, streams);
}

/** As `handleMessages`, where the caller has the messages' events already. */
export async function decideMessages(
  tx: Tx,
  store: EventStore,
  acts: readonly MessageAct[],
  streams: ReadonlyMap<string, readonly StoredEvent[]>,
): Promise<readonly (readonly MessageEvent[])[]> {
  const states = new Map<string, { state: MessageState; version: number }>();
  const writes: Write[] = [];
  const decided = acts.map(({ messageId, command }) => {
    const stream = messageStream(messageId);
    const past = streams.get(stream) ?? [];
    const [first] = past;
    if (first === undefined) return [];
    const before = states.get(messageId) ?? { state: stateOf(past), version: past.length };
    const decision = message.decide(command, before.state);
    if (isRefusal(decision) || decision.length === 0) return [];
    const { subject, correlationId } = first;
    writes.push({
      appends: [{ stream, expectedVersion: before.version, subject, facts: decision }],
      context: { at: command.at, actor: systemActor, correlationId, causationId: messageId },
    });
    states.set(messageId, {
      state: decision.reduce(message.evolve, before.state),
      version: before.version + decision.length,
    });
    return decision;
  });
  await store.appendAll(tx, writes);
  return decided;
}

/** As `handleMessages`, for one. */
export async function handleMessage(
  tx: Tx,
  store: EventStore,
  messageId: string,
  command: MessageCommand,
): Promise<readonly MessageEvent[]> {
  const [facts] = await handleMessages(tx, store, [{ messageId, command }]);
  return facts ?? [];
}

// The stream's name says whose events these are.
const stateOf = (past: readonly StoredEvent[]) => fold(message, past as unknown as readonly MessageEvent[]);

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

const settles = ({ type }: MessageEvent) => type === 'MessageAccepted' || type === 'MessageRejected';

/**
 * Records what the provider says became of messages; the caller holds the locks of their conversations' mailboxes. Wakes the
 * lines of those whose doubt it settles.
 */
export async function recordStatuses(
  tx: Tx,
  deps: { readonly store: EventStore; readonly queues: Pick<Queues, 'enqueue'> },
  placed: readonly PlacedStatus[],
): Promise<void> {
  const acts = placed.map(({ messageId, status, externalId, at, code }) => ({
    messageId,
    command: {
      type: 'RecordStatus' as const,
      status,
      externalId,
      at,
      ...(code === undefined ? {} : { code }),
    },
  }));
  const facts = await handleMessages(tx, deps.store, acts);
  const settled = placed.filter((_, i) => facts[i]?.some(settles));
  await deps.queues.enqueue(
    tx,
    settled.map(({ conversationId }) => sendJob(tx.practiceId, conversationId)),
  );
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
