import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const answer = z.object({
  status: z.enum(['ok', 'starting', 'stopping', 'unavailable']),
  /** Practice systems that do not answer this process: what is owed to them waits, the process itself is well. */
  practiceSystemsAway: z.number().int().optional(),
});

/**
 * `/health/live`: the process answers. `/health/ready`: it can do its work (the database answers and it is not stopping);
 * a balancer sends traffic by this one.
 */
export function healthRoutes(
  app: FastifyInstance,
  options: {
    readonly ping: () => Promise<void>;
    readonly phase: () => 'starting' | 'ok' | 'stopping';
    readonly systemsAway: () => number;
  },
): void {
  app.get(
    '/health/live',
    { config: { access: 'public' }, schema: { response: { 200: answer } } },
    async () => ({ status: 'ok' as const }),
  );
  app.get(
    '/health/ready',
    { config: { access: 'public' }, schema: { response: { 200: answer, 503: answer } } },
    async (_request, reply) => {
      const phase = options.phase();
      if (phase !== 'ok') return reply.code(503).send({ status: phase });
      try {
        await options.ping();
      } catch {
        return reply.code(503).send({ status: 'unavailable' as const });
      }
      return { status: 'ok' as const, practiceSystemsAway: options.systemsAway() };
    },
  );
}
