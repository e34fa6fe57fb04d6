import type { OutboundContent } from '#channels/channel.ts';
import { type DataClass, dataClasses } from '#kernel/phi.ts';
import { type TemplateFile, type TemplateVariable, variableClasses } from '#practice/practice.ts';

export type TemplateContent = {
  readonly content: Extract<OutboundContent, { kind: 'template' }>;
  /** The highest class of its variables. */
  readonly dataClass: DataClass;
};

/**
 * A template with its variables set; undefined where it has no text in the language, or a variable has no value.
 * @param payloads what each button sends back, in the template's order
 */
export function templateContent(
  template: TemplateFile,
  language: string,
  values: Readonly<Partial<Record<TemplateVariable, string>>>,
  payloads: readonly string[],
): TemplateContent | undefined {
  const text = Object.hasOwn(template.texts, language) ? template.texts[language] : undefined;
  if (text === undefined) return undefined;
  const variables = template.variables.map((variable) => oneLine(values[variable] ?? ''));
  if (variables.includes('')) return undefined;
  const classes = template.variables.map((variable) => variableClasses[variable]);
  return {
    content: {
      kind: 'template',
      name: template.name,
      language: text.providerLanguage,
      variables,
      payloads,
      text: text.body.replaceAll(/\{\{(\d+)\}\}/g, (_, place) => variables[Number(place) - 1] ?? ''),
      labels: text.buttons,
    },
    dataClass: dataClasses.findLast((each) => classes.includes(each)) ?? 'none',
  };
}

/** A value stands within a line of the template's text; providers refuse line breaks in it. */
function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').trim();
}
