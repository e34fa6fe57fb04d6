import type { OutboundContent, RenderRefusal } from '../channel.ts';
import type { Json } from '../meta/json.ts';
import {
  maxTemplateBodyChars,
  maxTemplateButtons,
  maxTemplateNameChars,
  maxTemplatePayloadChars,
} from './limits.ts';

type Template = Extract<OutboundContent, { kind: 'template' }>;

/**
 * The template as MessageBird's `hsm` object: its `params` where the body alone has variables, its `components` where buttons carry
 * payloads, since `params` cannot hold them.
 * https://developers.messagebird.com/api/conversations/
 */
export function template(content: Template, namespace: string): Json | RenderRefusal {
  const variables = content.variables.map(oneLine);
  const payloads = content.payloads.map((payload) => payload.toWellFormed());
  const wrong = firstWrong({ ...content, payloads }, namespace, variables);
  if (wrong !== undefined) return wrong;
  return {
    namespace,
    templateName: content.name,
    language: { policy: 'deterministic', code: content.language },
    ...(payloads.length === 0
      ? { params: variables.map((text) => ({ default: text })) }
      : { components: components(variables, payloads) }),
  };
}

function components(variables: readonly string[], payloads: readonly string[]): readonly Json[] {
  const body = { type: 'body', parameters: variables.map((text) => ({ type: 'text', text })) };
  return [
    ...(variables.length === 0 ? [] : [body]),
    ...payloads.map((payload, index) => ({
      type: 'button',
      sub_type: 'quick_reply',
      index,
      parameters: [{ type: 'payload', payload }],
    })),
  ];
}

/** WhatsApp refuses line breaks, tabs and more than four spaces in a row. */
function oneLine(value: string): string {
  return value.toWellFormed().replaceAll(/\s+/g, ' ').trim();
}

function firstWrong(
  content: Template,
  namespace: string,
  variables: readonly string[],
): RenderRefusal | undefined {
  const { name, language, text, payloads } = content;
  if (namespace === '') return { refused: 'EMPTY', field: 'namespace' };
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
