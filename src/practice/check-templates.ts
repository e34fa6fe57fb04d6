import { type PracticeFinding, untold } from './finding.ts';
import type { PracticeSettings, TemplateFile } from './practice.ts';

/** Checks every template, by the name of its file, as the provider will when it is asked to approve it. */
export function checkTemplates(
  templates: Readonly<Record<string, TemplateFile>>,
  { languages }: Pick<PracticeSettings, 'languages'>,
): readonly PracticeFinding[] {
  const names = Object.values(templates).map(({ name }) => name);
  return Object.entries(templates).flatMap(([key, template], index) => {
    const file = `templates/${key}.yaml`;
    const texts = Object.entries(template.texts).flatMap(([language, text]) =>
      checkText(template, text).map(({ path, ...finding }) => ({
        file,
        path: `texts.${language}.${path}`,
        ...finding,
      })),
    );
    const { name } = template;
    const isTwice = names.indexOf(name) !== index;
    const problem = `another template is named "${name}" at the provider`;
    return [
      ...(isTwice ? [{ file, path: 'name', problem, example: `${name}_2` }] : []),
      ...untold(file, 'texts', template.texts, languages),
      ...texts,
    ];
  });
}

type TextFinding = Omit<PracticeFinding, 'file'>;

function checkText(template: TemplateFile, text: TemplateFile['texts'][string]): readonly TextFinding[] {
  const { variables, buttons } = template;
  const findings = [...checkBody(text.body, variables.length)];
  if (text.buttons.length !== buttons.length) {
    const problem = `${text.buttons.length} labels for ${buttons.length} buttons`;
    findings.push({ path: 'buttons', problem, example: `one label for each of: ${buttons.join(', ')}` });
  }
  if (new Set(text.buttons).size !== text.buttons.length) {
    findings.push({
      path: 'buttons',
      problem: 'two buttons have the same label',
      example: '[Confirm, Move]',
    });
  }
  if (text.samples.length !== variables.length) {
    const problem = `${text.samples.length} samples for ${variables.length} variables`;
    findings.push({ path: 'samples', problem, example: `one sample for each of: ${variables.join(', ')}` });
  }
  return findings;
}

/**
 * Meta refuses a body that begins or ends with a variable (2388299), and one whose variables do not count from 1
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/templates).
 */
function checkBody(body: string, variables: number): readonly TextFinding[] {
  const path = 'body';
  const wanted = Array.from({ length: variables }, (_, index) => `{{${index + 1}}}`);
  const found = body.match(/\{\{.*?\}\}/gs) ?? [];
  const findings: TextFinding[] = [];
  if (found.join() !== wanted.join()) {
    const problem = `the variables of the text are ${found.join(', ') || 'none'}`;
    findings.push({ path, problem, example: wanted.join(', ') || 'a text without {{ }}' });
  }
  const trimmed = body.trim();
  if (trimmed.startsWith('{{') || trimmed.endsWith('}}')) {
    const problem = 'the text begins or ends with a variable, which the provider refuses';
    findings.push({ path, problem, example: 'Your visit is on {{1}} at {{2}}. See you then!' });
  }
  return findings;
}
