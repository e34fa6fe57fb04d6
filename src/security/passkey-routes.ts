import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { HttpError } from '#platform/http/errors.ts';
import { keepChallenge, practiceOfChallenge, takeChallenge } from './challenges.ts';
import {
  enrolStartAnswer,
  enrolStartBody,
  passkeyChallenge,
  passkeyFinishBody,
  passkeyStartBody,
  sessionAnswer,
} from './contract.ts';
import { practiceOf, type StaffDeps, type StaffPractice } from './deps.ts';
import { findEnrolment, useEnrolment } from './enrolments.ts';
import {
  authenticationOptions,
  checkAuthentication,
  checkRegistration,
  findPasskey,
  type NewPasskey,
  registrationOptions,
  relyingParty,
  replacePasskeys,
  usePasskey,
} from './passkeys.ts';
import { assertOwnSite, ownOrigins } from './same-origin.ts';
import { readBearer } from './secrets.ts';
import { endSessionsOf } from './sessions.ts';
import { attempt, beginSession, refuse, type SignedIn, welcome } from './sign-in.ts';

type Finish = { readonly challengeId: string; readonly response: unknown };

/** The challenge that is being answered, and the practice it belongs to. */
async function challengeOf(deps: StaffDeps, request: FastifyRequest, body: Finish) {
  const practiceId = practiceOfChallenge(body.challengeId);
  if (practiceId === undefined || practiceOf(deps, practiceId) === undefined) {
    throw new HttpError('SIGN_IN_FAILED');
  }
  const tried = await attempt(deps, request, practiceId, 'prove');
  const challenge = await deps.db.tx(practiceId, (tx) => takeChallenge(tx, body.challengeId));
  return { practiceId, tried, challenge };
}

async function finishSignIn(deps: StaffDeps, request: FastifyRequest, body: Finish): Promise<SignedIn> {
  const { practiceId, tried, challenge } = await challengeOf(deps, request, body);
  const find = (id: string) => deps.db.tx(practiceId, (tx) => findPasskey(tx, id));
  const party = relyingParty(deps.publicUrl);
  // A challenge that nobody gave matches no answer; it is checked all the same, so that it takes as long.
  const asked = challenge?.enrolmentId === null ? challenge.challenge : '-';
  const proof = await checkAuthentication(party, asked, body.response, find);
  const failed = { action: 'SignIn', code: 'SIGN_IN_FAILED' } as const;
  if (proof === undefined) return await refuse(deps, practiceId, failed);
  const signedIn = await deps.db.tx(practiceId, async (tx) => {
    if (!(await usePasskey(tx, proof))) return undefined;
    await tried.succeeded(tx);
    return await beginSession(tx, deps, request, {
      staffId: proof.staffId,
      way: 'passkey',
      action: 'SignIn',
    });
  });
  return signedIn ?? (await refuse(deps, practiceId, { ...failed, who: proof.staffId }));
}

async function finishEnrolment(deps: StaffDeps, request: FastifyRequest, body: Finish): Promise<SignedIn> {
  const { practiceId, tried, challenge } = await challengeOf(deps, request, body);
  const enrolmentId = challenge?.enrolmentId;
  const passkey =
    enrolmentId == null || challenge === undefined
      ? undefined
      : await checkRegistration(relyingParty(deps.publicUrl), challenge.challenge, body.response);
  if (passkey === undefined || enrolmentId == null) {
    return await refuse(deps, practiceId, { action: 'Enrol', code: 'SIGN_IN_FAILED' });
  }
  const signedIn = await deps.db.tx(practiceId, async (tx) => {
    const enrolment = await useEnrolment(tx, enrolmentId);
    if (enrolment === undefined) return undefined;
    await tried.succeeded(tx);
    await enrol(tx, enrolment.staffId, passkey);
    const { staffId } = enrolment;
    return await beginSession(tx, deps, request, { staffId, way: 'passkey', action: 'Enrol' });
  });
  return signedIn ?? (await refuse(deps, practiceId, linkUsed));
}

const linkUsed = { action: 'Enrol', code: 'LINK_USED' } as const;

/** The new passkey is the only one from now on, and what was opened with an earlier one ends. */
async function enrol(tx: Parameters<typeof replacePasskeys>[0], staffId: string, passkey: NewPasskey) {
  await replacePasskeys(tx, staffId, passkey);
  await endSessionsOf(tx, staffId, 'enrolled-again');
}

async function startEnrolment(deps: StaffDeps, request: FastifyRequest, token: string) {
  const bearer = readBearer(token);
  const practice: StaffPractice | undefined = bearer && practiceOf(deps, bearer.practiceId);
  if (bearer === undefined || practice === undefined) throw new HttpError('LINK_USED');
  const tried = await attempt(deps, request, practice.id, 'prove');
  const enrolment = await deps.db.tx(practice.id, (tx) => findEnrolment(tx, bearer.hash));
  if (enrolment === undefined) return await refuse(deps, practice.id, linkUsed);
  const options = await registrationOptions(relyingParty(deps.publicUrl), enrolment);
  const challengeId = await deps.db.tx(practice.id, async (tx) => {
    await tried.succeeded(tx);
    return await keepChallenge(tx, {
      challenge: options.challenge,
      enrolmentId: enrolment.enrolmentId,
    });
  });
  return { challengeId, options, practice: practice.name, name: enrolment.name, role: enrolment.role };
}

/** Signing in with a passkey, and making one with a one-time link. */
export function passkeyRoutes(app: FastifyInstance, deps: StaffDeps): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  const own = ownOrigins(deps.publicUrl);
  const open = { access: 'public' } as const;
  const onRequest = async (request: FastifyRequest) => assertOwnSite(request, own);

  typed.post(
    '/api/sign-in/passkey/start',
    { config: open, onRequest, schema: { body: passkeyStartBody, response: { 200: passkeyChallenge } } },
    async (request) => {
      const { practiceId } = request.body;
      if (practiceOf(deps, practiceId) === undefined) {
        throw new HttpError('NOT_FOUND', { field: 'practiceId', expected: 'the id of a practice' });
      }
      await attempt(deps, request, practiceId, 'begin');
      const options = await authenticationOptions(relyingParty(deps.publicUrl));
      const challengeId = await deps.db.tx(practiceId, (tx) =>
        keepChallenge(tx, { challenge: options.challenge, enrolmentId: null }),
      );
      return { challengeId, options };
    },
  );
  typed.post(
    '/api/sign-in/passkey/finish',
    { config: open, onRequest, schema: { body: passkeyFinishBody, response: { 200: sessionAnswer } } },
    async (request, reply) => welcome(deps, reply, await finishSignIn(deps, request, request.body)),
  );
  typed.post(
    '/api/enrol/start',
    { config: open, onRequest, schema: { body: enrolStartBody, response: { 200: enrolStartAnswer } } },
    async (request) => startEnrolment(deps, request, request.body.token),
  );
  typed.post(
    '/api/enrol/finish',
    { config: open, onRequest, schema: { body: passkeyFinishBody, response: { 200: sessionAnswer } } },
    async (request, reply) => welcome(deps, reply, await finishEnrolment(deps, request, request.body)),
  );
}
