import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StaffRole } from '#security/contract.ts';
import { type RouteTable, type RouteWorld, roleFindings, routesOf, tableFindings } from './route-roles.ts';
import { createStaffWorld, type StaffServer, type StaffWorld } from './staff-world.ts';

// Of our own making, and read by every test here.
const table = JSON.parse(readFileSync(new URL('./route-roles.json', import.meta.url), 'utf8')) as RouteTable;

let world: StaffWorld;
let server: StaffServer;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server();
});

afterAll(() => world.stop());

const practices = { own: 'aurora', other: 'riverside' } as const;

const cookieOf = async (role: StaffRole, practice: 'own' | 'other') =>
  world.session(await world.person(role, practices[practice]), practices[practice]);

const routeWorld = ({ app, publicUrl }: StaffServer, rules: RouteTable = table): RouteWorld => ({
  app,
  url: publicUrl.replace('localhost', '127.0.0.1'),
  table: rules,
  cookieOf,
  pathOf: async (route) => (route.split(' ')[1] ?? '').replace(':id', await world.person('front-desk')),
});

describe('every route', () => {
  test('was looked at', () => {
    const names = routesOf(server.app).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(15);
    expect(names).toContain('DELETE /api/staff/:id/sessions');
  });

  test('is in the table, and the table holds no other', () => {
    expect(tableFindings(server.app, table)).toEqual([]);
  });

  test('lets in exactly the roles of the table', async () => {
    expect(await roleFindings(routeWorld(server))).toEqual([]);
  });

  test('of staff is in the way of somebody who has a session of another name, or half of one', async () => {
    const cookie = await cookieOf('admin', 'own');
    for (const wrong of [cookie.slice(0, -1), cookie.replace('aurora', 'riverside')]) {
      expect((await server.ask('/api/staff', { cookie: wrong })).status).toBe(401);
    }
  });
});

describe('the test itself', () => {
  test('finds a route that the table does not know, and a line without a route', () => {
    const { 'GET /api/staff': _, ...less } = table;
    expect(tableFindings(server.app, { ...less, 'GET /api/nowhere': 'public' })).toEqual([
      'GET /api/staff is not in the table',
      'GET /api/nowhere is in the table, and is no route',
    ]);
    expect(tableFindings(server.app, { ...table, 'GET /api/audit': 'public' })).toEqual([
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
