import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isoNow } from '#platform/clock.ts';
import { cannedReplies, conversationDetail } from '../contract.ts';
import {
  type HandoffRouteDeps,
  inConversation,
  namesOf,
  params,
  practiceOf,
  readCursor,
  unknownConversation,
  writeCursor,
} from '../request/routes.ts';
import { cannedReply, inLanguage } from '../wording.ts';
import { knownOf, readConversation } from './views.ts';

const position = z.string().regex(/^\d{1,19}$/);

/** Of the page before: opaque to the browser. */
const threadCursor = z.object({
  letter: z.tuple([z.union([z.iso.datetime(), z.literal('infinity')]), position]),
  message: position,
  event: position,
});

/** One conversation, and what can be said in it with a click. */
export function detailRoutes(app: FastifyInstance, deps: HandoffRouteDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/conversations/:id',
    {
      config: { access: 'staff', action: 'ReadConversation', phi: true },
      schema: {
        params,
        querystring: z.object({ before: z.string().max(400).optional() }),
        response: { 200: conversationDetail },
      },
    },
    async (request) => {
      const { staff } = request;
      const practice = practiceOf(deps, staff);
      const before = readCursor(threadCursor, request.query.before, 'querystring.before');
      const now = isoNow(deps.clock);
      const detail = await inConversation(deps, request, request.params.id, async (tx) => {
        const names = await namesOf(tx, deps);
        return await readConversation(tx, deps, practice, request.params.id, { staff, names, before, now });
      });
      if (detail === undefined) throw unknownConversation();
      return { ...detail, older: writeCursor(detail.older) };
    },
  );
  typed.get(
    '/api/conversations/:id/canned',
    {
      config: { access: 'staff', action: 'AnswerConversation', phi: true },
      schema: { params, response: { 200: cannedReplies } },
    },
    async (request) => {
      const practice = practiceOf(deps, request.staff);
      const now = isoNow(deps.clock);
      const known = await inConversation(deps, request, request.params.id, (tx) =>
        knownOf(tx, deps, practice, request.params.id, now),
      );
      if (known === undefined) throw unknownConversation();
      const replies = practice.routing.cannedReplies.flatMap(({ id, title, text }) => {
        const words = inLanguage(text, known.language, practice.settings);
        const filled = words === undefined ? undefined : cannedReply(words, known, request.staff.name);
        return filled === undefined ? [] : [{ id, title, text: filled }];
      });
      return { replies };
    },
  );
}
