import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Db, Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import type { StaffPrincipal } from '#platform/http/server.ts';
import { failedPage, failedQuery } from './contract.ts';
import { type FailedCursor, failedMessages } from './lists/views.ts';

export type FailedMessagesDeps = {
  readonly db: Db;
  /** Short names by conversation: first name and initial, or a masked number. */
  readonly names: (tx: Tx, conversationIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** May this role see patients' names? Who mends failures need not. */
  readonly mayName: (staff: StaffPrincipal) => boolean;
};

/** `GET /api/messages/failed`: what did not reach patients and why, the latest first. Nothing of what was said. */
export function messageRoutes(app: FastifyInstance, { db, names, mayName }: FailedMessagesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/messages/failed',
    {
      config: { access: 'staff', action: 'ReadFailures', phi: true },
      schema: { querystring: failedQuery, response: { 200: failedPage } },
    },
    async (request) => {
      const { limit, after } = request.query;
      const from = after === undefined ? undefined : readCursor(after);
      return await db.tx(request.staff.practiceId, async (tx) => {
        await request.audit(tx, 'messages/failed');
        const rows = await failedMessages(tx, from, limit + 1);
        const shown = rows.slice(0, limit);
        const ids = mayName(request.staff) ? shown.map(({ conversationId }) => conversationId) : [];
        const named = await names(tx, [...new Set(ids)]);
        const last = rows.length > limit ? shown.at(-1) : undefined;
        return {
          messages: shown.map((row) => ({ ...row, name: named.get(row.conversationId) ?? '–' })),
          next: last === undefined ? null : writeCursor(last),
        };
      });
    },
  );
}

/** A moment and a message: `1795341600000.m1`. */
function writeCursor({ changedAt, messageId }: FailedCursor): string {
  return `${Date.parse(changedAt)}.${messageId}`;
}

function readCursor(text: string): FailedCursor {
  const [, ms, messageId] = /^(\d{1,14})\.(.+)$/.exec(text) ?? [];
  if (ms === undefined || messageId === undefined) {
    throw new HttpError('VALIDATION', {
      field: 'after',
      expected: 'the "next" of the page before',
      example: '1795341600000.m1',
    });
  }
  return { changedAt: new Date(Number(ms)).toISOString(), messageId };
}
