import type { FastifyInstance } from 'fastify';
import { answerRoutes } from './answer/routes.ts';
import { detailRoutes } from './detail/routes.ts';
import { leaseRoutes } from './lease/routes.ts';
import { listRoutes } from './list/routes.ts';
import type { HandoffRouteDeps } from './request/routes.ts';

/** The inbox and its conversations over HTTP: who of staff may do what is decided by the routes' actions. */
export function handoffRoutes(app: FastifyInstance, deps: HandoffRouteDeps): void {
  listRoutes(app, deps);
  detailRoutes(app, deps);
  leaseRoutes(app, deps);
  answerRoutes(app, deps);
}
