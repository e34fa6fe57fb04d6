import type { RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { oneLine, refusalOf, type Template } from '../template.ts';
import { capabilities } from './capabilities.ts';

/** The message as Meta's template reference has it, with positional variables and quick-reply buttons. */
export function template(content: Template): Json | RenderRefusal {
  const variables = content.variables.map(oneLine);
  const wrong = refusalOf(content, variables, capabilities.templates);
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
