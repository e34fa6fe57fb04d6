import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Clock } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import { type FiguresAnswer, figuresAnswer, figuresQuery } from './contract.ts';
import { figuresOfDays } from './views.ts';

/** `/api/figures`: what the practice gained, day by day, and what waits now. No patient data. */
export function figureRoutes(
  app: FastifyInstance,
  options: {
    readonly db: Db;
    readonly clock: Clock;
    readonly timeZone: (practiceId: string) => string;
    /** What waits at this moment. */
    readonly now: (tx: Tx) => Promise<FiguresAnswer['now']>;
  },
): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/figures',
    {
      config: { access: 'staff', action: 'ReadFigures' },
      schema: { querystring: figuresQuery, response: { 200: figuresAnswer } },
    },
    async (request) => {
      const { practiceId } = request.staff;
      const now = Temporal.Instant.fromEpochMilliseconds(options.clock.now());
      const today = now.toZonedDateTimeISO(options.timeZone(practiceId)).toPlainDate();
      const first = today.subtract({ days: request.query.days - 1 });
      return await options.db.tx(practiceId, async (tx) => ({
        days: [...(await figuresOfDays(tx, first.toString(), today.toString()))],
        now: await options.now(tx),
      }));
    },
  );
}
