import type { Account } from '#channels/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { portfolioOf } from './account.ts';
import { accountName } from './commands.ts';
import { usedOf } from './day.ts';
import { limitsOf, type Recipients } from './limits.ts';

export type RecipientsUsed = {
  /** People to whom the account's portfolio wrote first in the last 24 hours. */
  readonly used: number;
  readonly limit: Recipients;
};

/** How much of its people a day each account has used, by `channel/accountId`. Accounts of one portfolio share theirs. One statement. */
export async function recipientsOfAccounts(
  tx: Tx,
  accounts: readonly Account[],
  nowMs: number,
): Promise<ReadonlyMap<string, RecipientsUsed>> {
  const rows = await tx.query<{ name: string; state: unknown }>(
    `select name, state from send_limits where practice_id = $1 and scope = 'portfolio' and name = any($2)`,
    [tx.practiceId, accounts.map((account) => limitsOf(account).portfolio)],
  );
  const states = new Map(rows.map(({ name, state }) => [name, portfolioOf(state)]));
  return new Map(
    accounts.map((account) => {
      const { portfolio, dailyRecipients } = limitsOf(account);
      const state = states.get(portfolio);
      const used = state === undefined ? 0 : usedOf(state.slots, nowMs);
      return [accountName(account), { used, limit: state?.dailyRecipients ?? dailyRecipients }];
    }),
  );
}
