import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { StaffRole } from './contract.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** One-time links with which a person makes a passkey. The newest is the only one that opens. */

/** Hours that a link is good for. */
export const linkHours = 24;

export type EnrolmentLink = { readonly link: string; readonly expiresAt: string };

export type Enrolment = {
  readonly enrolmentId: string;
  readonly staffId: string;
  readonly name: string;
  readonly role: StaffRole;
};

/**
 * Makes a link and ends the person's earlier ones. The token stands in the URL's fragment, which reaches no server and no log.
 * @param publicUrl where browsers reach us
 */
export async function makeEnrolmentLink(tx: Tx, publicUrl: string, staffId: string): Promise<EnrolmentLink> {
  await endEnrolments(tx, staffId);
  const secret = newSecret();
  const [row] = await tx.query<{ expires_at: Date }>(
    `insert into enrolments (practice_id, enrolment_id, token_hash, staff_id, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(hours => $5)) returning expires_at`,
    [tx.practiceId, newId(), hashSecret(secret), staffId, linkHours],
  );
  if (row === undefined) throw new Error('a link was not written');
  const link = new URL(`enrol#${tx.practiceId}.${secret}`, `${publicUrl.replace(/\/$/, '')}/`).href;
  return { link, expiresAt: row.expires_at.toISOString() };
}

/** Ends what is open of a person's links. */
export async function endEnrolments(tx: Tx, staffId: string): Promise<void> {
  await tx.query(
    `update enrolments set expires_at = now()
     where practice_id = $1 and staff_id = $2 and used_at is null and expires_at > now()`,
    [tx.practiceId, staffId],
  );
}

type EnrolmentRow = { enrolment_id: string; staff_id: string; name: string; role: StaffRole };

const asEnrolment = (row: EnrolmentRow): Enrolment => ({
  enrolmentId: row.enrolment_id,
  staffId: row.staff_id,
  name: row.name,
  role: row.role,
});

/** The open link of a token, of an active person. */
export async function findEnrolment(tx: Tx, tokenHash: Buffer): Promise<Enrolment | undefined> {
  const [row] = await tx.query<EnrolmentRow>(
    `select enrolment_id, staff_id, name, role from enrolments join staff using (practice_id, staff_id)
     where practice_id = $1 and token_hash = $2 and used_at is null and expires_at > now() and active`,
    [tx.practiceId, tokenHash],
  );
  return row && asEnrolment(row);
}

/** Uses a link up. Undefined where it is no longer open: of two who use it, one gets it. */
export async function useEnrolment(tx: Tx, enrolmentId: string): Promise<Enrolment | undefined> {
  const [row] = await tx.query<EnrolmentRow>(
    `update enrolments e set used_at = now() from staff s
     where e.practice_id = $1 and e.enrolment_id = $2 and e.used_at is null and e.expires_at > now()
       and s.practice_id = e.practice_id and s.staff_id = e.staff_id and s.active
     returning e.enrolment_id, s.staff_id, s.name, s.role`,
    [tx.practiceId, enrolmentId],
  );
  return row && asEnrolment(row);
}

/** Whether a person has a link that still opens. */
export async function hasOpenEnrolment(tx: Tx, staffId: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from enrolments
     where practice_id = $1 and staff_id = $2 and used_at is null and expires_at > now() limit 1`,
    [tx.practiceId, staffId],
  );
  return rows.length > 0;
}
