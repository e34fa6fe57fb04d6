import { statusError } from '../meta/errors.ts';
import { isObject, type Json } from '../meta/fields.ts';
import type { ChatMessage } from '../meta/index.ts';

/** One bubble on the phone. */
export type Bubble = {
  /** The message's id at the provider. */
  readonly id: string;
  readonly side: 'patient' | 'practice';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `text`, `buttons`, `list`, `template` (a text that the provider approved, with `buttons` or none), `image`, `audio`, `document`, `sticker`, `location`, or the provider's own word. */
  readonly kind: string;
  readonly text?: string;
  readonly caption?: string;
  readonly fileName?: string;
  readonly location?: { readonly latitude: number; readonly longitude: number; readonly name?: string };
  readonly buttons?: readonly { readonly id: string; readonly title: string }[];
  readonly list?: { readonly label: string; readonly sections: readonly Section[] };
  readonly replyTo?: { readonly text: string };
  readonly status?: 'sending' | 'sent' | 'delivered' | 'read' | 'failed';
  /** Why it failed, in words. */
  readonly error?: string;
};

export type Section = {
  readonly title?: string;
  readonly rows: readonly { readonly id: string; readonly title: string; readonly description?: string }[];
};

/** The chat as the phone shows it at the instant `now` (milliseconds). Statuses to come are not reached yet. */
export function bubbles(messages: readonly ChatMessage[], now: number): Bubble[] {
  const texts = new Map<string, string>();
  return messages.map((message) => {
    const body = bodyOf(message);
    texts.set(message.wamid, body.text ?? body.caption ?? body.kind);
    const quoted = message.replyTo === undefined ? undefined : texts.get(message.replyTo);
    return {
      id: message.wamid,
      side: message.direction === 'in' ? 'patient' : 'practice',
      at: new Date(message.at).toISOString(),
      ...body,
      ...(quoted === undefined ? {} : { replyTo: { text: quoted } }),
      ...statusOf(message, now),
    };
  });
}

function statusOf(message: ChatMessage, now: number): Pick<Bubble, 'status' | 'error'> {
  const reached = (at: number | undefined) => at !== undefined && at <= now;
  if (reached(message.failedAt)) {
    const { title } = statusError(message.failedCode ?? 131026);
    return { status: 'failed', error: `${String(title)} (${message.failedCode})` };
  }
  if (reached(message.readAt)) return { status: 'read' };
  // To the patient the provider's servers are the other phone: what they took is delivered.
  if (message.direction === 'in' || reached(message.deliveredAt)) return { status: 'delivered' };
  return { status: reached(message.sentAt) ? 'sent' : 'sending' };
}

type Body = Pick<Bubble, 'kind' | 'text' | 'caption' | 'fileName' | 'location' | 'buttons' | 'list'>;

/** By the payload, which stays the same object as long as the provider runs. */
const bodies = new WeakMap<object, Body>();

function bodyOf(message: ChatMessage): Body {
  if (!isObject(message.payload)) return readBody(message);
  const known = bodies.get(message.payload) ?? readBody(message);
  bodies.set(message.payload, known);
  return known;
}

function readBody(message: ChatMessage): Body {
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
  const parameters = isObject(action.parameters) ? action.parameters : {};
  const link = string(parameters.url);
  return {
    kind: 'text',
    text: link === undefined ? text : `${text}\n${string(parameters.display_text)}: ${link}`,
  };
}

function choice(value: unknown): { id: string; title: string; description?: string }[] {
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
