import { type Traffic, trafficOfAccounts, trafficWithHours } from '#analytics/index.ts';
import {
  type Account,
  areStatusesSilent,
  type HeardNews,
  hearNews,
  historyWeeks,
  latestNewsRows,
  type SlotOf,
  silenceOf,
  slotsOfZone,
} from '#channels/index.ts';
import type { Outcome } from '#kernel/outcome.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { errorCode, type Log } from '#platform/log.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Parts } from './parts.ts';

/** What the program finds out about channel accounts by itself, written down for every process and for staff. */

export type ChannelHealthParts = Pick<Parts, 'db' | 'store' | 'clock' | 'accounts'> & {
  readonly log: Pick<Log, 'warn'>;
  readonly metrics: Pick<Metrics, 'count'>;
  readonly practices: readonly { readonly settings: { readonly id: string; readonly timeZone: string } }[];
};

/** Milliseconds between two looks for accounts that have fallen silent. */
export const channelLookEveryMs = 300_000;

const weekMs = 7 * 86_400_000;

/** Shorter pauses pass by themselves, and are no news. */
const leastPauseMs = 300_000;

const nameOf = ({ channel, id }: Pick<Account, 'channel' | 'id'>) => `${channel}/${id}`;

export type ChannelHealth = {
  /** What came of a call for an account. Does not hold up the call's own record; what cannot be written is logged. */
  readonly heard: (account: Account, outcome: Outcome<unknown>) => void;
  /** Looks for silences, the first time excepted. Two statements per practice, and more where there is something to tell. */
  readonly look: () => Promise<void>;
  /** Resolves when all that was heard is written. */
  readonly settled: () => Promise<void>;
};

export function createChannelHealth(parts: ChannelHealthParts): ChannelHealth {
  const { db, store, clock, log, metrics, accounts } = parts;
  const slots = new Map<string, SlotOf>();
  /** Accounts that may not send, by the code of why: as the last look found them written down, and heard since. */
  let paused = new Map<string, string>();
  let writes = 0;
  /** What came while no process ran is not read yet when the first one looks. */
  let isFirst = true;
  let written: Promise<unknown> = Promise.resolve();

  function slotOf(timeZone: string): SlotOf {
    const known = slots.get(timeZone) ?? slotsOfZone(timeZone);
    slots.set(timeZone, known);
    return known;
  }

  function write({ practiceId, channel, id }: Account, news: HeardNews['news']): void {
    writes += 1;
    const at = isoNow(clock);
    // The moment is part of it: what ended can begin again.
    const told = { channel, accountId: id, news, identity: `${news.kind}/${at}`, at };
    written = written
      .then(() => db.tx(practiceId, (tx) => hearNews(tx, store, [told], at)))
      .catch((error: unknown) =>
        log.warn('what was heard of an account was not written', { practiceId, code: errorCode(error) }),
      );
  }

  /** Tells of silences; returns which accounts are known not to send, and why. */
  async function lookAt(practiceId: string, timeZone: string): Promise<ReadonlyMap<string, string>> {
    const { stopped, told } = await db.tx(practiceId, async (tx) => {
      const rows = await latestNewsRows(tx);
      const stopped = rows.flatMap(({ channel, accountId, kind, code }) =>
        kind === 'paused' ? [[`${channel}/${accountId}`, code ?? ''] as const] : [],
      );
      const silences = isFirst ? [] : await silencesIn(tx, accounts.all, slotOf(timeZone), clock.now());
      return { stopped, told: await hearNews(tx, store, silences, isoNow(clock)) };
    });
    for (const { channel, accountId, news } of told) {
      metrics.count('vestibule_account_silences', { channel, account: accountId, kind: news.kind });
      log.warn('an account has fallen silent', { practiceId, kind: news.kind, what: accountId });
    }
    return new Map(stopped);
  }

  return {
    heard(account, outcome) {
      const name = nameOf(account);
      const isStopped = outcome.kind === 'retry' && outcome.scope === 'account';
      if (isStopped && (outcome.afterMs ?? 0) >= leastPauseMs) {
        if (paused.get(name) === outcome.code) return;
        paused.set(name, outcome.code);
        write(account, { kind: 'paused', code: outcome.code });
      }
      // A refusal of one message shows as well that the account may send.
      if (outcome.kind !== 'accepted' && outcome.kind !== 'rejected') return;
      if (paused.delete(name)) write(account, { kind: 'resumed' });
    },
    async look() {
      await written;
      const before = writes;
      const stopped = new Map<string, string>();
      let isWhole = true;
      for (const { settings } of parts.practices) {
        const { id: practiceId, timeZone } = settings;
        try {
          for (const [name, code] of await lookAt(practiceId, timeZone)) stopped.set(name, code);
        } catch (error) {
          isWhole = false;
          log.warn('silences of accounts were not looked for', { practiceId, code: errorCode(error) });
        }
      }
      isFirst = false;
      // What was heard while we looked is newer; another look comes.
      if (isWhole && writes === before) paused = stopped;
    },
    async settled() {
      await written;
    },
  };
}

async function silencesIn(
  tx: Tx,
  accounts: readonly Account[],
  slotOf: SlotOf,
  now: number,
): Promise<readonly HeardNews[]> {
  const at = new Date(now).toISOString();
  // A week more than what is compared: that ends where the silence began.
  const since = new Date(now - (historyWeeks + 3) * weekMs).toISOString();
  const known = new Set(accounts.map(nameOf));
  const traffic = await trafficWithHours(tx, since);
  return traffic.flatMap((each): HeardNews[] => {
    const { channel, accountId, firstInboundAt, lastInboundAt, untold, untoldSince } = each;
    // An account that was taken out of the configuration is silent by intention.
    if (!known.has(`${channel}/${accountId}`)) return [];
    const heard: HeardNews[] = [];
    const tell = (news: HeardNews['news'] & { readonly since: string }) =>
      heard.push({ channel, accountId, news, identity: `${news.kind}/${news.since}`, at });
    if (firstInboundAt !== undefined && lastInboundAt !== undefined) {
      const ends = { firstAt: Date.parse(firstInboundAt), lastAt: Date.parse(lastInboundAt) };
      const silence = silenceOf({ ...ends, hours: each.hours }, slotOf, now);
      if (silence !== undefined) tell({ kind: 'silent', ...silence });
    }
    if (
      untoldSince !== undefined &&
      areStatusesSilent({ messages: untold, since: Date.parse(untoldSince) }, now)
    )
      tell({ kind: 'statuses-silent', since: untoldSince, messages: untold });
    return heard;
  });
}

/** What came and went, by `channel/accountId`. */
export async function seenOfAccounts(tx: Tx): Promise<ReadonlyMap<string, Traffic>> {
  return new Map((await trafficOfAccounts(tx)).map((each) => [`${each.channel}/${each.accountId}`, each]));
}
