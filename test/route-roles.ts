import type { FastifyInstance } from 'fastify';
import { type DeclaredRoute, routesOf as declaredRoutes } from '#platform/http/server.ts';
import { type StaffRole, staffRoles } from '#security/contract.ts';

/**
 * Every route of a server against a table of who may call it, by real requests with real sessions. The table is written by hand: a
 * route that is missing in it, or that lets in another than it says, is a finding.
 */

/** Of a staff route its roles; of another its kind of access. */
export type RouteTable = Readonly<Record<string, readonly StaffRole[] | string>>;

export type RouteWorld = {
  readonly app: FastifyInstance;
  /** Where the server answers; its `PUBLIC_URL` must have the same origin, or be another name of this machine with the same port. */
  readonly url: string;
  readonly table: RouteTable;
  /** A cookie header of a fresh session: a route may end the one that it is called with. */
  readonly cookieOf: (role: StaffRole, practice: 'own' | 'other') => Promise<string>;
  /** The path to call, with ids that exist in the `own` practice where the route has parameters. */
  readonly pathOf?: (route: string) => Promise<string>;
  /** A body that the route reads: where its path names something, a body that is not read would hide what it does with it. */
  readonly bodyOf?: (route: string) => object | undefined;
};

export type Route = DeclaredRoute & { readonly name: string };

/** Every route as `METHOD /pattern`, without the HEAD twin of each GET. */
export function routesOf(app: FastifyInstance): readonly Route[] {
  return declaredRoutes(app)
    .filter(({ method }) => method !== 'HEAD')
    .map((route) => ({ ...route, name: `${route.method} ${route.url}` }));
}

/** What the table and the declarations say of one another. */
export function tableFindings(app: FastifyInstance, table: RouteTable): readonly string[] {
  const routes = routesOf(app);
  const names = new Set(routes.map(({ name }) => name));
  return [
    ...routes.filter(({ name }) => !(name in table)).map(({ name }) => `${name} is not in the table`),
    ...Object.keys(table)
      .filter((name) => !names.has(name))
      .map((name) => `${name} is in the table, and is no route`),
    ...routes
      .filter(({ name, config }) => {
        const entry = table[name];
        if (entry === undefined) return false;
        return typeof entry === 'string' ? entry !== config.access : config.access !== 'staff';
      })
      .map(({ name, config }) => `${name} is declared as ${config.access}, which the table does not say`),
  ];
}

/** Called as somebody: what came of it, in one word. */
type Reply = 'in' | 'signed-out' | 'forbidden' | 'not-there' | 'unread' | 'broken';

function replyOf(status: number): Reply {
  if (status === 400) return 'unread';
  if (status === 401) return 'signed-out';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-there';
  return status >= 500 ? 'broken' : 'in';
}

async function call(world: RouteWorld, route: Route, path: string, cookie?: string): Promise<Reply> {
  const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
  const response = await fetch(`${world.url}${path}`, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(route.method === 'GET' ? {} : { 'sec-fetch-site': 'same-origin' }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    // Who may call it is decided before the body is looked at.
    ...(hasBody ? { body: JSON.stringify(world.bodyOf?.(route.name) ?? {}) } : {}),
  });
  // A stream of events does not end by itself.
  await response.body?.cancel();
  return replyOf(response.status);
}

/** Parameters that name nothing. */
const emptyPath = (route: DeclaredRoute) =>
  route.url.replaceAll(/:[A-Za-z]+/g, 'nothing').replaceAll('*', 'nothing');

async function pathFor(world: RouteWorld, route: Route): Promise<string> {
  return (await world.pathOf?.(route.name)) ?? emptyPath(route);
}

/** Calls every staff route as nobody, as every role, and as every role of another practice; tells what is not as the table says. */
export async function roleFindings(world: RouteWorld): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const route of routesOf(world.app)) {
    const allowed = world.table[route.name];
    if (allowed === undefined || typeof allowed === 'string') continue;
    const expect = (who: string, reply: Reply, wanted: readonly Reply[]) => {
      if (!wanted.includes(reply))
        findings.push(`${route.name} as ${who}: ${reply}, not ${wanted.join(' or ')}`);
    };
    expect('nobody', await call(world, route, await pathFor(world, route)), ['signed-out']);
    for (const role of staffRoles) {
      const isAllowed = allowed.includes(role);
      const own = await call(world, route, await pathFor(world, route), await world.cookieOf(role, 'own'));
      expect(role, own, isAllowed ? ['in', 'not-there', 'unread'] : ['forbidden']);
      const path = await pathFor(world, route);
      const other = await call(world, route, path, await world.cookieOf(role, 'other'));
      // What is named by an id of the other practice is not there for them; what is not, is their own practice's.
      const isNamed = route.url.includes(':');
      expect(
        `${role} of another practice`,
        other,
        isAllowed ? (isNamed ? ['not-there'] : ['in', 'unread']) : ['forbidden'],
      );
    }
  }
  return findings;
}
