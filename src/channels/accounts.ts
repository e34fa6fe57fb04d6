import type { HttpRequest, HttpResponse, RawWebhook } from '#kernel/http.ts';
import { type Outcome, rejected } from '#kernel/outcome.ts';
import type { AccountLimits } from './account-limits.ts';
import type {
  Attempt,
  Authorization,
  ChannelEvent,
  Found,
  Listed,
  OutboundMessage,
  RenderRefusal,
} from './channel.ts';
import type { Lives } from './lives.ts';
import { type AccountConfigs, type ChannelName, channels } from './registry.ts';

/** One practice's sending identity at a provider. `config` is what the channel's codec needs, secrets and all. */
export type AccountOf<Name extends ChannelName> = {
  [N in Name]: {
    readonly practiceId: string;
    readonly id: string;
    readonly channel: N;
    readonly config: AccountConfigs[N];
    /** How long the provider goes on trying to deliver, where it is not as usual. */
    readonly lives?: Lives;
    readonly limits?: AccountLimits;
    /** Milliseconds between two looks at the provider's list of what came in, where it is not as usual. */
    readonly inboundEveryMs?: number;
  };
}[Name];

export type Account = AccountOf<ChannelName>;

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
  const byReceiver = new Map<string, Account>();
  for (const account of list) {
    const name = `${account.channel}/${account.id}`;
    if (byName.has(name)) throw new Error(`two practices have a channel account named "${account.id}"`);
    byName.set(name, account);
    const receiver = `${account.channel}/${receiverOf(account)}`;
    if (!byReceiver.has(receiver)) byReceiver.set(receiver, account);
  }
  return {
    find: (channel, accountId) => byName.get(`${channel}/${accountId}`),
    byReceiver: (channel, receiver) => byReceiver.get(`${channel}/${receiver}`),
    all: list,
  };
}

/** True when a delivery signed for one of them is as good as signed for the other: they belong to one app. */
export function sameSigner(a: Account, b: Account): boolean {
  const others = signersOf(b);
  return a.channel === b.channel && signersOf(a).some((signer) => signer !== '' && others.includes(signer));
}

/** The provider's id of the account's number, as `receiver` in events has it. */
export function receiverOf<Name extends ChannelName>({ channel, config }: AccountOf<Name>): string {
  return channels[channel].receiver(config);
}

/** The provider's id of the business account that the number belongs to; undefined where the provider names none. */
function businessOf<Name extends ChannelName>({ channel, config }: AccountOf<Name>): string | undefined {
  return channels[channel].business?.(config);
}

/**
 * Whether a notice is about the account: it names its number; or no number, and its business account; or neither, and then it is of
 * whoever it was sent to.
 */
export function isConcerned(
  account: Account,
  { receiver, business }: { readonly receiver?: string; readonly business?: string },
): boolean {
  if (receiver !== undefined) return receiver === receiverOf(account);
  return business === undefined || businessOf(account) === undefined || business === businessOf(account);
}

function signersOf<Name extends ChannelName>({ channel, config }: AccountOf<Name>): readonly string[] {
  return channels[channel].signers(config);
}

/** Where the account's requests go. */
export function originsOf<Name extends ChannelName>({ channel, config }: AccountOf<Name>): readonly string[] {
  return channels[channel].origins(config);
}

/** Whether the account's provider signed the webhook. Never throws. */
export function isSigned<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  webhook: RawWebhook,
  nowMs: number,
): boolean | Promise<boolean> {
  return channels[channel].verify(webhook, config, nowMs);
}

/** What to answer the provider's question whether webhooks are expected here. */
export function subscribed<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  query: Readonly<Record<string, unknown>>,
): string | undefined {
  return channels[channel].subscribe?.(query, config);
}

/** The request that says the message, or why it cannot be said. */
export function rendered<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  message: OutboundMessage,
): HttpRequest | RenderRefusal {
  return channels[channel].render(message, config);
}

/** What the account's requests carry besides what `rendered` wrote; undefined: nothing. @throws Error as `Channel.authorize` */
export async function authorization<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  nowMs: number,
): Promise<Authorization | undefined> {
  return await channels[channel].authorize?.(config, nowMs);
}

/** Whether what became of a message can be asked at all. */
export function canAsk({ channel }: Pick<Account, 'channel'>): boolean {
  return channels[channel].lookup !== undefined;
}

/** The request that asks what became of an attempt; undefined where it cannot be asked. */
export function askedOf<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  attempt: Attempt,
): HttpRequest | undefined {
  return channels[channel].lookup?.request(attempt, config);
}

/** What the answer to `askedOf` says. */
export function readAsked<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  response: HttpResponse,
  attempt: Attempt,
): Outcome<Listed<Found>> {
  return channels[channel].lookup?.read(response, attempt, config) ?? rejected('CANNOT_BE_ASKED');
}

/** Whether the provider can lose what comes in, and has a list of it. */
export function listsInbound({ channel }: Pick<Account, 'channel'>): boolean {
  return channels[channel].inbound !== undefined;
}

/** The request that lists what came in since a moment; undefined where the provider loses nothing, or has no list. */
export function inboundSince<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  sinceMs: number,
): HttpRequest | undefined {
  return channels[channel].inbound?.request(config, sinceMs);
}

/** What the answer to `inboundSince`, or to its next page, says. */
export function readInbound<Name extends ChannelName>(
  { channel, config }: AccountOf<Name>,
  response: HttpResponse,
  sinceMs: number,
): Outcome<Listed<ChannelEvent>> {
  return channels[channel].inbound?.read(response, config, sinceMs) ?? rejected('CANNOT_BE_ASKED');
}
