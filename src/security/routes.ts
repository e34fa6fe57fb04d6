import type { FastifyInstance } from 'fastify';
import type { StaffDeps } from './deps.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { passkeyRoutes } from './passkey-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { auditRoutes, staffAdminRoutes } from './staff-routes.ts';

/** Signing in and out, who works here, and the audit trail. The server must have the gate of `createStaffGate`. */
export function staffRoutes(app: FastifyInstance, deps: StaffDeps): void {
  sessionRoutes(app, deps);
  passkeyRoutes(app, deps);
  oidcRoutes(app, deps);
  staffAdminRoutes(app, deps);
  auditRoutes(app, deps);
}
