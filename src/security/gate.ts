import type { FastifyRequest } from 'fastify';
import type { Tx } from '#platform/db/db.ts';
import { HttpError } from '#platform/http/errors.ts';
import type { StaffGate, StaffPrincipal } from '#platform/http/server.ts';
import { addAudit } from './audit.ts';
import { isStaffAction, isStaffRole, permits } from './authorize.ts';
import { type Cookies, cookiesFor, readCookie } from './cookies.ts';
import type { StaffDeps } from './deps.ts';
import { practiceOf } from './deps.ts';
import { assertOwnSite, ownOrigins } from './same-origin.ts';
import { readBearer } from './secrets.ts';
import { findSession, type Session, sessionRole, touchSession } from './sessions.ts';

/** What the staff app sends with what it asks by itself, so that an unattended screen keeps nobody signed in. */
export const backgroundHeader = 'x-vestibule-background';

export type GateDeps = Pick<StaffDeps, 'db' | 'log' | 'publicUrl' | 'sandbox' | 'practices'>;

export type StaffDoor = StaffGate & {
  /**
   * Whether somebody who was let in earlier still would be: for answers that stay open, such as event streams. Does not count
   * as a sign of life.
   */
  readonly isStillAllowed: (staff: StaffPrincipal, action: string) => Promise<boolean>;
};

/** The session that a request belongs to. */
async function sessionOf(
  deps: GateDeps,
  cookies: Cookies,
  request: FastifyRequest,
): Promise<Session | undefined> {
  const bearer = readBearer(readCookie(request, cookies.session));
  // The database would find no row of a practice that is not ours; one that was taken off must not sign in either.
  if (bearer === undefined || practiceOf(deps, bearer.practiceId) === undefined) return undefined;
  const isBackground = request.headers[backgroundHeader] !== undefined;
  return await deps.db.tx(bearer.practiceId, async (tx) => {
    const session = await findSession(tx, bearer.hash);
    if (session === undefined || (session.way === 'persona' && !deps.sandbox)) return undefined;
    return isBackground ? session : await touchSession(tx, session);
  });
}

const principalOf = ({ practiceId, staffId, name, role, sessionId }: Session): StaffPrincipal => ({
  practiceId,
  staffId,
  name,
  role,
  sessionId,
});

/** Reading is allowed or not; anything else is done. */
const outcomeOf = (action: string) => (action.startsWith('Read') ? 'allowed' : 'done');

/** Sessions of requests that were let in, for the routes that show them. */
const sessions = new WeakMap<FastifyRequest, Session>();

/** The session of a request that the gate has admitted. */
export function admittedSession(request: FastifyRequest): Session {
  const session = sessions.get(request);
  if (session === undefined) throw new Error('the request was not admitted');
  return session;
}

/**
 * Lists are asked for again with every change, and would bury the trail: the same list, seen by the same session within five minutes,
 * is one look. An opened conversation is written down each time.
 */
const listMs = 5 * 60_000;

const isList = (target: string | null): target is string =>
  target !== null && /^(inbox\/(?!search)|appointments\/|messages\/)/.test(target);

/** Most looks that are remembered: one per session and list. */
const maxLooks = 10_000;

function recentLooks() {
  const seen = new Map<string, number>();
  return {
    isRecent: (look: string) => performance.now() - (seen.get(look) ?? Number.NEGATIVE_INFINITY) < listMs,
    add(look: string) {
      seen.delete(look);
      seen.set(look, performance.now());
      const [oldest] = seen.keys();
      if (seen.size > maxLooks && oldest !== undefined) seen.delete(oldest);
    },
  };
}

/**
 * The gate of `staff` routes: own site, session, role. A refusal of somebody known is an audit row.
 */
export function createStaffGate(deps: GateDeps): StaffDoor {
  const cookies = cookiesFor(deps.publicUrl);
  const own = ownOrigins(deps.publicUrl);
  const isPermitted = (staff: { practiceId: string; staffId: string }, role: string, action: string) =>
    isStaffRole(role) && isStaffAction(action) && permits({ ...staff, role }, action);
  const looks = recentLooks();
  return {
    async admit(request, action) {
      assertOwnSite(request, own);
      const session = await sessionOf(deps, cookies, request);
      if (session === undefined) throw new HttpError('UNAUTHENTICATED');
      const staff = principalOf(session);
      if (!isPermitted(staff, staff.role, action)) {
        const denied = { who: staff.staffId, role: staff.role, action, outcome: 'denied' } as const;
        await deps.db.tx(staff.practiceId, (tx) => addAudit(tx, denied));
        throw new HttpError('FORBIDDEN');
      }
      sessions.set(request, session);
      return staff;
    },
    async audit(tx: Tx, staff, action, target) {
      const { staffId: who, role, sessionId } = staff;
      const look = isList(target) ? `${sessionId} ${action} ${target}` : undefined;
      if (look !== undefined && looks.isRecent(look)) return;
      await addAudit(tx, { who, role, action, target, outcome: outcomeOf(action) });
      if (look !== undefined) tx.afterCommit(() => looks.add(look));
    },
    async isStillAllowed(staff, action) {
      const role = await deps.db.tx(staff.practiceId, (tx) => sessionRole(tx, staff.sessionId));
      return role !== undefined && isPermitted(staff, role, action);
    },
  };
}
