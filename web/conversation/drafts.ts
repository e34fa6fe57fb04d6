import { useSyncExternalStore } from 'react';

/** What was typed and not yet sent, per conversation. In memory only: it is patient data. */
export type Draft = {
  readonly reply: string;
  readonly note: string;
  readonly mode: 'reply' | 'note';
};

/** A message or note on its way: shown at once, and until the server shows it itself. */
export type Pending = {
  readonly key: string;
  readonly kind: 'reply' | 'template' | 'note';
  readonly text: string;
  /** Instant, ISO 8601. */
  readonly at: string;
  readonly templateId?: string;
  /** `sent`: the server has it, under `messageId` where it is a message. */
  readonly state: 'sending' | 'sent' | 'failed';
  readonly messageId?: string;
  /** Why it failed. */
  readonly code?: string;
};

export type Desk = { readonly draft: Draft; readonly pending: readonly Pending[]; readonly lost: boolean };

const emptyDraft: Draft = { reply: '', note: '', mode: 'reply' };
const emptyDesk: Desk = { draft: emptyDraft, pending: [], lost: false };

const desks = new Map<string, Desk>();
const listeners = new Set<() => void>();

export const deskOf = (conversationId: string): Desk => desks.get(conversationId) ?? emptyDesk;

function change(conversationId: string, next: (desk: Desk) => Desk): void {
  desks.set(conversationId, next(deskOf(conversationId)));
  for (const listener of [...listeners]) listener();
}

export function setDraft(conversationId: string, part: Partial<Draft>): void {
  change(conversationId, (desk) => ({ ...desk, draft: { ...desk.draft, ...part } }));
}

/** The conversation went to somebody else while one was writing; cleared when it is taken again. */
export function setLost(conversationId: string, lost: boolean): void {
  change(conversationId, (desk) => ({ ...desk, lost }));
}

export function addPending(conversationId: string, pending: Pending): void {
  change(conversationId, (desk) => ({ ...desk, pending: [...desk.pending, pending] }));
}

export function changePending(conversationId: string, key: string, part: Partial<Pending>): void {
  change(conversationId, (desk) => ({
    ...desk,
    pending: desk.pending.map((each) => (each.key === key ? { ...each, ...part } : each)),
  }));
}

export function dropPending(conversationId: string, key: string): void {
  change(conversationId, (desk) => ({ ...desk, pending: desk.pending.filter((each) => each.key !== key) }));
}

/** What could not be said goes back into the composer, before what was typed since. */
export function takeBack(conversationId: string, key: string): void {
  change(conversationId, (desk) => {
    const back = desk.pending.find((each) => each.key === key);
    const pending = desk.pending.filter((each) => each.key !== key);
    if (back === undefined || back.kind === 'template') return { ...desk, pending };
    const typed = desk.draft[back.kind];
    const text = typed === '' ? back.text : `${back.text}\n${typed}`;
    return { ...desk, pending, draft: { ...desk.draft, [back.kind]: text, mode: back.kind } };
  });
}

/** Those that the server does not show yet. */
export function stillPending(pending: readonly Pending[], shownIds: ReadonlySet<string>): readonly Pending[] {
  const left = pending.filter(({ messageId }) => messageId === undefined || !shownIds.has(messageId));
  return left.length === pending.length ? pending : left;
}

export function useDesk(conversationId: string): Desk {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => deskOf(conversationId),
  );
}
