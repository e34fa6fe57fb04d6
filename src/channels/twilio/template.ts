import type { OutboundContent, RenderRefusal } from '../channel.ts';
import type { TemplateContent } from './account.ts';
import {
  maxTemplateBodyChars,
  maxTemplateButtons,
  maxTemplatePayloadChars,
  maxVariableChars,
  maxVariables,
} from './limits.ts';
import { type Said, tooLong } from './refusal.ts';

type Template = Extract<OutboundContent, { kind: 'template' }>;

/**
 * The template by its id at Twilio, its body's variables numbered from 1 and the payloads of its quick replies after them. A template
 * that the account does not name there cannot be sent: Twilio knows neither name nor language.
 */
export function template(content: Template, contents: readonly TemplateContent[]): Said | RenderRefusal {
  const { name, language } = content;
  if (name === '') return { refused: 'EMPTY', field: 'name' };
  if (language === '') return { refused: 'EMPTY', field: 'language' };
  const variables = content.variables.map(oneLine);
  const payloads = content.payloads.map((payload) => payload.toWellFormed());
  const wrong = firstWrong(content, variables) ?? firstWrongPayload(payloads);
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

/** WhatsApp refuses line breaks, tabs and more than four spaces in a row. */
function oneLine(value: string): string {
  return value.toWellFormed().replaceAll(/\s+/g, ' ').trim();
}

function firstWrong(content: Template, variables: readonly string[]): RenderRefusal | undefined {
  const { text, payloads } = content;
  for (const [index, value] of variables.entries()) {
    const field = `variables.${index}`;
    if (value === '') return { refused: 'EMPTY', field };
    if (value.length > maxVariableChars) return tooLong(field, maxVariableChars, value.length);
  }
  if (text.length > maxTemplateBodyChars) return tooLong('text', maxTemplateBodyChars, text.length);
  const most = maxVariables - payloads.length;
  if (payloads.length > maxTemplateButtons) {
    return { refused: 'TOO_MANY', field: 'payloads', limit: maxTemplateButtons, actual: payloads.length };
  }
  if (variables.length <= most) return undefined;
  return { refused: 'TOO_MANY', field: 'variables', limit: most, actual: variables.length };
}

function firstWrongPayload(payloads: readonly string[]): RenderRefusal | undefined {
  for (const [index, payload] of payloads.entries()) {
    const field = `payloads.${index}`;
    if (payload === '') return { refused: 'EMPTY', field };
    if (payload.length > maxTemplatePayloadChars) {
      return tooLong(field, maxTemplatePayloadChars, payload.length);
    }
    // The tap says which button it was by the payload alone.
    if (payloads.indexOf(payload) !== index) return { refused: 'DUPLICATE_ID', field };
  }
  return undefined;
}
