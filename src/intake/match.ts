import type { Patient } from 'fhir/r4.js';
import type { FoundPatient } from '#pms/pms.ts';

/** Case, accents and spaces say nothing about who somebody is. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .join(' ');
}

function namesOf(patient: FoundPatient): readonly string[] {
  return patient.name.flatMap((name) => {
    const written = [...name.given, ...(name.family === undefined ? [] : [name.family])].join(' ');
    return [written, ...(name.text === undefined ? [] : [name.text])].map(plain);
  });
}

/** True when both are known and not the same; what is not recorded contradicts nobody. */
function differ(a: string | undefined, b: string | undefined): boolean {
  const known = (value: string | undefined) => value !== undefined && value !== 'unknown';
  return known(a) && known(b) && a !== b;
}

/**
 * Those among the found who carry the patient's whole name and birth date. A practice system's search is looser (it finds
 * what begins alike), so its hits are looked at here, and a recorded sex may not contradict. A record in use elsewhere, but marked inactive and merged into none,
 * is left alone.
 */
export function candidatesOf(patient: Patient, found: readonly FoundPatient[]): readonly FoundPatient[] {
  const wanted = plain(patient.name?.[0]?.text ?? '');
  if (wanted === '' || patient.birthDate === undefined) return [];
  return found.filter(
    (candidate) =>
      (candidate.active || candidate.replacedBy !== undefined) &&
      candidate.birthDate === patient.birthDate &&
      !differ(candidate.gender, patient.gender) &&
      namesOf(candidate).includes(wanted),
  );
}
