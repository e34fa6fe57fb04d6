import type { Body, Row } from '../provider/provider.ts';
import { isObject, type Json } from './fields.ts';

/** `type`, and the object under its name: as Meta's API has messages of either side. */
type Message = { readonly type: string; readonly direction: 'in' | 'out'; readonly payload: unknown };

/** By the payload, which stays the same object as long as the provider runs. */
const bodies = new WeakMap<object, Body>();

/** What a message of either side looks like on a phone. */
export function bodyOf(message: Message): Body {
  if (!isObject(message.payload)) return readBody(message);
  const known = bodies.get(message.payload) ?? readBody(message);
  bodies.set(message.payload, known);
  return known;
}

function readBody(message: Message): Body {
  const payload = isObject(message.payload) ? message.payload : {};
  switch (message.type) {
    case 'text':
      return { kind: 'text', text: string(payload.body) ?? '' };
    case 'interactive':
      return message.direction === 'in' ? tapBody(payload) : interactiveBody(payload);
    case 'template':
      return templateBody(payload);
    case 'button':
      return { kind: 'text', text: string(payload.text) ?? '' };
    case 'reaction':
      return { kind: 'reaction', text: string(payload.emoji) ?? '' };
    case 'location':
      return locationBody(payload);
    case 'contacts':
      return { kind: 'contacts', text: contactNames(message.payload) };
    default:
      return mediaBody(message.type, payload);
  }
}

function tapBody(payload: Json): Body {
  const reply = payload.button_reply ?? payload.list_reply;
  return { kind: 'text', text: (isObject(reply) ? string(reply.title) : undefined) ?? '' };
}

/** As the simulator filled it in when it was sent. */
function templateBody({ rendered }: Json): Body {
  const shown = isObject(rendered) ? rendered : {};
  const buttons = objects(shown.buttons).map((button) => ({
    id: string(button.payload) ?? '',
    title: string(button.text) ?? '',
  }));
  return {
    kind: 'template',
    text: string(shown.text) ?? '',
    ...(buttons.length === 0 ? {} : { buttons }),
  };
}

function interactiveBody(payload: Json): Body {
  const text = (isObject(payload.body) ? string(payload.body.text) : undefined) ?? '';
  const action = isObject(payload.action) ? payload.action : {};
  if (payload.type === 'button') {
    return { kind: 'buttons', text, buttons: objects(action.buttons).flatMap((b) => choice(b.reply)) };
  }
  if (payload.type === 'list') {
    const sections = objects(action.sections).map((section) => ({
      ...(typeof section.title === 'string' ? { title: section.title } : {}),
      rows: objects(section.rows).flatMap(choice),
    }));
    return { kind: 'list', text, list: { label: string(action.button) ?? '', sections } };
  }
  if (payload.type === 'request_contact_info')
    return { kind: 'contact-request', text, buttons: [{ id: 'own-number', title: 'Share phone number' }] };
  const parameters = isObject(action.parameters) ? action.parameters : {};
  const link = string(parameters.url);
  return {
    kind: 'text',
    text: link === undefined ? text : `${text}\n${string(parameters.display_text)}: ${link}`,
  };
}

function choice(value: unknown): Row[] {
  if (!isObject(value)) return [];
  const description = string(value.description);
  return [
    {
      id: string(value.id) ?? '',
      title: string(value.title) ?? '',
      ...(description === undefined ? {} : { description }),
    },
  ];
}

function locationBody(payload: Json): Body {
  const name = string(payload.name);
  const location = { latitude: Number(payload.latitude), longitude: Number(payload.longitude) };
  return { kind: 'location', location: name === undefined ? location : { ...location, name } };
}

function mediaBody(kind: string, payload: Json): Body {
  const caption = string(payload.caption);
  const fileName = string(payload.filename);
  return {
    kind,
    ...(caption === undefined ? {} : { caption }),
    ...(fileName === undefined ? {} : { fileName }),
  };
}

function contactNames(payload: unknown): string {
  return objects(payload)
    .flatMap(({ name }) => (isObject(name) ? [string(name.formatted_name) ?? ''] : []))
    .join(', ');
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
