import { awaitFiles } from '#files/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { type ConversationDeps, type Letter, mailKeyOf } from '../commands.ts';

/** The queue of files that are to be fetched. */
export const mediaQueue = 'media';

type FileJob = { readonly practiceId: string; readonly conversationId: string; readonly fileId: string };

/** Ids of ours alone: where the file lies is sealed with its message. */
export function fetchJob({ practiceId, conversationId, fileId }: FileJob, afterSeconds = 0): OwedJob {
  const data = { practiceId, conversationId, fileId };
  return { queue: mediaQueue, data, ...(afterSeconds === 0 ? {} : { afterSeconds }) };
}

/** A letter that came from a provider. */
export type ReceivedLetter = Letter & { readonly channel: string; readonly accountId: string };

/**
 * Notes the files that letters tell of, and enqueues what fetches them, in the transaction that posts the letters. One that was told of
 * before is not fetched again. Costs two statements, where there is a file, for all letters together.
 */
export async function noteFiles(
  tx: Tx,
  deps: Pick<ConversationDeps, 'sealer' | 'queues' | 'clock'>,
  letters: readonly ReceivedLetter[],
): Promise<void> {
  const telling = letters.filter(({ mail }) => mail.kind === 'message' && mail.content.kind === 'media');
  const files = telling.map(({ conversationId, name, channel, accountId, subject, sentAt }) => {
    const mailKey = mailKeyOf(tx, deps, name);
    return { conversationId, mailKey, channel, accountId, subject, sentAt };
  });
  const { practiceId } = tx;
  const awaited = await awaitFiles(tx, files, isoNow(deps.clock));
  if (awaited.length === 0) return;
  await deps.queues.enqueue(
    tx,
    awaited.map((file) => fetchJob({ practiceId, ...file })),
  );
}
