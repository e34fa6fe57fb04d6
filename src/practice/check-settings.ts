import { type AccountFile, accountReferences, textsOf } from './account-file.ts';
import { exampleOf, type PracticeFinding, twice, untold } from './finding.ts';
import type { PracticeSettings, StaffSettings } from './practice.ts';
import { isReference } from './reference.ts';

export function checkSettings(practice: PracticeSettings, files: readonly string[]): PracticeFinding[] {
  const file = 'practice.yaml';
  const { languages, openingHours, phases, intakeForm } = practice;
  const findings = [
    ...untold(file, 'openingHours', openingHours, languages),
    ...checkPhases(practice, files),
  ];
  const path = 'intakeForm';
  if (phases.intake && intakeForm === undefined) {
    findings.push({
      file,
      path,
      problem: 'the intake is on, but no form is named',
      example: 'intakeForm: intake',
    });
  }
  if (intakeForm !== undefined && !files.includes(`forms/${intakeForm}.json`)) {
    findings.push({
      file,
      path,
      problem: 'there is no such form',
      example: `the file forms/${intakeForm}.json`,
    });
  }
  return findings;
}

/** A phase that is switched on needs its file, and what it builds on. */
function checkPhases({ phases }: PracticeSettings, files: readonly string[]): readonly PracticeFinding[] {
  const file = 'practice.yaml';
  const findings: PracticeFinding[] = [];
  for (const phase of ['scheduling', 'reminders'] as const) {
    if (!phases[phase] || files.includes(`${phase}.yaml`)) continue;
    const problem = `${phase} is on, but there is no ${phase}.yaml`;
    findings.push({ file, path: `phases.${phase}`, problem, example: `the file ${phase}.yaml` });
  }
  if (phases.scheduling && !phases.intake) {
    const problem = 'a visit is booked for who has finished the intake, which is off';
    findings.push({
      file,
      path: 'phases.scheduling',
      problem,
      example: 'phases: { intake: true, scheduling: true }',
    });
  }
  return findings;
}

export function checkAccounts(accounts: readonly AccountFile[]): PracticeFinding[] {
  const file = 'channels.yaml';
  const secrets = accounts.flatMap((account, index) =>
    textsOf(account, accountReferences[account.provider].secrets).flatMap(({ place, text }) =>
      inClear(file, `accounts.${index}.${place}`, text),
    ),
  );
  return [...twice(file, 'accounts', accounts), ...secrets];
}

export function checkStaff({ oidc }: StaffSettings): readonly PracticeFinding[] {
  const file = 'staff.yaml';
  const path = 'oidc.roles';
  const nobody = Object.keys(oidc.roles).length === 0;
  return [
    ...inClear(file, 'oidc.clientSecret', oidc.clientSecret),
    ...(nobody
      ? [{ file, path, problem: 'no value gives a role', example: exampleOf(file, ['oidc', 'roles']) }]
      : []),
  ];
}

/** These files are read by many and kept for ever; a secret in them is one no more. */
export function inClear(file: string, path: string, reference: string): PracticeFinding[] {
  if (isReference(reference)) return [];
  const problem = 'a secret may not stand here: name the place where it is found';
  return [{ file, path, problem, example: 'env:NAME or file:/path' }];
}
