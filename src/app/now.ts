import type { FiguresAnswer } from '#analytics/contract.ts';
import { latestNewsRows, type News, openNews, problemsOf } from '#channels/index.ts';
import { filledGaps } from '#conversation/index.ts';
import { countInbox } from '#handoff/index.ts';
import { countExpired, countFailed, countUnsure, heldMessages } from '#messages/index.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { countDeadLetters } from '#platform/dead-letters.ts';
import { callsToMake } from '#reminders/index.ts';
import { awayOf } from './away.ts';
import { seenOfAccounts } from './channel-health.ts';
import type { Parts } from './parts.ts';

const dayMs = 86_400_000;

/** Days that a message which never arrived is an alarm; it stays on the list of messages. */
const expiredDays = 7;

export type NowParts = Pick<Parts, 'store' | 'clock' | 'accounts'>;

/** What waits at this moment, and what failed within a day: for the strip above the screens. */
/** @param timeZone the practice's */
export async function nowOf(tx: Tx, parts: NowParts, timeZone: string): Promise<FiguresAnswer['now']> {
  const { store, clock } = parts;
  const { waiting } = await countInbox(tx, '', isoNow(clock));
  const dayAgo = new Date(clock.now() - dayMs).toISOString();
  const held = (await heldMessages(tx)) ?? null;
  return {
    waiting,
    failed: await countFailed(tx, dayAgo),
    deadLetters: await countDeadLetters(tx),
    practiceSystem: (await awayOf(tx, store)) ?? null,
    unsure: await countUnsure(tx),
    expired: await countExpired(tx, new Date(clock.now() - expiredDays * dayMs).toISOString()),
    gaps: (await filledGaps(tx, dayAgo)) ?? null,
    held,
    channels: await channelAlarms(tx, parts, held !== null),
    toCall: [...(await callsToMake(tx, isoNow(clock), timeZone))],
  };
}

/** Beside what stops an account: what means that patients are not heard, or will not be. */
const alarming: readonly string[] = [
  'silent',
  'statuses-silent',
  'another-app',
  'restricted-reminders',
  'will-be-disabled',
];

/** Only news of these kinds can be one of those: what is not, is not opened. */
const telling: readonly News['kind'][] = [
  'deleted',
  'disabled',
  'restricted',
  'standby',
  'paused',
  'failing',
  'silent',
  'statuses-silent',
];

/**
 * A statement, and three more where anything of the kind was ever heard.
 * @param isHeld messages wait because of an account: that is told already, with how many
 */
async function channelAlarms(tx: Tx, { store, clock, accounts }: NowParts, isHeld: boolean) {
  const rows = (await latestNewsRows(tx)).filter(({ kind }) => telling.includes(kind));
  if (rows.length === 0) return [];
  const latest = await openNews(tx, store, rows);
  const seen = await seenOfAccounts(tx);
  const own = accounts.all.filter(({ practiceId }) => practiceId === tx.practiceId);
  return own.flatMap(({ channel, id }) => {
    const ofAccount = latest.filter((each) => each.channel === channel && each.accountId === id);
    const problems = problemsOf(ofAccount, {
      now: isoNow(clock),
      usesTemplate: () => false,
      ...seen.get(`${channel}/${id}`),
    });
    return problems
      .filter(({ code, level }) =>
        level === 'stop' ? !(isHeld && code === 'paused') : alarming.includes(code),
      )
      .map(({ code, since, until, about }) => ({ accountId: id, code, since, until: until ?? null, about }));
  });
}
