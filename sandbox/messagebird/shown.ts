import type { Body, Row } from '../provider/provider.ts';
import type { ApprovedTemplate } from './accounts.ts';
import { isObject, type Json } from './fields.ts';
import type { Message } from './messaging.ts';

/** By the content, which stays the same object as long as the simulator runs. */
const bodies = new WeakMap<object, Body>();

/** What a message of either side looks like on a phone. */
export function bodyOf(message: Message, templates: readonly ApprovedTemplate[]): Body {
  const known = bodies.get(message.content) ?? readBody(message, templates);
  bodies.set(message.content, known);
  return known;
}

function readBody({ type, content, direction }: Message, templates: readonly ApprovedTemplate[]): Body {
  switch (type) {
    case 'text':
      return { kind: 'text', text: string(content.text) };
    case 'whatsappText':
      return { kind: 'text', text: string(record(record(content.whatsappText).text).body) };
    case 'button':
      return { kind: 'text', text: string(record(content.button).text) };
    case 'hsm':
      return templateBody(record(content.hsm), templates);
    case 'interactive':
      return direction === 'received'
        ? { kind: 'text', text: string(record(record(content.interactive).reply).text) }
        : question(record(content.interactive));
    case 'location':
      return location(record(content.location));
    case 'whatsappSticker':
      return { kind: 'sticker' };
    default: {
      const { caption } = record(content[type]);
      const kind = type === 'file' ? 'document' : type;
      return { kind, ...(typeof caption === 'string' ? { caption } : {}) };
    }
  }
}

function question(interactive: Json): Body {
  const text = string(record(interactive.body).text);
  const action = record(interactive.action);
  if (interactive.type === 'button') {
    const buttons = objects(action.buttons).map(({ id, title }) => ({
      id: string(id),
      title: string(title),
    }));
    return { kind: 'buttons', text, buttons };
  }
  const sections = objects(action.sections).map(({ title, rows }) => ({
    ...(typeof title === 'string' ? { title } : {}),
    rows: objects(rows).map(rowOf),
  }));
  return { kind: 'list', text, list: { label: string(action.button), sections } };
}

function rowOf({ id, title, description }: Json): Row {
  return {
    id: string(id),
    title: string(title),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function templateBody(hsm: Json, templates: readonly ApprovedTemplate[]): Body {
  const { code } = record(hsm.language);
  const found = templates.find(({ name, language }) => name === hsm.templateName && language === code);
  const components = objects(hsm.components);
  const parametersOf = (type: string) =>
    components.filter((each) => each.type === type).flatMap(({ parameters }) => objects(parameters));
  const values = Array.isArray(hsm.params)
    ? objects(hsm.params).map((param) => string(param.default))
    : parametersOf('body').map(({ text }) => string(text));
  const text = (found?.body ?? '').replaceAll(
    /\{\{(\d+)\}\}/g,
    (_, place: string) => values[Number(place) - 1] ?? '',
  );
  const payloads = parametersOf('button').map(({ payload }) => string(payload));
  const buttons = (found?.labels ?? []).map((title, index) => ({ id: payloads[index] ?? title, title }));
  return { kind: 'template', text, ...(buttons.length === 0 ? {} : { buttons }) };
}

function location({ latitude, longitude, name }: Json): Body {
  const place = { latitude: Number(latitude), longitude: Number(longitude) };
  return { kind: 'location', location: typeof name === 'string' ? { ...place, name } : place };
}

function record(value: unknown): Json {
  return isObject(value) ? value : {};
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
