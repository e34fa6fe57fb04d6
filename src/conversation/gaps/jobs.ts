import { type Account, type Asking, listsInbound } from '#channels/index.ts';
import { isoNow } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import { type IngestDeps, readListed } from '../deliveries/jobs.ts';
import { claimLook, endLook } from './views.ts';

/**
 * Providers that give a delivery up within seconds lose what comes in while we are down. What they hold is listed every some minutes
 * and after each start, and what we do not have is read as if it had been delivered.
 */

export type GapDeps = Omit<IngestDeps, 'deliveries'> & {
  readonly asking: Pick<Asking, 'inboundSince'>;
  readonly log: Log;
};

const minuteMs = 60_000;

/** Milliseconds between two looks at an account's list. */
const usualEveryMs = 5 * minuteMs;

/** A look that takes longer was made by a process that died. */
const busyMs = 10 * minuteMs;

/** What is younger may still come by webhook, and is left for the next look. */
const underwayMs = minuteMs;

/** Lists fall behind for a moment, and clocks differ: so much is read again. */
const overlapMs = 2 * minuteMs;

/** What a day ago was filled is no news. */
const freshMs = 24 * 60 * minuteMs;

/** Listed messages that are read in one transaction. */
const perTransaction = 50;

/**
 * Makes the look at the lists of all accounts that have one. Which is due, and whose look it is, is said by the database: of several
 * processes one looks.
 * @returns the look; `isAsked`: also where none is due, for the process was down
 */
export function inboundLook(deps: GapDeps): (isAsked: boolean) => Promise<void> {
  const accounts = deps.accounts.all.filter(listsInbound);
  return async (isAsked) => {
    for (const account of accounts) await lookAt(deps, account, isAsked);
  };
}

async function lookAt(deps: GapDeps, account: Account, isAsked: boolean): Promise<void> {
  const { practiceId, channel, id: accountId } = account;
  const nowMs = deps.clock.now();
  const now = isoNow(deps.clock);
  const busyUntil = new Date(nowMs + busyMs).toISOString();
  const seen = await deps.db.tx(practiceId, (tx) =>
    claimLook(tx, { channel, accountId }, { now, busyUntil }, isAsked),
  );
  if (seen === undefined) return;
  let filled = 0;
  let isWhole = false;
  try {
    const sinceMs = Math.max(seen.beginsAtMs, seen.seenToMs - overlapMs);
    const { events, failed } = await deps.asking.inboundSince(account, sinceMs);
    if (failed !== undefined) gaveUp(deps, account, failed);
    const until = new Date(nowMs - underwayMs).toISOString();
    // Oldest first: the list is the other way round.
    const due = events.filter((event) => event.type === 'message' && event.at <= until).toReversed();
    for (let i = 0; i < due.length; i += perTransaction)
      filled += await readListed(deps, account, due.slice(i, i + perTransaction));
    isWhole = failed === undefined;
  } finally {
    const everyMs = account.inboundEveryMs ?? usualEveryMs;
    await deps.db.tx(practiceId, (tx) =>
      endLook(
        tx,
        { channel, accountId },
        {
          seenTo: isWhole ? new Date(Math.max(nowMs - underwayMs, seen.seenToMs)).toISOString() : undefined,
          dueAt: new Date(deps.clock.now() + everyMs).toISOString(),
          filled,
          now,
          freshSince: new Date(nowMs - freshMs).toISOString(),
        },
      ),
    );
  }
  if (filled > 0) {
    deps.metrics.count('vestibule_inbound_filled', { channel, account: accountId }, filled);
    deps.log.warn('messages that were never delivered to us were read from the list', {
      practiceId,
      count: filled,
    });
  }
}

function gaveUp({ metrics, log }: GapDeps, { channel, id, practiceId }: Account, code: string): void {
  metrics.count('vestibule_inbound_unlisted', { channel, account: id, code });
  log.warn('what came in could not be listed', { practiceId, code });
}
