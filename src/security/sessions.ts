import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { StaffRole } from './contract.ts';
import { hashSecret, newSecret } from './secrets.ts';

/**
 * Sessions are rows, so they end at once when we say so. Their times are the database's: the product's clock, which the sandbox
 * moves, signs nobody out.
 */

/** NIST SP 800-63B-4, AAL3: at most 15 minutes idle, 12 hours in all. */
export const idleMinutes = 15;
export const absoluteHours = 12;

export type SignInWay = 'passkey' | 'oidc' | 'persona';

/** Why a session ended before its time. */
export type EndedBecause =
  | 'sign-out'
  | 'signed-in-again'
  | 'role-changed'
  | 'deactivated'
  | 'enrolled-again'
  | 'by-admin';

export type Session = {
  readonly practiceId: string;
  readonly sessionId: string;
  readonly staffId: string;
  readonly name: string;
  readonly role: StaffRole;
  readonly way: SignInWay;
  /** Instants. */
  readonly idleEndsAt: string;
  readonly endsAt: string;
};

type SessionRow = {
  session_id: string;
  staff_id: string;
  name: string;
  role: StaffRole;
  way: SignInWay;
  idle_ends_at: Date;
  ends_at: Date;
};

const asSession = (practiceId: string, row: SessionRow): Session => ({
  practiceId,
  sessionId: row.session_id,
  staffId: row.staff_id,
  name: row.name,
  role: row.role,
  way: row.way,
  idleEndsAt: row.idle_ends_at.toISOString(),
  endsAt: row.ends_at.toISOString(),
});

function insertSession(
  tx: Tx,
  values: readonly [sessionId: string, hash: Buffer, staffId: string, way: SignInWay],
): Promise<object[]> {
  return tx.query(
    `insert into staff_sessions (practice_id, session_id, secret_hash, staff_id, way, idle_ends_at, ends_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(mins => $6), now() + make_interval(hours => $7))`,
    [tx.practiceId, ...values, idleMinutes, absoluteHours],
  );
}

/** Opens a session with a fresh secret, and returns what the cookie holds. Nothing that a browser sends becomes a session. */
export async function openSession(tx: Tx, staffId: string, way: SignInWay): Promise<string> {
  const secret = newSecret();
  await insertSession(tx, [newId(), hashSecret(secret), staffId, way]);
  return `${tx.practiceId}.${secret}`;
}

/** The session of a secret, while it lasts and its person is active. */
export async function findSession(tx: Tx, hash: Buffer): Promise<Session | undefined> {
  const [row] = await tx.query<SessionRow>(
    `select session_id, staff_id, name, role, way, idle_ends_at, ends_at
     from staff_sessions join staff using (practice_id, staff_id)
     where practice_id = $1 and secret_hash = $2
       and revoked_at is null and idle_ends_at > now() and ends_at > now() and active`,
    [tx.practiceId, hash],
  );
  return row && asSession(tx.practiceId, row);
}

/** Whether a session that was found earlier still lasts, and whose role it has by now. */
export async function sessionRole(tx: Tx, sessionId: string): Promise<StaffRole | undefined> {
  const [row] = await tx.query<{ role: StaffRole }>(
    `select role from staff_sessions join staff using (practice_id, staff_id)
     where practice_id = $1 and session_id = $2
       and revoked_at is null and idle_ends_at > now() and ends_at > now() and active`,
    [tx.practiceId, sessionId],
  );
  return row?.role;
}

/** Notes a sign of life, at most once a minute; returns when the session would now end idle. */
export async function touchSession(tx: Tx, session: Session): Promise<Session> {
  const [row] = await tx.query<{ idle_ends_at: Date }>(
    `update staff_sessions
     set last_seen_at = now(), idle_ends_at = least(now() + make_interval(mins => $3), ends_at)
     where practice_id = $1 and session_id = $2 and last_seen_at < now() - interval '1 minute'
     returning idle_ends_at`,
    [tx.practiceId, session.sessionId, idleMinutes],
  );
  return row === undefined ? session : { ...session, idleEndsAt: row.idle_ends_at.toISOString() };
}

/** Ends the session of a secret, if there is one. */
export async function endSession(tx: Tx, hash: Buffer, because: EndedBecause): Promise<void> {
  await tx.query(
    `update staff_sessions set revoked_at = now(), revoked_because = $3
     where practice_id = $1 and secret_hash = $2 and revoked_at is null`,
    [tx.practiceId, hash, because],
  );
}

/** Ends every session of a person: their next request fails, on every instance. Returns how many there were. */
export async function endSessionsOf(tx: Tx, staffId: string, because: EndedBecause): Promise<number> {
  const ended = await tx.query(
    `update staff_sessions set revoked_at = now(), revoked_because = $3
     where practice_id = $1 and staff_id = $2 and revoked_at is null returning session_id`,
    [tx.practiceId, staffId, because],
  );
  return ended.length;
}
