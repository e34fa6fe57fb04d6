import type { z } from 'zod';
import type { staffMember } from '#security/contract.ts';
import type { TextKey } from '../texts/t.ts';

export type StaffMember = z.infer<typeof staffMember>;

/** What an administrator does with a person. */
export type Act = 'role' | 'deactivate' | 'activate' | 'link' | 'sign-out';

/**
 * Why the server refused, where its code alone says too little: it answers `CONFLICT` for all that does not fit.
 * Undefined where the code's own words will do.
 */
export function refusalOf(
  code: string,
  act: Act,
  person: Pick<StaffMember, 'role' | 'ways' | 'active'>,
): TextKey | undefined {
  if (code !== 'CONFLICT') return undefined;
  const isByClinic = person.ways.includes('oidc');
  if (act === 'role' && isByClinic) return 'people.refused.role';
  if (act === 'link') return isByClinic ? 'people.refused.link' : 'people.refused.inactive';
  const losesAdmin = person.role === 'admin' && (act === 'role' || act === 'deactivate');
  return losesAdmin ? 'people.refused.lastAdmin' : undefined;
}

/** Those who work here first, each part by name. */
export function inOrder(people: readonly StaffMember[]): StaffMember[] {
  return people.toSorted(
    (a, b) =>
      Number(b.active) - Number(a.active) || a.name.localeCompare(b.name, undefined, { sensitivity: 'base' }),
  );
}
