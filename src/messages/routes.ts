import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { HttpError } from '#platform/http/errors.ts';
import type { StaffPrincipal } from '#platform/http/server.ts';
import type { Queues } from '#platform/queue.ts';
import { sendAgain } from './commands.ts';
import { failedPage, failedQuery, sendAgainAnswer, sendAgainParams, underwayHours } from './contract.ts';
import { type FailedCursor, failedMessages } from './lists/views.ts';
import { countUnderway } from './underway/views.ts';

export type FailedMessagesDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly clock: Clock;
  /** Short names by conversation: first name and initial, or a masked number. */
  readonly names: (tx: Tx, conversationIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** May this role see patients' names? Who mends failures need not. */
  readonly mayName: (staff: StaffPrincipal) => boolean;
};

/** `/api/messages`: what did not reach patients, or may not have; and another try for what is in doubt. */
export function messageRoutes(app: FastifyInstance, deps: FailedMessagesDeps): void {
  failedRoute(app, deps);
  sendAgainRoute(app, deps);
}

/** `POST /api/messages/:id/send-again`: a person decides that a message in doubt is sent once more. */
function sendAgainRoute(app: FastifyInstance, { db, store, queues, clock }: FailedMessagesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/messages/:id/send-again',
    {
      config: { access: 'staff', action: 'RedriveDeadLetters' },
      schema: { params: sendAgainParams, response: { 200: sendAgainAnswer } },
    },
    async (request) => {
      const { practiceId, staffId } = request.staff;
      return await db.tx(practiceId, async (tx) => {
        await request.audit(tx, `message/${request.params.id}`);
        const asked = await sendAgain(tx, { store, queues }, request.params.id, {
          staffId,
          at: isoNow(clock),
        });
        if (asked === undefined) {
          throw new HttpError('NOT_FOUND', { field: 'id', expected: 'the id of a message of this practice' });
        }
        return { asked };
      });
    },
  );
}

/** `GET /api/messages/failed`: what did not reach patients and why, the latest first. Nothing of what was said. */
function failedRoute(app: FastifyInstance, { db, clock, names, mayName }: FailedMessagesDeps): void {
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
          underway: await countUnderway(tx, new Date(clock.now() - underwayHours * hourMs).toISOString()),
        };
      });
    },
  );
}

const hourMs = 3_600_000;

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
