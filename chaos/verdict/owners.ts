import { type BookEvent, type Books, eventsOf, textOf, type Violation, violation } from './books.ts';

/** Who answers a conversation: one person or the assistant, never two. */

export function checkOwners(books: Books): readonly Violation[] {
  const replies = Map.groupBy(
    books.messages.filter(({ purpose }) => purpose === 'reply'),
    ({ conversationId }) => conversationId,
  );
  const queued = new Map(
    books.events
      .filter(({ type }) => type === 'MessageQueued')
      .map(({ stream, position }) => [stream.slice('message/'.length), position]),
  );
  return [...eventsOf(books, 'handoff')]
    .flatMap(([conversationId, events]) => {
      const spoken = (replies.get(conversationId) ?? []).map(({ messageId }) => ({
        messageId,
        position: queued.get(messageId) ?? 0,
      }));
      return [...checkTokens(conversationId, events), ...spokenBetween(conversationId, events, spoken)];
    })
    .concat(twoOwners(books));
}

/** Tokens only grow, and nobody acts with one that is not theirs. */
function checkTokens(conversationId: string, events: readonly BookEvent[]): readonly Violation[] {
  const found: Violation[] = [];
  let owner = '';
  let token = 0;
  for (const { type, data } of events) {
    const [who, theirs] = [textOf(data.staffId), Number(data.token ?? 0)];
    if (type === 'HandoffTaken' || type === 'HandoffAssigned') {
      if (theirs <= token)
        found.push(violation('owner', 'a token was given out again', conversationId, who, String(theirs)));
      [owner, token] = [who, theirs];
    } else if (['StaffReplied', 'HandoffResolved', 'LeaseRenewed', 'HandoffReleased'].includes(type)) {
      if (who !== owner || theirs !== token)
        found.push(violation('owner', `${type} by somebody who was not the owner`, conversationId, who));
      if (type === 'HandoffResolved' || type === 'HandoffReleased') owner = '';
    } else if (type === 'HandoffWithdrawn') owner = '';
  }
  return found;
}

/** While a person has the conversation, the assistant says nothing. */
function spokenBetween(
  conversationId: string,
  events: readonly BookEvent[],
  spoken: readonly { readonly messageId: string; readonly position: number }[],
): readonly Violation[] {
  const found: Violation[] = [];
  let since: number | undefined;
  for (const { type, position } of events) {
    if (type === 'HandoffTaken') since ??= position;
    if (!['HandoffResolved', 'HandoffReleased', 'HandoffWithdrawn'].includes(type)) continue;
    const from = since ?? position;
    since = undefined;
    for (const one of spoken) {
      if (one.position > from && one.position < position)
        found.push(
          violation('owner', 'the assistant spoke while a person had it', conversationId, one.messageId),
        );
    }
  }
  return found;
}

/** By the staff's own ledger: the same token was never confirmed to two people. */
function twoOwners(books: Books): readonly Violation[] {
  const takes = books.staff.filter(({ act }) => act === 'take');
  const byToken = Map.groupBy(takes, ({ conversationId, token }) => `${conversationId} ${token}`);
  return [...byToken].flatMap(([name, all]) => {
    const people = new Set(all.map(({ staffId }) => staffId));
    return people.size < 2
      ? []
      : [violation('owner', 'two people were told that a conversation is theirs', name, ...people)];
  });
}
