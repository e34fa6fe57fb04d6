import type { Shown } from './side.ts';

/** WhatsApp's own objects for what is shown: Meta takes them as they are, and Vonage within `custom`. */
type Said = {
  readonly type: string;
  readonly text?: { readonly body: string };
  readonly interactive?: {
    readonly type: string;
    readonly body: { readonly text: string };
    readonly action: {
      readonly name?: string;
      readonly buttons?: readonly { readonly reply: { readonly id: string; readonly title: string } }[];
      readonly sections?: readonly {
        readonly rows: readonly {
          readonly id: string;
          readonly title: string;
          readonly description?: string;
        }[];
      }[];
    };
  };
  readonly template?: {
    readonly name: string;
    readonly language: { readonly code: string };
    readonly components?: readonly {
      readonly parameters: readonly { readonly text?: string; readonly payload?: string }[];
    }[];
  };
};

export function shownOf(value: unknown): Shown {
  const { text, interactive, template } = value as Said; // of the codec's making; what is not there shows as an error
  if (interactive !== undefined) {
    const { name, buttons, sections = [] } = interactive.action;
    const isRequest = interactive.type === 'request_contact_info' && name === interactive.type;
    if (isRequest) return { as: 'contact-request', text: interactive.body.text };
    return {
      as: buttons === undefined ? 'list' : 'buttons',
      text: interactive.body.text,
      choices: buttons?.map(({ reply }) => reply) ?? sections.flatMap(({ rows }) => rows),
    };
  }
  if (template !== undefined) {
    const parameters = (template.components ?? []).flatMap((component) => component.parameters);
    return {
      as: 'template',
      named: { name: template.name, language: template.language.code },
      values: parameters.map((parameter) => parameter.text ?? parameter.payload ?? ''),
    };
  }
  return { as: 'text', text: text?.body ?? '' };
}
