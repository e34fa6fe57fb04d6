import type { ContentMode, DataClass } from '#kernel/phi.ts';
import type { PracticeFinding } from '#practice/index.ts';
import {
  cannedVariables,
  type PracticeSettings,
  type RoutingSettings,
  type TemplateFile,
  variableClasses,
} from '#practice/practice.ts';
import { mayCarry } from './policy.ts';

/** What the configuration wants to say although the practice's content mode keeps it off the channel. */
export function contentFindings(configuration: {
  readonly practice: PracticeSettings;
  readonly templates: Readonly<Record<string, TemplateFile>>;
  readonly routing: RoutingSettings;
}): readonly PracticeFinding[] {
  const { practice, templates, routing } = configuration;
  const mode = practice.contentMode;
  return [
    ...Object.entries(templates).flatMap(([name, { variables }]) =>
      variables.flatMap((variable, index) => {
        const path = `variables.${index}`;
        return keptOff(mode, `templates/${name}.yaml`, path, variable, variableClasses);
      }),
    ),
    ...routing.cannedReplies.flatMap(({ text }, index) =>
      Object.entries(text).flatMap(([language, words]) => {
        const path = `cannedReplies.${index}.text.${language}`;
        const used = Object.keys(cannedVariables).filter((variable) => words.includes(`{${variable}}`));
        return used.flatMap((variable) => keptOff(mode, 'routing.yaml', path, variable, cannedVariables));
      }),
    ),
  ];
}

function keptOff(
  mode: ContentMode,
  file: string,
  path: string,
  variable: string,
  classes: Readonly<Record<string, DataClass>>,
): readonly PracticeFinding[] {
  const dataClass = classes[variable];
  if (dataClass !== undefined && mayCarry(mode, dataClass)) return [];
  const allowed = Object.entries(classes).filter(([, each]) => mayCarry(mode, each));
  const problem = `"${variable}" tells ${dataClass ?? 'something unknown'}, which the content mode "${mode}" keeps off the channel`;
  return [{ file, path, problem, example: allowed.map(([name]) => name).join(', ') }];
}
