import type { Tx } from '#platform/db/db.ts';

/** Sign-ins that are on their way through the identity provider. Each is taken once, whatever comes of it. */

/** Minutes that a person gets at the identity provider. */
export const loginMinutes = 10;

export type OidcLogin = {
  readonly stateHash: Buffer;
  readonly browserHash: Buffer;
  readonly verifier: string;
  readonly nonce: string;
};

export async function keepLogin(tx: Tx, login: OidcLogin): Promise<void> {
  await tx.query(`delete from oidc_logins where practice_id = $1 and expires_at <= now()`, [tx.practiceId]);
  await tx.query(
    `insert into oidc_logins (practice_id, state_hash, browser_hash, verifier, nonce, expires_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(mins => $6))`,
    [tx.practiceId, login.stateHash, login.browserHash, login.verifier, login.nonce, loginMinutes],
  );
}

/** Takes the login of a state that began in this browser. */
export async function takeLogin(
  tx: Tx,
  stateHash: Buffer,
  browserHash: Buffer,
): Promise<Pick<OidcLogin, 'verifier' | 'nonce'> | undefined> {
  const [row] = await tx.query<{ verifier: string; nonce: string }>(
    `delete from oidc_logins
     where practice_id = $1 and state_hash = $2 and browser_hash = $3 and expires_at > now()
     returning verifier, nonce`,
    [tx.practiceId, stateHash, browserHash],
  );
  return row;
}
