import { join } from 'node:path';
import { startBird } from '../bird/index.ts';
import { startMessageBird } from '../messagebird/index.ts';
import { type MetaApp, type MetaProvider, startMeta } from '../meta/index.ts';
import type { PhoneLine } from '../phone/index.ts';
import type { Provider, ProviderName } from '../provider/provider.ts';
import { startTwilio } from '../twilio/index.ts';
import { startVonage } from '../vonage/index.ts';
import type {
  BirdWorldAccount,
  MessageBirdWorldAccount,
  MetaWorldAccount,
  TwilioWorldAccount,
  VonageWorldAccount,
  WorldAccount,
  WorldOptions,
  WorldPractice,
} from './options.ts';

/** The simulated providers that the practices' accounts are at. */
export type Providers = {
  readonly all: ReadonlyMap<ProviderName, Provider>;
  /** All that is Meta's own; undefined where no practice is there. */
  readonly meta: MetaProvider | undefined;
  /** Account id → its number at its provider. */
  readonly lines: Readonly<Record<string, PhoneLine>>;
};

type Placed<A extends WorldAccount = WorldAccount> = {
  readonly account: A;
  readonly practice: WorldPractice;
};

/** What every simulator is started with. */
type Common = ReturnType<typeof commonOf>;

/** Starts a simulator of each provider that an account is at. Where it is one alone, it has the wanted port. */
export async function startProviders(options: WorldOptions): Promise<Providers> {
  const placed = options.practices.flatMap((practice) =>
    practice.accounts.map((account): Placed => ({ account, practice })),
  );
  const names = [...new Set(placed.map(({ account }) => account.provider ?? 'meta'))];
  const all = new Map<ProviderName, Provider>();
  let meta: MetaProvider | undefined;
  for (const name of names.length === 0 ? (['meta'] as const) : names) {
    const common = commonOf(options, name, names.length);
    if (name === 'meta') {
      meta = await startMeta({ ...common, apps: appsOf(options, placed.filter(isMeta)) });
      all.set(name, meta.provider);
    } else all.set(name, await startPartner(name, common, options, placed));
  }
  const lines = placed.map(({ account }): [string, PhoneLine] => {
    const provider = all.get(account.provider ?? 'meta');
    if (provider === undefined) throw new Error(`there is no simulator for the account ${account.id}`);
    return [account.id, { provider, line: lineOf(account) }];
  });
  return { all, meta, lines: Object.fromEntries(lines) };
}

/** What the provider calls the account's number. */
export function lineOf(account: WorldAccount): string {
  switch (account.provider) {
    case 'twilio':
    case 'vonage':
      return digitsOf(account);
    case 'messagebird':
    case 'bird':
      return account.channelId;
    default:
      return account.phoneNumberId;
  }
}

/** Digits with country code. */
export function digitsOf({ displayPhone }: Pick<WorldAccount, 'displayPhone'>): string {
  return displayPhone.replace(/\D/g, '');
}

function commonOf({ clock, dataDir, ports = {} }: WorldOptions, name: ProviderName, count: number) {
  return {
    clock,
    ...(ports.provider === undefined || count > 1 ? {} : { port: ports.provider }),
    ...(dataDir === undefined ? {} : { store: join(dataDir, name) }),
  };
}

/** The account's webhook, as the provider was told it. */
function webhookOf({ productUrl, publicUrl = productUrl }: WorldOptions, { account }: Placed): string {
  return new URL(`/webhooks/${account.provider ?? 'meta'}/${account.id}`, publicUrl).href;
}

/** Wherever the product's public address leads: here it is called on this machine. */
function routeTo({ productUrl, publicUrl = productUrl }: WorldOptions): (url: string) => string {
  const { origin: outside } = new URL(publicUrl);
  const { origin: inside } = new URL(productUrl);
  return (url) => (url.startsWith(`${outside}/`) ? inside + url.slice(outside.length) : url);
}

async function startPartner(
  name: Exclude<ProviderName, 'meta'>,
  common: Common,
  options: WorldOptions,
  placed: readonly Placed[],
): Promise<Provider> {
  const receivers = { wait: true, route: routeTo(options) };
  const parts = { ...common, receivers };
  const urlOf = (one: Placed) => webhookOf(options, one);
  switch (name) {
    case 'twilio':
      return (
        await startTwilio({
          ...parts,
          delays: { sentMs: 30, deliveredMs: 250 },
          accounts: placed.filter(isTwilio).map((one) => twilioAccount(one, urlOf(one))),
        })
      ).provider;
    case 'vonage':
      return (
        await startVonage({
          ...parts,
          accounts: placed.filter(isVonage).map((one) => vonageAccount(one, urlOf(one))),
        })
      ).provider;
    case 'messagebird':
      return (
        await startMessageBird({
          ...parts,
          customers: placed.filter(isMessageBird).map((one) => messageBirdCustomer(one, urlOf(one))),
        })
      ).provider;
    case 'bird':
      return (
        await startBird({
          ...parts,
          channels: placed.filter(isBird).map((one) => birdChannel(one, urlOf(one))),
        })
      ).provider;
  }
}

const isMeta = (one: Placed): one is Placed<MetaWorldAccount> => (one.account.provider ?? 'meta') === 'meta';
const isTwilio = (one: Placed): one is Placed<TwilioWorldAccount> => one.account.provider === 'twilio';
const isVonage = (one: Placed): one is Placed<VonageWorldAccount> => one.account.provider === 'vonage';
const isMessageBird = (one: Placed): one is Placed<MessageBirdWorldAccount> =>
  one.account.provider === 'messagebird';
const isBird = (one: Placed): one is Placed<BirdWorldAccount> => one.account.provider === 'bird';

function twilioAccount({ account }: Placed<TwilioWorldAccount>, url: string) {
  const { accountSid, authToken, apiKey, apiSecret, contents } = account;
  // What the guide says to set in Twilio's console: else what is not taken at once is lost.
  const webhookUrl = `${url}#rc=5&rp=ct,rt,5xx`;
  const senders = [{ number: digitsOf(account), webhookUrl }];
  return { accountSid, authToken, apiKey, apiSecret, contents, senders, users: [] };
}

function vonageAccount({ account, practice }: Placed<VonageWorldAccount>, webhookUrl: string) {
  const { apiKey, applicationId, publicKey, signatureSecret, messagesPerSecond } = account;
  return {
    apiKey,
    applicationId,
    publicKey,
    webhookUrl,
    number: digitsOf(account),
    signatureSecrets: [signatureSecret] as const,
    templates: practice.templates ?? [],
    ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
  };
}

function messageBirdCustomer({ account, practice }: Placed<MessageBirdWorldAccount>, url: string) {
  const { accessKey, signingKey, channelId: id, templateNamespace: namespace } = account;
  const templates = (practice.templates ?? []).map(({ name, language, body, buttons }) => ({
    name,
    language,
    body,
    labels: buttons,
    variables: new Set(body.match(/\{\{\d+\}\}/g)).size,
    buttons: buttons.length,
  }));
  const events = ['message.created', 'message.updated'] as const;
  return {
    accessKey,
    signingKey,
    channels: [{ id, number: digitsOf(account), namespace, templates }],
    webhooks: [{ url, events }],
  };
}

function birdChannel({ account }: Placed<BirdWorldAccount>, webhookUrl: string) {
  const { workspaceId, channelId, accessKey, signingKey, projects: templates } = account;
  const number = `+${digitsOf(account)}`;
  return { workspaceId, channelId, accessKey, signingKey, webhookUrl, number, templates };
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
