import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import { type AttemptKind, attemptLimits, countAttempt, forgiveAttempt, sourceOf } from './attempts.ts';
import { addAudit } from './audit.ts';
import { allowedActions } from './authorize.ts';
import type { SessionAnswer } from './contract.ts';
import { cookiesFor, readCookie, setSessionCookie } from './cookies.ts';
import { practiceOf, type StaffDeps } from './deps.ts';
import { readBearer } from './secrets.ts';
import { endSession, findSession, openSession, type Session, type SignInWay } from './sessions.ts';

/** What every way of signing in has in common. */

/** How a session looks to the browser. */
export function answerOf(deps: StaffDeps, session: Session): SessionAnswer {
  const practice = practiceOf(deps, session.practiceId);
  if (practice === undefined) throw new HttpError('UNAUTHENTICATED');
  const { id, name, timeZone, languages } = practice;
  return {
    staff: { staffId: session.staffId, name: session.name, role: session.role },
    practice: { id, name, timeZone, languages: [...languages] },
    allowed: [...allowedActions(session.role)],
    idleEndsAt: session.idleEndsAt,
    endsAt: session.endsAt,
    sandbox: deps.sandbox,
  };
}

export type Attempt = { readonly succeeded: (tx: Tx) => Promise<void> };

/**
 * Counts an attempt before it is looked at.
 * @throws HttpError TOO_MANY_ATTEMPTS
 */
export async function attempt(
  deps: StaffDeps,
  request: FastifyRequest,
  practiceId: string,
  kind: AttemptKind,
): Promise<Attempt> {
  const source = deps.sealer.blind(practiceId, 'sign-in-source', sourceOf(request.ip));
  const count = await deps.db.tx(practiceId, async (tx) => {
    const counted = await countAttempt(tx, kind, source);
    // Once per window: whoever goes on trying must not fill the trail.
    if (counted === attemptLimits[kind] + 1) {
      await addAudit(tx, { who: 'nobody', action: 'TooManyAttempts', outcome: 'denied' });
    }
    return counted;
  });
  if (count > attemptLimits[kind]) {
    deps.log.warn('too many attempts to sign in', { practiceId, kind });
    throw new HttpError('TOO_MANY_ATTEMPTS');
  }
  return { succeeded: (tx) => forgiveAttempt(tx, kind, source) };
}

/**
 * Writes a refused sign-in down and tells no more than that it was refused.
 * @throws HttpError, always
 */
export async function refuse(
  deps: StaffDeps,
  practiceId: string,
  { who = 'nobody', action, code }: Refusal,
): Promise<never> {
  await deps.db.tx(practiceId, (tx) => addAudit(tx, { who, action, outcome: 'denied' }));
  deps.log.warn('sign-in refused', { practiceId, kind: action });
  throw new HttpError(code);
}

export type Refusal = {
  readonly who?: string;
  readonly action: 'SignIn' | 'Enrol';
  readonly code: 'SIGN_IN_FAILED' | 'LINK_USED';
};

export type SignedIn = { readonly cookie: string; readonly session: Session };

/** Opens a session in the transaction that proved who it is, and ends the one that the browser had. */
export async function beginSession(
  tx: Tx,
  deps: StaffDeps,
  request: FastifyRequest,
  who: { readonly staffId: string; readonly way: SignInWay; readonly action: string },
): Promise<SignedIn> {
  const before = readBearer(readCookie(request, cookiesFor(deps.publicUrl).session));
  if (before?.practiceId === tx.practiceId) await endSession(tx, before.hash, 'signed-in-again');
  const cookie = await openSession(tx, who.staffId, who.way);
  const bearer = readBearer(cookie);
  const session = bearer && (await findSession(tx, bearer.hash));
  // The person was deactivated between proof and session: then there is none.
  if (session === undefined) throw new HttpError('SIGN_IN_FAILED');
  await addAudit(tx, { who: who.staffId, role: session.role, action: who.action, outcome: 'done' });
  return { cookie, session };
}

/** Gives the browser its cookie and tells it who it is. */
export function welcome(deps: StaffDeps, reply: FastifyReply, { cookie, session }: SignedIn): SessionAnswer {
  setSessionCookie(reply, cookiesFor(deps.publicUrl), cookie);
  return answerOf(deps, session);
}
