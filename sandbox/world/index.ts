import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type FhirServer, startFhir } from '../fhir/index.ts';
import type { Meta } from '../meta/index.ts';
import { createPhone, type Phone, type PhoneLine } from '../phone/index.ts';
import type { Clock } from '../provider/clock.ts';
import type { Provider } from '../provider/provider.ts';
import { type Calendars, keepCalendars } from './calendars.ts';
import { createLive, type Live } from './live.ts';
import type { WorldOptions } from './options.ts';
import type { PmsSource } from './pms.ts';
import { createProduct } from './product.ts';
import { startProviders } from './providers.ts';
import { mountWorld } from './routes.ts';

export type { ProviderName } from '../provider/provider.ts';
export { providerNames } from '../provider/provider.ts';
export type { WorldVisitType } from './calendar.ts';
export { type ChannelsOptions, channelsFile } from './channels.ts';
export { type MovableClock, openClock } from './clock.ts';
export { type Credentials, loadCredentials } from './credentials.ts';
export type { LiveEvent } from './live.ts';
export type { MetaWorldAccount, WorldAccount, WorldOptions, WorldPms, WorldPractice } from './options.ts';
export {
  type CalendarSlot,
  type FhirResource,
  type PmsCalendar,
  PmsError,
  readCalendar,
  readPms,
} from './pms.ts';

/**
 * The world around the product: the provider, the practice systems, the patients and their phones. It speaks to the product
 * only by the protocols that the real ones speak.
 */
export type World = {
  readonly clock: Clock;
  /** By account id: the provider that its number is at. */
  readonly providerOf: (accountId: string) => Provider;
  /** Account id → its number at its provider, for further phones. */
  readonly lines: Readonly<Record<string, PhoneLine>>;
  /** The only provider, or the first account's. */
  readonly provider: Provider;
  /** Webhooks that the product has not taken yet. */
  readonly waiting: () => number;
  /** FHIR base URL of a practice's system. */
  readonly pmsUrl: (practiceId: string) => string | undefined;
  /** All that is Meta's own. @throws Error where no practice is at Meta */
  readonly meta: Meta;
  /** Undefined when every practice system was given. */
  readonly fhir: FhirServer | undefined;
  readonly phone: Phone;
  readonly live: Live;
  readonly calendars: Calendars;
  /** Mounts `/sandbox` on the product's server. */
  readonly routes: (app: FastifyInstance) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts the simulators. The provider begins to deliver once the product answers its verification. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { clock, dataDir, practices, ports = {} } = options;
  const providers = await startProviders(options);
  const phone = createPhone({
    accounts: providers.lines,
    ...(options.patients === undefined ? {} : { patients: options.patients }),
  });
  const providerOf = (accountId: string): Provider => {
    const found = providers.lines[accountId]?.provider;
    if (found === undefined) throw new Error(`the world has no account ${accountId}`);
    return found;
  };
  const given = new Map<string, PmsSource>((options.pmsList ?? []).map((pms) => [pms.practiceId, pms]));
  const own = practices.map(({ id }) => id).filter((id) => !given.has(id));
  // Assigned below; a practice system may tell of a change only after it was started.
  let live: Live | undefined;
  const fhir =
    own.length === 0
      ? undefined
      : await (options.startFhir ?? startFhir)({
          port: ports.fhir ?? 0,
          tenants: own,
          clock: () => new Date(clock.now()),
          onChange: ({ tenant }) => live?.pmsChanged(tenant),
          ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'fhir') }),
        });
  const pmsOf = (practiceId: string): PmsSource | undefined =>
    given.get(practiceId) ??
    (fhir !== undefined && own.includes(practiceId) ? { baseUrl: fhir.base(practiceId) } : undefined);
  const product = createProduct(options.productUrl, options.apiToken);
  const watching = createLive({ phone, product, practiceIds: practices.map(({ id }) => id), watched: given });
  live = watching;
  const calendars = keepCalendars({
    practices,
    clock,
    baseUrl: (id) => (own.includes(id) ? fhir?.base(id) : undefined),
  });
  const stopping = new AbortController();
  return {
    clock,
    providerOf,
    lines: providers.lines,
    get provider() {
      return providerOf(practices[0]?.accounts[0]?.id ?? '');
    },
    waiting: () => [...providers.all.values()].reduce((sum, provider) => sum + provider.waiting(), 0),
    pmsUrl: (practiceId) => pmsOf(practiceId)?.baseUrl,
    get meta() {
      if (providers.meta === undefined) throw new Error('no practice of this world is at Meta');
      return providers.meta;
    },
    fhir,
    phone,
    live: watching,
    calendars,
    routes: (app) =>
      mountWorld(app, {
        options,
        providers: [...providers.all.values()],
        fhir,
        phone,
        live: watching,
        calendars,
        product,
        pmsOf,
        stopping: stopping.signal,
      }),
    stop: async () => {
      stopping.abort();
      await watching.stop();
      await calendars.stop();
      await Promise.all([...providers.all.values()].map((provider) => provider.stop()));
      await fhir?.stop();
    },
  };
}
