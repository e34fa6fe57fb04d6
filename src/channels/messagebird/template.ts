import type { RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { oneLine, refusalOf, type Template } from '../template.ts';
import { capabilities } from './capabilities.ts';

/**
 * The template as MessageBird's `hsm` object: its `params` where the body alone has variables, its `components` where buttons carry
 * payloads, since `params` cannot hold them.
 * https://developers.messagebird.com/api/conversations/
 */
export function template(content: Template, namespace: string): Json | RenderRefusal {
  const variables = content.variables.map(oneLine);
  const payloads = content.payloads.map((payload) => payload.toWellFormed());
  if (namespace === '') return { refused: 'EMPTY', field: 'namespace' };
  const wrong = refusalOf({ ...content, payloads }, variables, capabilities.templates);
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
