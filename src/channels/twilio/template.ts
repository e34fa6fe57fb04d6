import type { RenderRefusal } from '../channel.ts';
import { tooLong, tooMany } from '../refusal.ts';
import { oneLine, refusalOf, type Template } from '../template.ts';
import type { TemplateContent } from './account.ts';
import { capabilities } from './capabilities.ts';
import { maxVariableChars, maxVariables } from './limits.ts';
import type { Said } from './said.ts';

/**
 * The template by its id at Twilio, its body's variables numbered from 1 and the payloads of its quick replies after them. A template
 * that the account does not name there cannot be sent: Twilio knows neither name nor language.
 */
export function template(content: Template, contents: readonly TemplateContent[]): Said | RenderRefusal {
  const { name, language } = content;
  const variables = content.variables.map(oneLine);
  const payloads = content.payloads.map((payload) => payload.toWellFormed());
  const wrong =
    refusalOf({ ...content, payloads }, variables, capabilities.templates) ??
    refusalOfVariables(variables, payloads.length);
  if (wrong !== undefined) return wrong;
  const found = contents.find((each) => each.name === name && each.language === language);
  if (found === undefined) return { refused: 'NOT_OFFERED', field: 'name' };
  return contentOf(
    found.contentSid,
    found.payloads === 'variables' ? [...variables, ...payloads] : variables,
  );
}

/** A content with its variables set: `{"1": …, "2": …}`. */
export function contentOf(contentSid: string, values: readonly string[]): Said {
  const numbered = Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
  return {
    ContentSid: contentSid,
    ...(values.length > 0 && { ContentVariables: JSON.stringify(numbered) }),
  };
}

/** What Twilio itself sets limits to. */
function refusalOfVariables(variables: readonly string[], payloads: number): RenderRefusal | undefined {
  const long = variables.findIndex((value) => value.length > maxVariableChars);
  if (long !== -1) return tooLong(`variables.${long}`, maxVariableChars, variables[long]?.length ?? 0);
  const most = maxVariables - payloads;
  return variables.length > most ? tooMany('variables', most, variables.length) : undefined;
}
