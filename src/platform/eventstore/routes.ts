import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Db } from '../db/db.ts';
import { HttpError } from '../http/errors.ts';
import { beginning, type Cursor, committedAfter } from './reader.ts';

const query = z.object({
  practice: z.string().min(1).max(40),
  /** `next` of the page before; absent for the beginning. */
  after: z
    .string()
    .regex(/^\d{1,20}:\d{1,20}$/, 'expected the "next" of the page before, such as "741:12"')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

const page = z.object({
  events: z.array(
    z.object({
      position: z.string(),
      at: z.string(),
      stream: z.string(),
      type: z.string(),
      data: z.unknown(),
      actor: z.string(),
      correlationId: z.string(),
    }),
  ),
  next: z.string(),
});

function readCursor(text: string | undefined): Cursor {
  const [xact, position] = text?.split(':') ?? [];
  return xact === undefined || position === undefined ? beginning : { xact, position };
}

const writeCursor = ({ xact, position }: Cursor) => `${xact}:${position}`;

/** `/api/timeline`: what happened in a practice, in commit order, without patient data. */
export function timelineRoutes(
  app: FastifyInstance,
  options: { readonly db: Db; readonly practiceIds: ReadonlySet<string> },
): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(
      '/api/timeline',
      { config: { access: 'service' }, schema: { querystring: query, response: { 200: page } } },
      async (request) => {
        const { practice, after, limit } = request.query;
        if (!options.practiceIds.has(practice)) {
          throw new HttpError('NOT_FOUND', {
            field: 'practice',
            expected: 'the id of a practice',
            example: 'aurora',
          });
        }
        const cursor = readCursor(after);
        const rows = await options.db.tx(practice, (tx) => committedAfter(tx, cursor, limit));
        const events = rows.map(({ xact, position, at, stream, type, data, actor, correlationId }) => ({
          position: writeCursor({ xact, position }),
          at,
          stream,
          type,
          data,
          actor,
          correlationId,
        }));
        return { events, next: writeCursor(rows.at(-1) ?? cursor) };
      },
    );
}
