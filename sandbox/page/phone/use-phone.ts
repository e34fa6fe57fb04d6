import { useCallback, useEffect, useState } from 'react';
import { api, type LiveEvent, type PhoneMessage, type PhoneState, type SendInput } from '../api.ts';
import { type Loaded, useResource } from '../use-resource.ts';

/** A message that the patient sent and the world does not list yet (or refused). */
export type Pending = {
  readonly localId: string;
  readonly input: SendInput;
  /** The choice's title, for a tap. */
  readonly title?: string;
  readonly at: string;
  /** The world's id, once it took the message. */
  readonly serverId?: string;
  readonly error?: string;
};

/** The dots may run out without an event: nothing was sent after all. */
const typingPollMs = 5_000;

export type PhoneConnection = Loaded<PhoneState> & {
  readonly pending: readonly Pending[];
  readonly send: (input: SendInput, at: string, title?: string) => void;
  readonly retry: (localId: string) => void;
  readonly discard: (localId: string) => void;
};

/** One patient's conversation with one account, and what is on its way there. */
export function usePhone(patientId: string, accountId: string): PhoneConnection {
  const load = useCallback(
    (signal: AbortSignal) => api.phone(patientId, accountId, signal),
    [patientId, accountId],
  );
  const matches = useCallback(
    (event: LiveEvent) =>
      event.type === 'phone' && event.patientId === patientId && event.accountId === accountId,
    [patientId, accountId],
  );
  const phone = useResource(load, matches);
  const [queue, setQueue] = useState<readonly Pending[]>([]);
  const { reload } = phone;

  const update = useCallback((localId: string, change: (pending: Pending) => Pending) => {
    setQueue((all) => all.map((pending) => (pending.localId === localId ? change(pending) : pending)));
  }, []);

  const post = useCallback(
    async (localId: string, input: SendInput) => {
      try {
        const { id } = await api.send(patientId, accountId, input);
        update(localId, (pending) => ({ ...pending, serverId: id }));
        reload();
      } catch (problem) {
        const error = problem instanceof Error ? problem.message : 'It was not sent.';
        update(localId, (pending) => ({ ...pending, error }));
      }
    },
    [patientId, accountId, reload, update],
  );

  const typing = phone.data?.typing ?? false;
  useEffect(() => {
    if (!typing) return;
    const timer = setInterval(reload, typingPollMs);
    return () => clearInterval(timer);
  }, [typing, reload]);

  const send = (input: SendInput, at: string, title?: string): void => {
    const localId = crypto.randomUUID();
    setQueue((all) => [...all, { localId, input, at, ...(title === undefined ? {} : { title }) }]);
    void post(localId, input);
  };

  const retry = (localId: string): void => {
    const failed = queue.find((pending) => pending.localId === localId);
    if (!failed) return;
    update(localId, ({ error: _, ...pending }) => pending);
    void post(localId, failed.input);
  };

  const discard = (localId: string): void =>
    setQueue((all) => all.filter((pending) => pending.localId !== localId));

  return { ...phone, pending: stillPending(queue, phone.data?.messages ?? []), send, retry, discard };
}

/** Those that the world does not list itself yet, so that nothing shows twice. */
export function stillPending(
  queue: readonly Pending[],
  messages: readonly PhoneMessage[],
): readonly Pending[] {
  const listed = new Set(messages.map(({ id }) => id));
  return queue.filter(({ serverId }) => serverId === undefined || !listed.has(serverId));
}

/** Tells the world that the patient looked, once per newest message of the practice and only while it is on screen. */
export function useSeen(
  patientId: string,
  accountId: string,
  messages: readonly PhoneMessage[],
  onScreen: boolean,
): void {
  const newest = messages.findLast(({ side }) => side === 'practice')?.id;
  useEffect(() => {
    if (newest === undefined || !onScreen) return;
    const tell = (): void => {
      if (document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', tell);
      // A missed read receipt is no loss: the next message brings another.
      api.seen(patientId, accountId).catch(() => undefined);
    };
    document.addEventListener('visibilitychange', tell);
    tell();
    return () => document.removeEventListener('visibilitychange', tell);
  }, [patientId, accountId, newest, onScreen]);
}
