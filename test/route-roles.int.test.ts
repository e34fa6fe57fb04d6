import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InboxPage } from '#handoff/contract.ts';
import { systemClock } from '#platform/clock.ts';
import type { Db } from '#platform/db/db.ts';
import { createLog } from '#platform/log.ts';
import type { StaffRole } from '#security/contract.ts';
import { addPerson, openKeyProvider, openSession } from '#security/index.ts';
import { type App, startApp } from '../src/app.ts';
import { loadPractices } from '../src/cli/load-practices.ts';
import { examplePractices, migrationsDir } from '../src/cli/paths.ts';
import { freePort } from './ports.ts';
import { type RouteTable, type RouteWorld, roleFindings, routesOf, tableFindings } from './route-roles.ts';
import { startTestSandbox, type TestSandbox } from './scenarios/sandbox.ts';
import { createStaffWorld, type StaffServer, type StaffWorld } from './staff-world.ts';

// Of our own making, and read by every test here.
const table = JSON.parse(readFileSync(new URL('./route-roles.json', import.meta.url), 'utf8')) as RouteTable;

const practices = { own: 'aurora', other: 'riverside' } as const;

/** Somebody new of a role, and the cookie of a session of theirs. */
const signedIn = (db: Db, role: StaffRole, practice: 'own' | 'other') =>
  db.tx(practices[practice], async (tx) => {
    const staffId = await addPerson(tx, { name: `Somebody of ${role}`, role });
    return { staffId, cookie: `vestibule-session=${await openSession(tx, staffId, 'passkey')}` };
  });

const worldOf = (options: {
  readonly app: FastifyInstance;
  readonly url: string;
  readonly db: Db;
  readonly table: RouteTable;
  readonly conversationId?: string;
}): RouteWorld => ({
  app: options.app,
  url: options.url,
  table: options.table,
  cookieOf: async (role, practice) => (await signedIn(options.db, role, practice)).cookie,
  pathOf: async (route) => {
    const path = route.split(' ')[1] ?? '';
    if (path.startsWith('/api/conversations/')) return path.replace(':id', options.conversationId ?? 'none');
    return path.replace(':id', (await signedIn(options.db, 'front-desk', 'own')).staffId);
  },
  bodyOf: (route) => bodies[route.split(':id/')[1] ?? ''],
});

/** What the routes of a conversation read. */
const bodies: Readonly<Record<string, object>> = {
  renew: { token: 1 },
  // A persona's id is the same in every practice.
  assign: { token: null, staffId: 'persona-manager' },
  release: { token: 1 },
  reply: { token: 1, key: 'by-every-role', text: 'Good morning' },
  'reply-template': { token: 1, key: 'by-every-role', templateId: 'visit-reminder' },
  notes: { key: 'by-every-role', text: 'Called back' },
  resolve: { token: 1, code: 'answered' },
};

describe('every route of the product', () => {
  let sandbox: TestSandbox;
  /** One more process over the sandbox's database, of which we hold the server. */
  let process: App;
  let web: FastifyInstance | undefined;
  let conversationId: string;

  beforeAll(async () => {
    sandbox = await startTestSandbox();
    const maria = sandbox.patient('maria');
    await maria.says('oi');
    await maria.taps('Português');
    await maria.taps('Sim');
    await maria.says('pessoa');
    const manager = await sandbox.staff('manager');
    const inbox = await manager.sees<InboxPage>('/api/inbox?queue=waiting');
    conversationId = inbox.rows[0]?.conversationId ?? 'nobody wrote';
    const env = new Proxy<Record<string, string>>({}, { get: () => 'https://known.example' });
    const loaded = await loadPractices(examplePractices, { env, readFile: () => 'known' });
    if ('findings' in loaded) throw new Error('the example practices are not right');
    const port = await freePort();
    process = await startApp({
      ownerUrl: sandbox.databaseUrl,
      migrationsDir,
      practices: loaded.practices,
      roles: ['web'],
      keyProvider: openKeyProvider(`file:${sandbox.dataDir}/keys.json`),
      clock: systemClock,
      log: createLog('silent'),
      http: { host: '127.0.0.1', port, publicUrl: `http://localhost:${port}` },
      apiToken: 'a-token-of-enough-length',
      metricsPort: 0,
      staffAppDir: sandbox.dataDir,
      version: '0.0.0',
      sandbox: async (app) => {
        web = app;
      },
    });
  });

  afterAll(async () => {
    await process?.stop();
    await sandbox?.stop();
  });

  const server = (): FastifyInstance => {
    if (web === undefined) throw new Error('the process has no web server');
    return web;
  };

  test('was looked at', () => {
    const names = routesOf(server()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names).toContain('POST /api/conversations/:id/reply');
  });

  test('is in the table, and the table holds no other', () => {
    expect(tableFindings(server(), table)).toEqual([]);
  });

  test('lets in exactly the roles of the table, and nobody to what another practice has', async () => {
    const { url, db } = process;
    const { cookie } = await signedIn(db, 'manager', 'own');
    const known = await fetch(`${url}/api/conversations/${conversationId}`, { headers: { cookie } });
    expect(known.status).toBe(200);
    const findings = await roleFindings(
      worldOf({ app: server(), url: url ?? '', db, table, conversationId }),
    );
    expect(findings).toEqual([]);
  });
});

let world: StaffWorld;
let server: StaffServer;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server();
});

afterAll(() => world.stop());

const routeWorld = ({ app, publicUrl }: StaffServer, rules: RouteTable): RouteWorld =>
  worldOf({ app, url: publicUrl.replace('localhost', '127.0.0.1'), db: world.db, table: rules });

describe('the test itself', () => {
  test('finds a route that the table does not know, a line without a route, and a wrong kind', () => {
    const names = new Set(routesOf(server.app).map(({ name }) => name));
    const known = Object.fromEntries(Object.entries(table).filter(([name]) => names.has(name)));
    expect(tableFindings(server.app, known)).toEqual([]);
    const { 'GET /api/staff': _, ...less } = known;
    expect(tableFindings(server.app, { ...less, 'GET /api/nowhere': 'public' })).toEqual([
      'GET /api/staff is not in the table',
      'GET /api/nowhere is in the table, and is no route',
    ]);
    expect(tableFindings(server.app, { ...known, 'GET /api/audit': 'public' })).toEqual([
      'GET /api/audit is declared as staff, which the table does not say',
    ]);
  });

  test('finds a role that is let in against the table, and one that is not', async () => {
    const rules = { 'GET /api/audit': ['manager'] } as const;
    expect(await roleFindings(routeWorld(server, rules))).toEqual([
      'GET /api/audit as manager: forbidden, not in or not-there or unread',
      'GET /api/audit as manager of another practice: forbidden, not in or unread',
      'GET /api/audit as auditor: in, not forbidden',
      'GET /api/audit as auditor of another practice: in, not forbidden',
    ]);
  });

  test('finds a route that shows what another practice has', async () => {
    const leaky = await world.server({
      routes: (app) => {
        const config = { access: 'staff', action: 'ReadFigures' } as const;
        app.get('/api/figures/:id', { config }, () => ({ of: 'anybody' }));
      },
    });
    const findings = await roleFindings(
      routeWorld(leaky, {
        'GET /api/figures/:id': ['front-desk', 'clinician', 'manager', 'auditor', 'admin'],
      }),
    );
    expect(findings).toHaveLength(5);
    expect(findings[0]).toBe('GET /api/figures/:id as front-desk of another practice: in, not not-there');
  });
});
