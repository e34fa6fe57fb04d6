import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { conversations } from '../api.ts';
import { now } from '../clock.ts';
import { codeOf } from '../request.ts';
import { t } from '../texts/t.ts';
import { errorWords } from '../ui/States.tsx';
import { addPending, changePending, dropPending, type Pending, setLost, takeBack } from './drafts.ts';
import { refresh } from './use-conversation.ts';

/** What one can do with a conversation besides writing. What was refused is told, and the screen shown as it really is. */
export function useActs(id: string) {
  const options = {
    onSettled: () => refresh(id),
    onError: (error: unknown) =>
      notifications.show({ color: 'danger', title: t('state.error'), message: errorWords(error) }),
  };
  const take = useMutation({
    ...options,
    mutationFn: (over: boolean) => conversations.take(id, over),
    onSuccess: () => setLost(id, false),
  });
  const release = useMutation({
    ...options,
    mutationFn: (token: number) => conversations.release(id, token),
  });
  const assign = useMutation({
    ...options,
    mutationFn: (to: { token: number | null; staffId: string }) => conversations.assign(id, to),
  });
  const resolve = useMutation({
    ...options,
    mutationFn: (body: { token: number; code: string; resume: boolean }) => conversations.resolve(id, body),
  });
  return { take, release, assign, resolve };
}

/** Codes after which what was written goes back into the composer: it needs another decision. */
const needsDecision = ['STALE_TOKEN', 'LEASE_HELD', 'WINDOW_CLOSED', 'NOT_CONSENTED', 'CONFLICT'];

/** Sends what stands in `pending`, once: the same key twice is done once, so that trying again is safe. */
async function deliver(id: string, pending: Pending, token: number | undefined): Promise<void> {
  const { key, kind, text, templateId } = pending;
  try {
    if (kind === 'note') {
      await conversations.note(id, { key, text });
      await refresh(id);
      dropPending(id, key);
      return;
    }
    if (token === undefined) return;
    const { messageId } =
      kind === 'template' && templateId !== undefined
        ? await conversations.replyTemplate(id, { token, key, templateId })
        : await conversations.reply(id, { token, key, text });
    changePending(id, key, { state: 'sent', messageId });
  } catch (error) {
    const code = codeOf(error);
    if (needsDecision.includes(code)) takeBack(id, key);
    else changePending(id, key, { state: 'failed', code });
    if (code === 'STALE_TOKEN' || code === 'LEASE_HELD') setLost(id, true);
    else if (needsDecision.includes(code)) {
      notifications.show({ color: 'danger', title: t('composer.notSent'), message: errorWords(error) });
    }
  }
  await refresh(id);
}

/** 128 random bits. `crypto.randomUUID` is missing where the page was opened without https. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Says something new: it is shown at once as on its way. */
export function say(
  id: string,
  what: Pick<Pending, 'kind' | 'text' | 'templateId'>,
  token: number | undefined,
): void {
  const pending: Pending = {
    ...what,
    key: newKey(),
    at: new Date(now()).toISOString(),
    state: 'sending',
  };
  addPending(id, pending);
  void deliver(id, pending, token);
}

/** Tries again what did not get through. */
export function sayAgain(id: string, pending: Pending, token: number | undefined): void {
  changePending(id, pending.key, { state: 'sending' });
  void deliver(id, pending, token);
}
