import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { HttpError } from '#platform/http/errors.ts';
import type { StaffPrincipal } from '#platform/http/server.ts';
import { assignHandoff, type LeaseAnswer, releaseHandoff, renewLease, takeHandoff } from '../commands.ts';
import { assignBody, releaseBody, renewBody, takeAnswer, takeBody } from '../contract.ts';
import {
  done,
  type HandoffRouteDeps,
  inConversation,
  mayAnswer,
  noContent,
  params,
  practiceOf,
} from '../request/routes.ts';

function leased(answer: LeaseAnswer): z.infer<typeof takeAnswer> {
  const { token, until } = done(answer).lease;
  return { token, until };
}

/** Who has the conversation: taking, keeping, handing on, giving back. */
export function leaseRoutes(app: FastifyInstance, deps: HandoffRouteDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const leaseMinutes = (staff: StaffPrincipal) => practiceOf(deps, staff).routing.leaseMinutes;
  typed.post(
    '/api/conversations/:id/take',
    {
      config: { access: 'staff', action: 'AnswerConversation' },
      schema: { params, body: takeBody, response: { 200: takeAnswer } },
    },
    async (request) => {
      const { staff, body } = request;
      if (body.over && !deps.permits(staff, 'TakeOverConversation')) throw new HttpError('FORBIDDEN');
      const wish = { staffId: staff.staffId, over: body.over, leaseMinutes: leaseMinutes(staff) };
      return leased(
        await inConversation(deps, request, request.params.id, (tx) =>
          takeHandoff(tx, deps, request.params.id, wish),
        ),
      );
    },
  );
  typed.post(
    '/api/conversations/:id/renew',
    {
      config: { access: 'staff', action: 'AnswerConversation' },
      schema: { params, body: renewBody, response: { 200: takeAnswer } },
    },
    async (request) => {
      const { staffId, practiceId } = request.staff;
      const owner = { staffId, token: request.body.token, leaseMinutes: leaseMinutes(request.staff) };
      // A sign of life every minute tells an auditor nothing.
      return leased(await deps.db.tx(practiceId, (tx) => renewLease(tx, deps, request.params.id, owner)));
    },
  );
  typed.post(
    '/api/conversations/:id/assign',
    {
      config: { access: 'staff', action: 'AssignConversation' },
      schema: { params, body: assignBody, response: noContent },
    },
    async (request, reply) => {
      const { staff, body } = request;
      const wish = { by: staff.staffId, ...body, leaseMinutes: leaseMinutes(staff) };
      const acted = await inConversation(deps, request, request.params.id, async (tx) => {
        const people = await deps.staff(tx);
        const to = people.find(({ staffId }) => staffId === body.staffId);
        if (to === undefined || !mayAnswer(deps, staff.practiceId, to)) return undefined;
        return await assignHandoff(tx, deps, request.params.id, wish);
      });
      if (acted === undefined)
        throw new HttpError('VALIDATION', {
          field: 'body.staffId',
          expected: 'a colleague who may answer patients',
        });
      done(acted);
      return reply.code(204).send();
    },
  );
  typed.post(
    '/api/conversations/:id/release',
    {
      config: { access: 'staff', action: 'AnswerConversation' },
      schema: { params, body: releaseBody, response: noContent },
    },
    async (request, reply) => {
      const owner = { staffId: request.staff.staffId, token: request.body.token };
      done(
        await inConversation(deps, request, request.params.id, (tx) =>
          releaseHandoff(tx, deps, request.params.id, owner),
        ),
      );
      return reply.code(204).send();
    },
  );
}
