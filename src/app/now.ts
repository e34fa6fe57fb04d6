import type { FiguresAnswer } from '#analytics/contract.ts';
import { filledGaps } from '#conversation/index.ts';
import { countInbox } from '#handoff/index.ts';
import { countExpired, countFailed, countUnsure, heldMessages } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { countDeadLetters } from '#platform/dead-letters.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { awayOf } from './away.ts';

const dayMs = 86_400_000;

/** Days that a message which never arrived is an alarm; it stays on the list of messages. */
const expiredDays = 7;

/** What waits at this moment, and what failed within a day: for the strip above the screens. */
export async function nowOf(tx: Tx, store: EventStore, clock: Clock): Promise<FiguresAnswer['now']> {
  const { waiting } = await countInbox(tx, '', isoNow(clock));
  const dayAgo = new Date(clock.now() - dayMs).toISOString();
  return {
    waiting,
    failed: await countFailed(tx, dayAgo),
    deadLetters: await countDeadLetters(tx),
    practiceSystem: (await awayOf(tx, store)) ?? null,
    unsure: await countUnsure(tx),
    expired: await countExpired(tx, new Date(clock.now() - expiredDays * dayMs).toISOString()),
    gaps: (await filledGaps(tx, dayAgo)) ?? null,
    held: (await heldMessages(tx)) ?? null,
  };
}
