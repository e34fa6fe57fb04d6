import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type FhirServer, startFhir } from '../fhir/index.ts';
import { type Meta, type MetaApp, startMeta } from '../meta/index.ts';
import { createPhone, type Phone } from '../phone/index.ts';
import { type Calendars, keepCalendars } from './calendars.ts';
import { createLive, type Live } from './live.ts';
import type { WorldOptions } from './options.ts';
import type { PmsSource } from './pms.ts';
import { createProduct } from './product.ts';
import { mountWorld } from './routes.ts';

export type { WorldVisitType } from './calendar.ts';
export { type MovableClock, openClock } from './clock.ts';
export { type Credentials, loadCredentials } from './credentials.ts';
export type { LiveEvent } from './live.ts';
export type { WorldAccount, WorldOptions, WorldPms, WorldPractice } from './options.ts';
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
  /** The base URL to use in place of Graph's. */
  readonly metaUrl: string;
  /** FHIR base URL of a practice's system. */
  readonly pmsUrl: (practiceId: string) => string | undefined;
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
  const meta = await startMeta({
    clock,
    apps: appsOf(options),
    ...(ports.meta === undefined ? {} : { port: ports.meta }),
    ...(dataDir === undefined ? {} : { store: join(dataDir, 'meta') }),
  });
  const phone = phoneOf(options, meta);
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
    metaUrl: meta.url,
    pmsUrl: (practiceId) => pmsOf(practiceId)?.baseUrl,
    meta,
    fhir,
    phone,
    live: watching,
    calendars,
    routes: (app) =>
      mountWorld(app, {
        options,
        meta,
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
      await meta.stop();
      await fhir?.stop();
    },
  };
}

function phoneOf({ practices, patients }: WorldOptions, meta: Meta): Phone {
  const accounts = practices.flatMap((practice) => practice.accounts);
  return createPhone({
    meta,
    accounts: Object.fromEntries(accounts.map((account) => [account.id, account])),
    ...(patients === undefined ? {} : { patients }),
  });
}

/** Accounts of one app share its secrets; the first account's count. */
function appsOf({ practices, productUrl }: WorldOptions): MetaApp[] {
  const accounts = practices.flatMap((practice) =>
    practice.accounts.map((account) => ({ account, practice })),
  );
  return [...Map.groupBy(accounts, ({ account }) => account.appId)].flatMap(([appId, group]) => {
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
