import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Provider } from '../provider/provider.ts';
import { accountsOf, type MetaApp } from './accounts.ts';
import { type Chats, createChats } from './chats.ts';
import type { Clock } from './clock.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createFaults, type Faults } from './faults.ts';
import { createLedger, type DeliveryEntry, type Ledger } from './ledger.ts';
import { createMedia, type Media } from './media.ts';
import { createMessaging, type Messaging, type MetaEvents, type StatusDelays } from './messaging.ts';
import { providerOf } from './provider.ts';
import { createServer, type ServerParts } from './server.ts';
import { openStore } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { createTemplates, type Templates } from './templates.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export type { IdentityMode, MetaAccount, MetaApp, WhatsAppUser } from './accounts.ts';
export type { ChatMessage } from './chats.ts';
export { type Clock, standingClock } from './clock.ts';
export { type Faults, isMetaFault, type MetaFault, metaFaults } from './faults.ts';
export { bsuidOf } from './ids.ts';
export type { DeliveryEntry, Ledger } from './ledger.ts';
export type { ChatEvent, MetaEvents } from './messaging.ts';
export type { NewTemplate, Template, TemplateCategory, TemplateStatus, Templates } from './templates.ts';

export type MetaOptions = {
  readonly apps: readonly MetaApp[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** A folder for what must survive a restart; without it, nothing does. */
  readonly store?: string;
  /** Sign and send non-ASCII as `\uXXXX`, as generic Graph webhooks do. Default true. */
  readonly escape?: boolean;
  readonly delays?: StatusDelays;
  /** How 131026 and 131047 are told: at once (the default), or accepted first and failed by webhook. */
  readonly refuseBy?: 'response' | 'webhook';
  /** Told of each attempt to deliver a webhook. */
  readonly onDelivered?: (entry: DeliveryEntry) => void;
};

export type Meta = {
  /** `http://127.0.0.1:54321`: the base URL to use in place of Graph's. */
  readonly url: string;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly directory: Directory;
  readonly chats: Chats;
  readonly media: Media;
  readonly templates: Templates;
  readonly events: MetaEvents;
  readonly clock: Clock;
  readonly receive: Messaging['receive'];
  readonly seen: Messaging['seen'];
  /** Resolves once every callback has been verified; until then no webhook leaves. */
  readonly ready: Webhooks['ready'];
  /** Call it after the clock was moved. */
  readonly wake: () => void;
  /** Webhooks that no callback has taken yet. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

/** What every simulator is to the phones, beside all that is Meta's own. */
export type MetaProvider = Meta & { readonly provider: Provider };

/** Starts a Graph API of its own on loopback, with the webhooks of its accounts. */
export async function startMeta(options: MetaOptions): Promise<MetaProvider> {
  const { clock } = options;
  const store = openStore(options.store);
  const accounts = accountsOf(options.apps);
  const chats = createChats(store);
  const media = createMedia(store, clock);
  const directory = createDirectory(store, accounts);
  const templates = createTemplates(store);
  for (const { account } of accounts.all) {
    for (const template of account.templates ?? []) templates.put(account.wabaId, template, 'APPROVED');
  }
  const ledger = createLedger(store, chats, options.onDelivered);
  const faults = createFaults();
  const events: MetaEvents = new EventEmitter();
  // Every open phone listens.
  events.setMaxListeners(0);
  const webhooks = createWebhooks({
    store,
    accounts,
    clock,
    faults,
    ledger,
    escape: options.escape ?? true,
    onLeave: (phoneNumberId, userId) => events.emit('chat', { phoneNumberId, userId, what: 'status' }),
  });
  const messaging = createMessaging({
    store,
    accounts,
    chats,
    directory,
    media,
    templates,
    faults,
    ledger,
    events,
    clock,
    webhooks: () => webhooks,
    delays: options.delays ?? { sentMs: 30, deliveredMs: 250 },
    refuseBy: options.refuseBy ?? 'response',
  });
  const subscriptions = subscriptionsOf(store);
  const parts = {
    accounts,
    messaging,
    media,
    templates,
    faults,
    ledger,
    webhooks,
    subscriptions,
    clock,
  };
  const listening = await listen(parts, options);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await listening.close();
    await webhooks.stop();
    store.close();
  };
  const meta: Meta = {
    url: listening.url,
    ledger,
    faults,
    directory,
    chats,
    media,
    templates,
    events,
    clock,
    receive: messaging.receive,
    seen: messaging.seen,
    ready: webhooks.ready,
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    stop: () => (stopped ??= stop()),
  };
  return { ...meta, provider: providerOf(meta, accounts) };
}

async function listen(
  parts: Omit<ServerParts, 'url'>,
  { port = 0, host = '127.0.0.1' }: MetaOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  let url = '';
  const server = createServer({ ...parts, url: () => url });
  await server.listen({ port, host });
  url = addressOf(server.server.address());
  return { url, close: () => server.close() };
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string')
    throw new Error('the simulator does not listen on a port');
  return `http://${address.address}:${address.port}`;
}
