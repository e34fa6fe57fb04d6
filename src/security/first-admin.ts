import type { Tx } from '#platform/db/db.ts';
import { addAudit } from './audit.ts';
import type { StaffDeps } from './deps.ts';
import { type EnrolmentLink, hasOpenEnrolment, makeEnrolmentLink } from './enrolments.ts';
import { addPerson, listPeople } from './people.ts';

export type FirstAdminLink = EnrolmentLink & { readonly practiceId: string };

/** The name of the first administrator, until there is somebody to invite by name. */
const firstAdminName = 'First administrator';

/** One process at a time looks: two that start together would otherwise each make an administrator. */
async function lockFirstAdmin(tx: Tx): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `vestibule first admin ${tx.practiceId}`,
  ]);
}

async function firstAdminLink(tx: Tx, publicUrl: string): Promise<EnrolmentLink | undefined> {
  await lockFirstAdmin(tx);
  const admins = (await listPeople(tx)).filter(
    (person) => person.role === 'admin' && person.active && !person.isPersona,
  );
  if (admins.some((person) => person.hasPasskey || person.isOidc)) return undefined;
  for (const { staffId } of admins) if (await hasOpenEnrolment(tx, staffId)) return undefined;
  const staffId = admins[0]?.staffId ?? (await addPerson(tx, { name: firstAdminName, role: 'admin' }));
  await addAudit(tx, { who: 'system', action: 'InviteStaff', target: `staff/${staffId}`, outcome: 'done' });
  return await makeEnrolmentLink(tx, publicUrl, staffId);
}

/**
 * Makes a one-time link for each practice that nobody can administer: no administrator has a passkey, none signs in by an identity
 * provider, and no link is open. The caller shows the links once, and not in the log. In the sandbox the personas
 * administer, so there is none.
 */
export async function ensureFirstAdmin(
  deps: Pick<StaffDeps, 'db' | 'publicUrl' | 'sandbox' | 'practices'>,
): Promise<readonly FirstAdminLink[]> {
  if (deps.sandbox) return [];
  const links: FirstAdminLink[] = [];
  for (const { id, oidc } of deps.practices) {
    if (oidc !== undefined && Object.values(oidc.roles).includes('admin')) continue;
    const link = await deps.db.tx(id, (tx) => firstAdminLink(tx, deps.publicUrl));
    if (link !== undefined) links.push({ practiceId: id, ...link });
  }
  return links;
}
