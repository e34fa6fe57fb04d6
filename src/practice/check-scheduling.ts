import { type PracticeFinding, twice, untold } from './finding.ts';
import type { PracticeSettings, ReminderSettings, SchedulingSettings, TemplateFile } from './practice.ts';

/** @param linkIds of the intake's form; undefined where there is none that could be read */
export function checkScheduling(
  scheduling: SchedulingSettings,
  { languages }: Pick<PracticeSettings, 'languages'>,
  linkIds: readonly string[] | undefined,
): readonly PracticeFinding[] {
  const file = 'scheduling.yaml';
  const { visitTypes, reasonLinkId } = scheduling;
  const findings = [...twice(file, 'visitTypes', visitTypes)];
  for (const [index, { name, words }] of visitTypes.entries()) {
    const path = `visitTypes.${index}`;
    findings.push(...untold(file, `${path}.name`, name, languages));
    const isLast = index === visitTypes.length - 1;
    if (!isLast && Object.keys(words).length === 0) {
      const problem = 'no words ask for it; only the last visit type is taken without any';
      findings.push({ file, path: `${path}.words`, problem, example: 'words: { en: [knee] }' });
    }
    if (Object.keys(words).length > 0) findings.push(...untold(file, `${path}.words`, words, languages));
  }
  for (const [index, { gates }] of visitTypes.entries()) {
    for (const [place, each] of gates.entries()) {
      if (each.kind !== 'answer' || linkIds === undefined || linkIds.includes(each.linkId)) continue;
      const path = `visitTypes.${index}.gates.${place}.linkId`;
      const problem = `the form has no question "${each.linkId}"`;
      findings.push({ file, path, problem, example: linkIds.join(', ') });
    }
  }
  if (linkIds !== undefined && !linkIds.includes(reasonLinkId)) {
    const problem = `the form has no question "${reasonLinkId}"`;
    findings.push({ file, path: 'reasonLinkId', problem, example: linkIds.join(', ') });
  }
  return findings;
}

export function checkReminders(
  { reminders, quietHours }: ReminderSettings,
  templates: Readonly<Record<string, TemplateFile>>,
  templateFiles: readonly string[],
): readonly PracticeFinding[] {
  const file = 'reminders.yaml';
  const findings = [...twice(file, 'reminders', reminders)];
  for (const [index, { before, template }] of reminders.entries()) {
    const path = `reminders.${index}`;
    if (!templateFiles.includes(template)) {
      const example = `the file templates/${template}.yaml`;
      findings.push({ file, path: `${path}.template`, problem: 'there is no such template', example });
    }
    const category = templates[template]?.category;
    if (category !== undefined && category !== 'utility') {
      const problem = `a reminder is "utility", and the template is "${category}"`;
      findings.push({ file, path: `${path}.template`, problem, example: 'category: utility' });
    }
    if (reminders.findIndex((each) => each.before === before) !== index) {
      const problem = 'another reminder is due at the same time';
      findings.push({ file, path: `${path}.before`, problem, example: 'before: PT3H' });
    }
  }
  if (quietHours.from === quietHours.to) {
    const problem = 'the quiet hours end when they begin';
    findings.push({ file, path: 'quietHours', problem, example: '{ from: "21:00", to: "08:00" }' });
  }
  return findings;
}
