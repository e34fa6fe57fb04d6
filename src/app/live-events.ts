import { z } from 'zod';
import { conversationOfIntake } from '#conversation/index.ts';
import { findMessages } from '#messages/index.ts';
import type { LiveEvent } from '#platform/contract.ts';
import type { Tx } from '#platform/db/db.ts';
import type { PlainEvent } from '#platform/eventstore/reader.ts';
import { conversationOfAppointment } from '#scheduling/index.ts';

/** Facts that leave a failure behind, or end one. */
const failing = new Set([
  'MessageRejected',
  'MessageBlocked',
  'MessageStatusChanged',
  'MessageUnresolved',
  'MessageExpired',
  'MessageSendAgainAsked',
]);

/** The streams that are named after their conversation. */
const ownStreams = ['conversation', 'handoff', 'consent'];

/**
 * What freshly committed facts mean for the screens: which conversations and visits look different now. Each is named once,
 * however many facts there were. A statement for all messages, and one per intake and visit.
 */
export async function liveEventsOf(tx: Tx, facts: readonly PlainEvent[]): Promise<readonly LiveEvent[]> {
  const ids = (kind: string) => [
    ...new Set(
      facts
        .filter(({ stream }) => stream.startsWith(`${kind}/`))
        .map(({ stream }) => stream.slice(kind.length + 1)),
    ),
  ];
  const conversations = new Set<string>(ownStreams.flatMap(ids));
  for (const { conversationId } of await findMessages(tx, ids('message'), []))
    conversations.add(conversationId);
  for (const id of ids('intake')) add(conversations, await conversationOfIntake(tx, id));
  for (const fact of facts) if (fact.stream.startsWith('file/')) add(conversations, conversationIn(fact));
  const appointments = new Set([...ids('appointment'), ...ids('reminders')]);
  for (const id of appointments) add(conversations, await conversationOfAppointment(tx, id));
  return [
    ...[...conversations].map((conversationId) => ({ type: 'conversation', conversationId }) as const),
    ...[...appointments].map((appointmentId) => ({ type: 'appointment', appointmentId }) as const),
    ...(facts.some(({ type }) => failing.has(type)) ? [{ type: 'failures' } as const] : []),
    ...(facts.some(({ stream }) => stream.startsWith('account/')) ? [{ type: 'channels' } as const] : []),
    ...(facts.length > 0 ? [{ type: 'figures' } as const] : []),
  ];
}

function add(all: Set<string>, id: string | undefined): void {
  if (id !== undefined) all.add(id);
}

/** A file's facts name their conversation: the picture is here, or it is not to be had. */
function conversationIn({ data }: PlainEvent): string | undefined {
  const named = z.object({ conversationId: z.string() }).safeParse(data);
  return named.data?.conversationId;
}
