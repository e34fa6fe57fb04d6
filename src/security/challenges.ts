import { randomBytes } from 'node:crypto';
import type { Tx } from '#platform/db/db.ts';

/** What an authenticator is asked to sign. Each is taken once, whatever comes of it, and lasts five minutes. */
export const challengeMinutes = 5;

export type Challenge = {
  /** What the authenticator signs, base64url. */
  readonly challenge: string;
  /** The enrolment it belongs to; none for a sign-in. */
  readonly enrolmentId: string | null;
};

const challengeIdForm = /^([a-z][a-z0-9-]{1,39})\.([A-Za-z0-9_-]{22})$/;

/** The practice that a challenge's id names; undefined where it is no such id. */
export const practiceOfChallenge = (challengeId: string): string | undefined =>
  challengeIdForm.exec(challengeId)?.[1];

/** Keeps a challenge and returns its id, `<practiceId>.<random>`. */
export async function keepChallenge(tx: Tx, challenge: Challenge): Promise<string> {
  await deleteOldChallenges(tx);
  const challengeId = `${tx.practiceId}.${randomBytes(16).toString('base64url')}`;
  await tx.query(
    `insert into webauthn_challenges (practice_id, challenge_id, challenge, enrolment_id, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(mins => $5))`,
    [tx.practiceId, challengeId, challenge.challenge, challenge.enrolmentId, challengeMinutes],
  );
  return challengeId;
}

/** Takes a challenge: the same one is never answered twice. */
export async function takeChallenge(tx: Tx, challengeId: string): Promise<Challenge | undefined> {
  const [row] = await tx.query<{ challenge: string; enrolment_id: string | null }>(
    `delete from webauthn_challenges where practice_id = $1 and challenge_id = $2 and expires_at > now()
     returning challenge, enrolment_id`,
    [tx.practiceId, challengeId],
  );
  return row && { challenge: row.challenge, enrolmentId: row.enrolment_id };
}

async function deleteOldChallenges(tx: Tx): Promise<void> {
  await tx.query(`delete from webauthn_challenges where practice_id = $1 and expires_at <= now()`, [
    tx.practiceId,
  ]);
}
