import type { Tx } from '#platform/db/db.ts';
import { type SignInOptions, type StaffRole, staffRoles } from './contract.ts';
import type { StaffDeps } from './deps.ts';

/** The sandbox's made-up staff: one person per role and practice. Each practice gets other names, so that nobody mixes them up. */

const casts: readonly Readonly<Record<StaffRole, string>>[] = [
  {
    'front-desk': 'Lia Campos',
    clinician: 'Dr. Davi Prado',
    manager: 'Nara Teles',
    auditor: 'Ivo Salles',
    admin: 'Bia Fontana',
  },
  {
    'front-desk': 'Robin Hale',
    clinician: 'Dr. June Okafor',
    manager: 'Sam Orley',
    auditor: 'Ira Benton',
    admin: 'Kit Ambrose',
  },
  {
    'front-desk': 'Mina Duarte',
    clinician: 'Dr. Theo Lindqvist',
    manager: 'Ada Merrin',
    auditor: 'Noel Vance',
    admin: 'Uma Castell',
  },
];

/** The id of a practice's persona of a role. */
export const personaId = (role: StaffRole): string => `persona-${role}`;

async function upsertPersona(tx: Tx, role: StaffRole, name: string): Promise<void> {
  await tx.query(
    `insert into staff (practice_id, staff_id, name, role, persona) values ($1, $2, $3, $4, true)
     on conflict (practice_id, staff_id) do update set name = excluded.name, role = excluded.role, active = true`,
    [tx.practiceId, personaId(role), name, role],
  );
}

/** Makes every practice's personas, and makes good what was done to them. For the sandbox's start; does nothing elsewhere. */
export async function seedPersonas(deps: Pick<StaffDeps, 'db' | 'sandbox' | 'practices'>): Promise<void> {
  if (!deps.sandbox) return;
  for (const [i, practice] of deps.practices.entries()) {
    const cast = casts[i % casts.length];
    if (cast === undefined) continue;
    await deps.db.tx(practice.id, async (tx) => {
      for (const role of staffRoles) await upsertPersona(tx, role, cast[role]);
    });
  }
}

type PersonaRow = { staff_id: string; name: string; role: StaffRole };

function selectPersonas(tx: Tx): Promise<PersonaRow[]> {
  return tx.query<PersonaRow>(
    `select staff_id, name, role from staff where practice_id = $1 and persona and active`,
    [tx.practiceId],
  );
}

/** Who can be signed in as, practice by practice, in the order of the roles. */
export async function listPersonas(
  deps: Pick<StaffDeps, 'db' | 'practices'>,
): Promise<SignInOptions['personas']> {
  const personas: SignInOptions['personas'] = [];
  for (const { id: practiceId } of deps.practices) {
    const rows = await deps.db.tx(practiceId, selectPersonas);
    const ordered = rows.toSorted((a, b) => staffRoles.indexOf(a.role) - staffRoles.indexOf(b.role));
    personas.push(
      ...ordered.map(({ staff_id, name, role }) => ({ practiceId, staffId: staff_id, name, role })),
    );
  }
  return personas;
}
