import type { ProviderEntry } from '../ledgers.ts';
import { type Books, type MessageRow, type Violation, violation } from './books.ts';

/** What the practice said: every message reached the provider once, and in the order in which it was said. */

type Taken = Extract<ProviderEntry, { kind: 'taken' }>;

export const takenOf = (books: Books): readonly Taken[] =>
  books.provider.filter((entry) => entry.kind === 'taken');

/** States in which nothing more is going to happen to a message. */
const ended = ['accepted', 'blocked', 'rejected'];

export function checkReplies(books: Books): readonly Violation[] {
  const taken = takenOf(books);
  const byOurId = Map.groupBy(taken, ({ ourId }) => ourId);
  const known = new Map(books.messages.map((message) => [message.messageId, message]));
  return [
    ...books.messages.flatMap((message) => fateOf(message, byOurId.get(message.messageId) ?? [])),
    ...taken.flatMap(({ ourId, wamid }) =>
      ourId !== null && known.has(ourId)
        ? []
        : [
            violation(
              'doubled',
              'the provider took a message that nobody queued',
              ourId ?? 'without an id',
              wamid,
            ),
          ],
    ),
    ...lostStaffReplies(books, known),
    ...saidOutOfOrder(books, taken, known),
  ];
}

function fateOf(
  { messageId, state, purpose, code }: MessageRow,
  taken: readonly Taken[],
): readonly Violation[] {
  if (taken.length > 1)
    return [violation('doubled', `a message (${purpose}) left ${taken.length} times`, messageId)];
  if (!ended.includes(state))
    return [violation('lost', `a message (${purpose}) is still ${state}, though all is quiet`, messageId)];
  if (state === 'accepted' && taken.length === 0)
    return [
      violation('lost', `a message (${purpose}) counts as sent, and the provider never had it`, messageId),
    ];
  if (state === 'rejected' && taken.length === 0)
    return [violation('lost', `a message (${purpose}) was given up (${code})`, messageId)];
  return [];
}

function lostStaffReplies(books: Books, known: ReadonlyMap<string, MessageRow>): readonly Violation[] {
  return books.staff.flatMap(({ act, messageId, conversationId }) =>
    act !== 'reply' || messageId === undefined || known.has(messageId)
      ? []
      : [
          violation(
            'lost',
            'a reply that was acknowledged to staff was not queued',
            conversationId,
            messageId,
          ),
        ],
  );
}

/**
 * By the first time that each was taken; what came twice is counted as such above. What a person had sent once more, long after the
 * line had gone on, comes late by their own will.
 */
function saidOutOfOrder(
  books: Books,
  taken: readonly Taken[],
  known: ReadonlyMap<string, MessageRow>,
): readonly Violation[] {
  const firsts = taken.filter(
    ({ ourId }, index) => taken.findIndex((other) => other.ourId === ourId) === index,
  );
  const late = new Set(
    books.events
      .filter(({ type }) => type === 'MessageSendAgainAsked')
      .map(({ stream }) => stream.slice('message/'.length)),
  );
  const rows = firsts.flatMap(({ ourId }) => (late.has(ourId ?? '') ? [] : (known.get(ourId ?? '') ?? [])));
  return [...Map.groupBy(rows, ({ conversationId }) => conversationId)].flatMap(([conversationId, said]) =>
    said.flatMap((message, index) => {
      const before = said[index - 1];
      if (before === undefined || before.position < message.position) return [];
      return [
        violation(
          'out-of-order',
          'two messages reached the provider in another order than they were said in',
          conversationId,
          message.messageId,
          before.messageId,
        ),
      ];
    }),
  );
}
