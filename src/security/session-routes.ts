import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { HttpError } from '#platform/http/errors.ts';
import { personaBody, sessionAnswer, signInOptions } from './contract.ts';
import { clearSessionCookie, cookiesFor, readCookie } from './cookies.ts';
import { practiceOf, type StaffDeps } from './deps.ts';
import { admittedSession } from './gate.ts';
import { findPerson } from './people.ts';
import { listPersonas } from './personas.ts';
import { assertOwnSite, ownOrigins } from './same-origin.ts';
import { readBearer } from './secrets.ts';
import { endSession } from './sessions.ts';
import { answerOf, beginSession, welcome } from './sign-in.ts';

/** Not `cookies`: that would take those of every host under the same domain, and sign people out of the clinic's other programs. */
const forgetAll = '"cache", "storage"';

/** What the sign-in page shows, the session of who has signed in, and its end. */
export function sessionRoutes(app: FastifyInstance, deps: StaffDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const cookies = cookiesFor(deps.publicUrl);
  const ownSession = { access: 'staff', action: 'UseOwnSession' } as const;

  typed.get(
    '/api/sign-in',
    { config: { access: 'public' }, schema: { response: { 200: signInOptions } } },
    async () => ({
      practices: deps.practices.map(({ id, name, oidc }) => ({ id, name, oidc: oidc !== undefined })),
      personas: deps.sandbox ? await listPersonas(deps) : [],
    }),
  );
  typed.get('/api/session', { config: ownSession, schema: { response: { 200: sessionAnswer } } }, (request) =>
    answerOf(deps, admittedSession(request)),
  );
  typed.post(
    '/api/session/sign-out',
    { config: ownSession, schema: { response: { 204: z.null() } } },
    async (request, reply) => {
      const bearer = readBearer(readCookie(request, cookies.session));
      await deps.db.tx(request.staff.practiceId, async (tx) => {
        if (bearer !== undefined) await endSession(tx, bearer.hash, 'sign-out');
        await request.audit(tx, null, 'SignOut');
      });
      clearSessionCookie(reply, cookies);
      return await reply.header('clear-site-data', forgetAll).code(204).send(null);
    },
  );
  if (deps.sandbox) personaRoute(app, deps);
}

/** One click signs in as one of the made-up people: only there, where the patients are made up as well. */
function personaRoute(app: FastifyInstance, deps: StaffDeps): void {
  const own = ownOrigins(deps.publicUrl);
  app.withTypeProvider<ZodTypeProvider>().post(
    '/api/session/persona',
    {
      config: { access: 'sandbox' },
      onRequest: async (request: FastifyRequest) => assertOwnSite(request, own),
      schema: { body: personaBody, response: { 200: sessionAnswer } },
    },
    async (request, reply) => {
      const { practiceId, staffId } = request.body;
      if (practiceOf(deps, practiceId) === undefined) throw new HttpError('SIGN_IN_FAILED');
      const signedIn = await deps.db.tx(practiceId, async (tx) => {
        const person = await findPerson(tx, staffId);
        if (person === undefined || !person.isPersona) throw new HttpError('SIGN_IN_FAILED');
        return await beginSession(tx, deps, request, { staffId, way: 'persona', action: 'SignIn' });
      });
      return welcome(deps, reply, signedIn);
    },
  );
}
