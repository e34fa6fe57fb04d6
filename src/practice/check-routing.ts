import { type PracticeFinding, twice, untold } from './finding.ts';
import { cannedVariables, type PracticeSettings, type RoutingSettings } from './practice.ts';

export function checkRouting(
  { resolutionCodes, cannedReplies }: RoutingSettings,
  { languages }: Pick<PracticeSettings, 'languages'>,
): readonly PracticeFinding[] {
  const file = 'routing.yaml';
  return [
    ...twice(file, 'resolutionCodes', resolutionCodes),
    ...resolutionCodes.flatMap(({ name }, index) =>
      untold(file, `resolutionCodes.${index}.name`, name, languages),
    ),
    ...twice(file, 'cannedReplies', cannedReplies),
    ...cannedReplies.flatMap(({ text }, index) => {
      const path = `cannedReplies.${index}.text`;
      return [...untold(file, path, text, languages), ...checkPlaceholders(file, path, text)];
    }),
  ];
}

/** A placeholder that nothing fills in would reach the patient as it stands. */
function checkPlaceholders(
  file: string,
  path: string,
  texts: Readonly<Record<string, string>>,
): readonly PracticeFinding[] {
  const known = Object.keys(cannedVariables).map((name) => `{${name}}`);
  return Object.entries(texts).flatMap(([language, text]) => {
    const unknown = (text.match(/\{[^{}]*\}?|\}/g) ?? []).filter((found) => !known.includes(found));
    return unknown.map((found) => ({
      file,
      path: `${path}.${language}`,
      problem: `nothing fills in "${found}"`,
      example: known.join(', '),
    }));
  });
}
