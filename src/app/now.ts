import type { FiguresAnswer } from '#analytics/contract.ts';
import { countInbox } from '#handoff/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { countDeadLetters } from '#platform/dead-letters.ts';

/** What waits at this moment, for the strip above the screens. */
export async function nowOf(tx: Tx, clock: Clock): Promise<FiguresAnswer['now']> {
  const { waiting } = await countInbox(tx, '', isoNow(clock));
  return { waiting, failed: 0, deadLetters: await countDeadLetters(tx) };
}
