import type { MetaAccount } from './meta/account.ts';
import type { ChannelName } from './registry.ts';

/** One practice's sending identity at a provider. `config` is what the channel's codec needs, secrets and all. */
export type Account = {
  readonly practiceId: string;
  readonly id: string;
  readonly channel: ChannelName;
  readonly config: MetaAccount;
};

/** The accounts of all practices of this installation, by channel and account id. */
export type Accounts = {
  readonly find: (channel: string, accountId: string) => Account | undefined;
  /** The account that a provider's own id of a receiver (Meta: `phone_number_id`) stands for. */
  readonly byReceiver: (channel: string, receiver: string) => Account | undefined;
  readonly all: readonly Account[];
};

/** Account ids stand in webhook URLs, so two practices cannot share one. */
export function accountsOf(list: readonly Account[]): Accounts {
  const byName = new Map<string, Account>();
  for (const account of list) {
    const name = `${account.channel}/${account.id}`;
    if (byName.has(name)) throw new Error(`two practices have a channel account named "${account.id}"`);
    byName.set(name, account);
  }
  return {
    find: (channel, accountId) => byName.get(`${channel}/${accountId}`),
    byReceiver: (channel, receiver) =>
      list.find((account) => account.channel === channel && account.config.phoneNumberId === receiver),
    all: list,
  };
}

/** True when a delivery signed for one of them is as good as signed for the other: they belong to one app. */
export function sameSigner(a: Account, b: Account): boolean {
  return (
    a.channel === b.channel && a.config.appSecrets.some((secret) => b.config.appSecrets.includes(secret))
  );
}
