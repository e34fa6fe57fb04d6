import { createDeliveryStore, webhookRoutes } from '#channels/index.ts';
import { createLiveFacts } from '#platform/eventstore/live.ts';
import { timelineRoutes } from '#platform/eventstore/routes.ts';
import { healthRoutes } from '#platform/http/health.ts';
import { defaultLimits } from '#platform/http/limits.ts';
import { staffPages } from '#platform/http/pages.ts';
import { createHttp } from '#platform/http/server.ts';
import {
  createStaffGate,
  ensureFirstAdmin,
  type FirstAdminLink,
  type StaffDeps,
  type StaffPractice,
  seedPersonas,
  staffRoutes,
} from '#security/index.ts';
import type { LoadedPractice } from '../cli/load-practices.ts';
import type { Parts } from './parts.ts';
import { screenRoutes } from './screens.ts';

export type Web = {
  readonly url: string;
  /** Links for practices that nobody can administer yet: to be shown once. */
  readonly firstAdmins: readonly FirstAdminLink[];
  readonly stop: () => Promise<void>;
};

/** Everything that is answered over HTTP. */
export async function startWeb(parts: Parts): Promise<Web> {
  const { db, sealer, queues, clock, metrics, accounts, log } = parts;
  let phase: 'starting' | 'ok' | 'stopping' = 'starting';
  const sandbox = parts.sandbox !== undefined;
  const staffDeps: StaffDeps = {
    db,
    sealer,
    log,
    publicUrl: parts.http.publicUrl,
    sandbox,
    practices: parts.practices.map(staffPractice),
  };
  const gate = createStaffGate(staffDeps);
  const app = await createHttp({
    log,
    apiToken: parts.apiToken,
    staff: gate,
    trustedProxies: parts.http.trustedProxies,
    sandbox,
    version: parts.version,
    limits: parts.http.limits,
    metrics,
  });
  healthRoutes(app, { ping: db.ping, phase: () => phase, systemsAway: parts.systemsAway });
  const deliveries = createDeliveryStore({ db: parts.ingestDb, sealer, queues, clock, metrics });
  webhookRoutes(app, { accounts, deliveries, metrics, publicUrl: parts.http.publicUrl, log, clock });
  timelineRoutes(app, { db, practiceIds: new Set(parts.practices.map((practice) => practice.settings.id)) });
  staffRoutes(app, staffDeps);
  await seedPersonas(staffDeps);
  const facts = createLiveFacts({ db, log });
  screenRoutes(app, parts, gate, facts);
  await staffPages(app, { dir: parts.staffAppDir, sandbox });
  await parts.sandbox?.(app);
  // By name it would listen at two addresses, the second one without our limits.
  const host = parts.http.host === 'localhost' ? '127.0.0.1' : parts.http.host;
  // As many as there is room for may come at once. Beyond this the system lets them knock again, up to seconds later.
  const backlog = parts.http.limits?.maxSockets ?? defaultLimits.maxSockets;
  const url = await app.listen({ host, port: parts.http.port, backlog });
  phase = 'ok';
  return {
    url,
    firstAdmins: await ensureFirstAdmin(staffDeps),
    async stop() {
      phase = 'stopping';
      await app.close();
      await facts.stop();
    },
  };
}

function staffPractice({ settings, staff }: LoadedPractice): StaffPractice {
  const { id, name, timeZone, languages } = settings;
  return { id, name, timeZone, languages, ...(staff === undefined ? {} : { oidc: staff.oidc }) };
}
