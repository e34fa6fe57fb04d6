import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { conversations } from '../api.ts';
import { happenedAt } from '../clock.ts';
import { useLiveQuery } from '../live.ts';
import { queryClient } from '../query-client.ts';
import { useAllowed } from '../session/session.ts';
import { type Opened, withNewest, withOlder } from './thread-lines.ts';

export const conversationKey = (id: string) => ['conversation', id] as const;

async function read(id: string, signal: AbortSignal): Promise<Opened> {
  const detail = await conversations.open(id, signal);
  happenedAt(detail.row.lastAt);
  return withNewest(queryClient.getQueryData<Opened>(conversationKey(id)), detail);
}

/** An open conversation, as it is now. */
export function useConversation(id: string) {
  const queryKey = conversationKey(id);
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => read(id, signal),
    // Opening is a deliberate act: it shows what is, and leaves its line in the audit trail.
    staleTime: 0,
  });
  useLiveQuery(queryKey, (event) => event.type === 'conversation' && event.conversationId === id);
  useSeen(id, query.data);
  return query;
}

/** Asks for the page before. */
export function useOlder(id: string) {
  return useMutation({
    mutationFn: (before: string) => conversations.older(id, before),
    onSuccess: (page) =>
      queryClient.setQueryData<Opened>(conversationKey(id), (known) => known && withOlder(known, page)),
  });
}

/** Tells the server that what the patient wrote was seen, once somebody looks at it. */
function useSeen(id: string, opened: Opened | undefined): void {
  const mayAnswer = useAllowed()('AnswerConversation');
  const client = useQueryClient();
  const told = useRef('');
  const news = opened && opened.detail.row.unread > 0 ? opened.lines.at(-1)?.id : undefined;
  useEffect(() => {
    if (!mayAnswer || news === undefined || told.current === news) return;
    const tell = () => {
      if (document.visibilityState !== 'visible' || told.current === news) return;
      told.current = news;
      conversations.seen(id).then(
        () => client.invalidateQueries({ queryKey: ['inbox'] }),
        // It stays unread: no harm, and the next look tries again.
        () => undefined,
      );
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [id, news, mayAnswer, client]);
}

/** After an act of one's own: everything that may show it. */
export function refresh(id: string): Promise<unknown> {
  return Promise.all([
    queryClient.invalidateQueries({ queryKey: conversationKey(id) }),
    queryClient.invalidateQueries({ queryKey: ['inbox'] }),
  ]);
}
