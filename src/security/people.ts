import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { StaffRole } from './contract.ts';

/** The practice's staff. `persona` marks the made-up people of the sandbox, who count for nothing outside of it. */
export type Person = {
  readonly staffId: string;
  readonly name: string;
  readonly role: StaffRole;
  readonly active: boolean;
  readonly isOidc: boolean;
  readonly isPersona: boolean;
};

type PersonRow = {
  staff_id: string;
  name: string;
  role: StaffRole;
  active: boolean;
  oidc_issuer: string | null;
  persona: boolean;
};

const asPerson = (row: PersonRow): Person => ({
  staffId: row.staff_id,
  name: row.name,
  role: row.role,
  active: row.active,
  isOidc: row.oidc_issuer !== null,
  isPersona: row.persona,
});

/** Adds a person and returns their id. */
export async function addPerson(
  tx: Tx,
  person: { readonly name: string; readonly role: StaffRole },
): Promise<string> {
  const staffId = newId();
  await tx.query(`insert into staff (practice_id, staff_id, name, role) values ($1, $2, $3, $4)`, [
    tx.practiceId,
    staffId,
    person.name,
    person.role,
  ]);
  return staffId;
}

export async function findPerson(tx: Tx, staffId: string): Promise<Person | undefined> {
  const [row] = await tx.query<PersonRow>(
    `select staff_id, name, role, active, oidc_issuer, persona from staff
     where practice_id = $1 and staff_id = $2`,
    [tx.practiceId, staffId],
  );
  return row && asPerson(row);
}

/** The person of an identity provider's subject, made or brought up to date with what the provider says now. */
export async function upsertOidcPerson(
  tx: Tx,
  identity: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string;
    readonly role: StaffRole;
  },
): Promise<Person> {
  const [row] = await tx.query<PersonRow>(
    `insert into staff (practice_id, staff_id, name, role, oidc_issuer, oidc_subject)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (practice_id, oidc_issuer, oidc_subject)
       do update set name = excluded.name, role = excluded.role
     returning staff_id, name, role, active, oidc_issuer, persona`,
    [tx.practiceId, newId(), identity.name, identity.role, identity.issuer, identity.subject],
  );
  if (row === undefined) throw new Error('a person was not written');
  return asPerson(row);
}

export async function findOidcPerson(tx: Tx, issuer: string, subject: string): Promise<Person | undefined> {
  const [row] = await tx.query<PersonRow>(
    `select staff_id, name, role, active, oidc_issuer, persona from staff
     where practice_id = $1 and oidc_issuer = $2 and oidc_subject = $3`,
    [tx.practiceId, issuer, subject],
  );
  return row && asPerson(row);
}

export async function changePerson(
  tx: Tx,
  staffId: string,
  change: { readonly role: StaffRole; readonly active: boolean },
): Promise<void> {
  await tx.query(`update staff set role = $3, active = $4 where practice_id = $1 and staff_id = $2`, [
    tx.practiceId,
    staffId,
    change.role,
    change.active,
  ]);
}

/**
 * Whether somebody else could still administer, were it not for this person. Locks the administrators, so that two of them
 * cannot take the role from one another at the same moment.
 * @param personas whether the sandbox's made-up people count
 */
export async function hasOtherAdmin(tx: Tx, staffId: string, personas: boolean): Promise<boolean> {
  const rows = await tx.query<{ staff_id: string }>(
    `select staff_id from staff where practice_id = $1 and role = 'admin' and active and (not persona or $2)
     order by staff_id for update`,
    [tx.practiceId, personas],
  );
  return rows.some((row) => row.staff_id !== staffId);
}

export type ListedPerson = Person & {
  readonly hasPasskey: boolean;
  readonly sessions: number;
  readonly lastSeenAt: string | null;
};

type ListedRow = PersonRow & { has_passkey: boolean; sessions: number; last_seen_at: Date | null };

/** Everyone, by name, with how they sign in and when they were last seen. */
export async function listPeople(tx: Tx): Promise<ListedPerson[]> {
  const rows = await tx.query<ListedRow>(
    `select staff_id, name, role, active, oidc_issuer, persona,
       exists (select from passkeys p where p.practice_id = s.practice_id and p.staff_id = s.staff_id) as has_passkey,
       (select count(*)::int from staff_sessions o where o.practice_id = s.practice_id and o.staff_id = s.staff_id
          and o.revoked_at is null and o.idle_ends_at > now() and o.ends_at > now()) as sessions,
       (select max(o.last_seen_at) from staff_sessions o
          where o.practice_id = s.practice_id and o.staff_id = s.staff_id) as last_seen_at
     from staff s where practice_id = $1 order by lower(name), staff_id`,
    [tx.practiceId],
  );
  return rows.map((row) => ({
    ...asPerson(row),
    hasPasskey: row.has_passkey,
    sessions: row.sessions,
    lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  }));
}
