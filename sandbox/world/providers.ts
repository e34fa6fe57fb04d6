import { join } from 'node:path';
import { type MetaApp, type MetaProvider, startMeta } from '../meta/index.ts';
import type { PhoneLine } from '../phone/index.ts';
import type { Provider, ProviderName } from '../provider/provider.ts';
import type { MetaWorldAccount, WorldAccount, WorldOptions, WorldPractice } from './options.ts';

/** The simulated providers that the practices' accounts are at. */
export type Providers = {
  readonly all: ReadonlyMap<ProviderName, Provider>;
  /** All that is Meta's own; undefined where no practice is there. */
  readonly meta: MetaProvider | undefined;
  /** Account id → its number at its provider. */
  readonly lines: Readonly<Record<string, PhoneLine>>;
};

type Placed<A extends WorldAccount> = { readonly account: A; readonly practice: WorldPractice };

/** Starts a simulator of each provider that an account is at. The first has the wanted port. */
export async function startProviders(options: WorldOptions): Promise<Providers> {
  const placed = options.practices.flatMap((practice) =>
    practice.accounts.map((account) => ({ account, practice })),
  );
  const meta = await startMetaFor(options, placed);
  const all = new Map<ProviderName, Provider>([['meta', meta.provider]]);
  const lines = placed.map(({ account }): [string, PhoneLine] => {
    const provider = all.get(account.provider ?? 'meta');
    if (provider === undefined) throw new Error(`there is no simulator for the account ${account.id}`);
    return [account.id, { provider, line: lineOf(account) }];
  });
  return { all, meta, lines: Object.fromEntries(lines) };
}

/** What the provider calls the account's number. */
export function lineOf(account: WorldAccount): string {
  return account.phoneNumberId;
}

function startMetaFor(
  options: WorldOptions,
  placed: readonly Placed<MetaWorldAccount>[],
): Promise<MetaProvider> {
  const { clock, dataDir, ports = {} } = options;
  return startMeta({
    clock,
    apps: appsOf(options, placed),
    ...(ports.provider === undefined ? {} : { port: ports.provider }),
    ...(dataDir === undefined ? {} : { store: join(dataDir, 'meta') }),
  });
}

/** Accounts of one app share its secrets; the first account's count. */
function appsOf({ productUrl }: WorldOptions, placed: readonly Placed<MetaWorldAccount>[]): MetaApp[] {
  return [...Map.groupBy(placed, ({ account }) => account.appId)].flatMap(([appId, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    return [
      {
        appId,
        appSecrets: first.account.appSecrets,
        accounts: group.map(({ account, practice }) => ({
          wabaId: account.wabaId,
          phoneNumberId: account.phoneNumberId,
          displayPhone: account.displayPhone,
          verifiedName: practice.name,
          accessToken: account.accessToken,
          verifyToken: account.verifyToken,
          webhookUrl: new URL(`/webhooks/meta/${account.id}`, productUrl).href,
          ...(practice.templates === undefined ? {} : { templates: practice.templates }),
          ...(account.messagesPerSecond === undefined
            ? {}
            : { messagesPerSecond: account.messagesPerSecond }),
        })),
      },
    ];
  });
}
