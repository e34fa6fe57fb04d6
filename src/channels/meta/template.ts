import type { OutboundContent, RenderRefusal } from '../channel.ts';
import type { Json } from './json.ts';
import {
  maxTemplateBodyChars,
  maxTemplateButtons,
  maxTemplateNameChars,
  maxTemplatePayloadChars,
} from './limits.ts';

type Template = Extract<OutboundContent, { kind: 'template' }>;

/** The message as Meta's template reference has it, with positional variables and quick-reply buttons. */
export function template(content: Template): Json | RenderRefusal {
  const variables = content.variables.map(oneLine);
  const wrong = firstWrong(content, variables);
  if (wrong !== undefined) return wrong;
  const components = [
    ...(variables.length === 0
      ? []
      : [{ type: 'body', parameters: variables.map((text) => ({ type: 'text', text })) }]),
    ...content.payloads.map((payload, index) => ({
      type: 'button',
      sub_type: 'quick_reply',
      index: String(index),
      parameters: [{ type: 'payload', payload }],
    })),
  ];
  return {
    type: 'template',
    template: {
      name: content.name,
      language: { code: content.language },
      ...(components.length > 0 && { components }),
    },
  };
}

/** Meta refuses line breaks, tabs and more than four spaces in a row (132012, 132018). */
function oneLine(value: string): string {
  return value.toWellFormed().replaceAll(/\s+/g, ' ').trim();
}

function firstWrong(content: Template, variables: readonly string[]): RenderRefusal | undefined {
  const { name, language, text, payloads } = content;
  if (name === '') return { refused: 'EMPTY', field: 'name' };
  if (name.length > maxTemplateNameChars) return tooLong('name', maxTemplateNameChars, name.length);
  if (language === '') return { refused: 'EMPTY', field: 'language' };
  const empty = variables.indexOf('');
  if (empty !== -1) return { refused: 'EMPTY', field: `variables.${empty}` };
  if (text.length > maxTemplateBodyChars) return tooLong('text', maxTemplateBodyChars, text.length);
  if (payloads.length > maxTemplateButtons) {
    return { refused: 'TOO_MANY', field: 'payloads', limit: maxTemplateButtons, actual: payloads.length };
  }
  return firstWrongPayload(payloads);
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

export function tooLong(field: string, limit: number, actual: number): RenderRefusal {
  return { refused: 'TOO_LONG', field, limit, actual };
}
