import { createHash } from 'node:crypto';
import type { OutboundContent } from '#channels/channel.ts';
import type { DataClass } from '#kernel/phi.ts';
import { messageAppends, partsOf } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { type Acted, type ActRefusal, act, type HandoffActDeps, leaseEnd } from '../commands.ts';
import { isWindowOpen } from '../window.ts';

/** What staff say: to the patient, and to each other. */

/** A note for colleagues. The patient never sees it; the same key twice is one note. */
export function addNote(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  { staffId, key, text }: { readonly staffId: string; readonly key: string; readonly text: string },
): Promise<Acted> {
  const noteId = actId('note', conversationId, staffId, key);
  return act(tx, deps, conversationId, staffId, (at) => ({ type: 'AddNote', staffId, noteId, text, at }));
}

export function seeMessages(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  staffId: string,
): Promise<Acted> {
  return act(tx, deps, conversationId, staffId, (at) => ({ type: 'SeeMessages', staffId, at }));
}

/** What the browser called by a key of its own, under a name of ours: the same act twice has one. */
function actId(kind: 'staff' | 'note', conversationId: string, staffId: string, key: string): string {
  const hash = createHash('sha256').update(JSON.stringify([kind, conversationId, staffId, key]));
  return `${kind}-${hash.digest('base64url').slice(0, 22)}`;
}

export type Reply = {
  readonly staffId: string;
  readonly token: number;
  /** Made by the browser for this one act. */
  readonly key: string;
  readonly leaseMinutes: number;
  readonly content: Exclude<OutboundContent, { kind: 'read' }>;
  /** The highest class of data that it may hold. */
  readonly dataClass: DataClass;
  /** The id of the approved template that it is made of. */
  readonly template: string | null;
};

/**
 * Answers the patient: the fact and the queued message commit together. The door decides again when it leaves; what is bound to
 * fail is refused here, while the writer still looks.
 */
export async function replyToPatient(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  reply: Reply,
): Promise<{ readonly refused: ActRefusal } | { readonly messageId: string }> {
  const { staffId, token, key, template, content, dataClass, leaseMinutes } = reply;
  const messageId = actId('staff', conversationId, staffId, key);
  const acted = await act(
    tx,
    deps,
    conversationId,
    staffId,
    (at) => ({
      type: 'Reply',
      staffId,
      token,
      messageId,
      template,
      until: leaseEnd(at, leaseMinutes),
      at,
    }),
    ({ consent: given, thread, at }) => {
      if (given.status === 'withdrawn') return { refused: 'NOT_CONSENTED' };
      if (!isWindowOpen(thread.lastInboundAt, at)) {
        if (template === null) return { refused: 'WINDOW_CLOSED' };
        // What answers nothing that the patient wrote lately needs a yes.
        if (given.status !== 'given') return { refused: 'NOT_CONSENTED' };
      }
      const message = { messageId, purpose: 'staff' as const, dataClass, content };
      return messageAppends(conversationId, thread.subject, partsOf(message, thread.channel), at);
    },
  );
  return 'refused' in acted ? acted : { messageId };
}
