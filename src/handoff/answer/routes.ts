import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { isoNow } from '#platform/clock.ts';
import { HttpError } from '#platform/http/errors.ts';
import { resolveHandoff } from '../commands.ts';
import { noteBody, replyAnswer, replyBody, replyTemplateBody, resolveBody } from '../contract.ts';
import { knownOf, sayableTemplates } from '../detail/views.ts';
import { readListedRow } from '../list/views.ts';
import {
  done,
  type HandoffRouteDeps,
  inConversation,
  noContent,
  params,
  practiceOf,
} from '../request/routes.ts';
import { addNote, replyToPatient, seeMessages } from './commands.ts';

/** What the owner says to the patient and to colleagues, and how it ends. */
export function answerRoutes(app: FastifyInstance, deps: HandoffRouteDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const config = { access: 'staff' as const, action: 'AnswerConversation' };
  typed.post(
    '/api/conversations/:id/reply',
    { config, schema: { params, body: replyBody, response: { 200: replyAnswer } } },
    async (request) => {
      const { staff, body } = request;
      const { settings, routing } = practiceOf(deps, staff);
      const reply = {
        staffId: staff.staffId,
        token: body.token,
        key: body.key,
        leaseMinutes: routing.leaseMinutes,
        content: { kind: 'text' as const, text: body.text },
        // What staff write in an open practice may be anything; elsewhere they were told to keep to logistics.
        dataClass: settings.contentMode === 'open' ? ('clinical' as const) : ('logistics' as const),
        template: null,
      };
      return done(
        await inConversation(deps, request, request.params.id, (tx) =>
          replyToPatient(tx, deps, request.params.id, reply),
        ),
      );
    },
  );
  typed.post(
    '/api/conversations/:id/reply-template',
    { config, schema: { params, body: replyTemplateBody, response: { 200: replyAnswer } } },
    async (request) => {
      const { staff, body, params } = request;
      const practice = practiceOf(deps, staff);
      const now = isoNow(deps.clock);
      const said = await inConversation(deps, request, params.id, async (tx) => {
        const known = await knownOf(tx, deps, practice, params.id, now);
        if (known === undefined) return { refused: 'UNKNOWN_CONVERSATION' as const };
        const template = sayableTemplates(practice, known).find(({ id }) => id === body.templateId);
        if (template === undefined) return undefined;
        const { staffId } = staff;
        const { leaseMinutes } = practice.routing;
        const { content, dataClass, id } = template;
        const { token, key } = body;
        return await replyToPatient(tx, deps, params.id, {
          staffId,
          token,
          key,
          leaseMinutes,
          content,
          dataClass,
          template: id,
        });
      });
      if (said === undefined)
        throw new HttpError('VALIDATION', {
          field: 'body.templateId',
          expected: 'one of the templates that the conversation lists',
        });
      return done(said);
    },
  );
  typed.post(
    '/api/conversations/:id/notes',
    { config, schema: { params, body: noteBody, response: noContent } },
    async (request, reply) => {
      const note = { staffId: request.staff.staffId, ...request.body };
      done(
        await inConversation(deps, request, request.params.id, (tx) =>
          addNote(tx, deps, request.params.id, note),
        ),
      );
      return reply.code(204).send();
    },
  );
  typed.post(
    '/api/conversations/:id/resolve',
    { config, schema: { params, body: resolveBody, response: noContent } },
    async (request, reply) => {
      const { staff, body } = request;
      const codes = practiceOf(deps, staff).routing.resolutionCodes;
      if (!codes.some(({ id }) => id === body.code))
        throw new HttpError('VALIDATION', {
          field: 'body.code',
          expected: 'one of the practice’s resolution codes',
          example: codes[0]?.id ?? 'answered',
        });
      const end = { staffId: staff.staffId, ...body };
      done(
        await inConversation(deps, request, request.params.id, (tx) =>
          resolveHandoff(tx, deps, request.params.id, end),
        ),
      );
      return reply.code(204).send();
    },
  );
  typed.post(
    '/api/conversations/:id/seen',
    { config, schema: { params, response: noContent } },
    async (request, reply) => {
      const { staffId, practiceId } = request.staff;
      const { id } = request.params;
      const seen = await deps.db.tx(practiceId, async (tx) => {
        const row = await readListedRow(tx, id);
        if (row === undefined) return { refused: 'UNKNOWN_CONVERSATION' as const };
        // Seeing what was seen already is no fact.
        return row.unread === 0 ? {} : await seeMessages(tx, deps, id, staffId);
      });
      done(seen);
      return reply.code(204).send();
    },
  );
}
