import type { PracticeConfiguration } from '../check.ts';
import { lintAddresses } from './addresses.ts';
import { type Advice, placed } from './advice.ts';
import { lintCare } from './care.ts';
import { lintShapes } from './shapes.ts';
import { lintTemplates } from './templates.ts';

/**
 * What is missing or wrong in the accounts of a practice, provider by provider, besides what `checkPractice` finds: with these the
 * program starts, and then something does not work.
 *
 * @param publicUrl where providers reach this installation; undefined where it is not known here
 */
export function lintAccounts(
  {
    accounts,
    templates,
    practice,
  }: Pick<PracticeConfiguration<unknown>, 'accounts' | 'templates' | 'practice'>,
  publicUrl: string | undefined,
): readonly Advice[] {
  return placed(accounts).flatMap((each) => [
    ...lintShapes(each),
    ...lintAddresses(each, publicUrl),
    ...lintTemplates(each, templates),
    ...lintCare(each, practice),
  ]);
}
