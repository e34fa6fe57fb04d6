import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { type Db, openDb } from '#platform/db/db.ts';
import { createHttp } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import type { StaffRole } from '#security/contract.ts';
import {
  addPerson,
  createSealer,
  createStaffGate,
  openKeyProvider,
  openSession,
  type Sealer,
  type StaffDeps,
  type StaffPractice,
  staffRoutes,
} from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from './db.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { freePort } from './ports.ts';

/** A server with the staff's routes over a database of its own, for tests; several instances may share the database. */

export const testPractices: readonly StaffPractice[] = [
  { id: 'aurora', name: 'Clínica Aurora', timeZone: 'America/Sao_Paulo', languages: ['pt', 'es', 'en'] },
  { id: 'riverside', name: 'Riverside Clinic', timeZone: 'America/Chicago', languages: ['en', 'es'] },
];

export type Asked = {
  readonly method?: string;
  readonly cookie?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type StaffServer = {
  readonly app: FastifyInstance;
  readonly deps: StaffDeps;
  readonly publicUrl: string;
  /** A real request, as the staff app's page makes it. */
  readonly ask: (path: string, asked?: Asked) => Promise<Response>;
  readonly close: () => Promise<void>;
};

export type StaffWorld = {
  readonly database: TestDatabase;
  readonly db: Db;
  readonly sealer: Sealer;
  /** One more process of the program. */
  readonly server: (options?: {
    readonly sandbox?: boolean;
    readonly practices?: readonly StaffPractice[];
    readonly routes?: (app: FastifyInstance) => void;
    readonly publicUrl?: string;
  }) => Promise<StaffServer>;
  readonly person: (role: StaffRole, practiceId?: string) => Promise<string>;
  /** The cookie header of a session of its own. */
  readonly session: (staffId: string, practiceId?: string) => Promise<string>;
  /** A statement of the superuser. */
  readonly sql: <R extends object>(text: string, values?: unknown[]) => Promise<R[]>;
  readonly stop: () => Promise<void>;
};

/** The cookie that an answer sets, as the browser sends it back; undefined where it sets none of that name. */
export function cookieFrom(response: Response, name = 'vestibule-session'): string | undefined {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .find((cookie) => cookie?.startsWith(`${name}=`));
}

export async function createStaffWorld(): Promise<StaffWorld> {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const provider = openKeyProvider(`file:${folder}/keys.json`);
  const pools: Db[] = [];
  const pool = () => {
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 12 });
    pools.push(db);
    return db;
  };
  const db = pool();
  const sealerFor = async (own: Db) => {
    const sealer = createSealer({ db: own, provider });
    for (const { id } of testPractices) await sealer.preparePractice(id);
    return sealer;
  };
  const sealer = await sealerFor(db);
  const superuser = new pg.Client({ connectionString: database.url });
  await superuser.connect();
  const servers: StaffServer[] = [];

  return {
    database,
    db,
    sealer,
    async server({ sandbox = true, practices = testPractices, routes, publicUrl } = {}) {
      const own = pool();
      const port = await freePort();
      const deps: StaffDeps = {
        db: own,
        sealer: await sealerFor(own),
        log: createLog('silent'),
        publicUrl: publicUrl ?? `http://localhost:${port}`,
        sandbox,
        practices,
      };
      const staff = createStaffGate(deps);
      const app = await createHttp({ log: deps.log, apiToken: undefined, staff, sandbox, version: '0.0.0' });
      staffRoutes(app, deps);
      routes?.(app);
      await app.listen({ port, host: '127.0.0.1' });
      const server: StaffServer = {
        app,
        deps,
        publicUrl: deps.publicUrl,
        ask: (path, { method = 'GET', cookie, body, headers = {} } = {}) =>
          fetch(`http://127.0.0.1:${port}${path}`, {
            method,
            redirect: 'manual',
            headers: {
              ...(method === 'GET' ? {} : { origin: new URL(deps.publicUrl).origin }),
              ...(cookie === undefined ? {} : { cookie }),
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
              ...headers,
            },
            ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          }),
        close: () => app.close(),
      };
      servers.push(server);
      return server;
    },
    person: (role, practiceId = 'aurora') =>
      db.tx(practiceId, (tx) => addPerson(tx, { name: `Somebody of ${role}`, role })),
    session: async (staffId, practiceId = 'aurora') =>
      `vestibule-session=${await db.tx(practiceId, (tx) => openSession(tx, staffId, 'passkey'))}`,
    async sql<R extends object>(text: string, values: unknown[] = []) {
      // The caller knows what its statement returns.
      return (await superuser.query(text, values)).rows as R[];
    },
    async stop() {
      for (const server of servers) await server.close();
      for (const each of pools) await each.close();
      await superuser.end();
      await database.drop();
      await removeFolder(folder);
    },
  };
}
