import type { BirdTemplateProject, BirdUser } from './accounts.ts';
import { type Failure, invalid, whatsAppFailure } from './errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a `POST …/messages` asks for, once its shape holds. */
export type Send = {
  readonly to: BirdUser;
  readonly contact: Json;
  readonly reference: string;
  readonly body: Json | undefined;
  readonly template: Json | undefined;
};

/** `additionalProperties: false` in Bird's schema: an unknown field is refused. */
const allowed: ReadonlySet<string> = new Set([
  ...[
    'sender',
    'receiver',
    'reference',
    'template',
    'meta',
    'replyTo',
    'body',
    'notification',
    'capFrequency',
  ],
  ...['enableLinkTracking', 'ignoreQuietHours', 'tags', 'shortLinks', 'scheduledFor', 'validity'],
]);

const bodyTypes: readonly unknown[] = ['text', 'list', 'image', 'file', 'location', 'carousel'];

/** Throws `BirdError` for whatever Bird refuses at once: the shape. What WhatsApp refuses is told by status. */
export function readSend(value: unknown): Send {
  const request = object(value, 'body');
  for (const field of Object.keys(request)) if (!allowed.has(field)) throw invalid(`unknown field ${field}`);
  const contacts = list(object(request.receiver, 'receiver').contacts);
  if (contacts.length !== 1) throw invalid('receiver.contacts needs one contact');
  const contact = object(contacts[0], 'receiver.contacts.0');
  if ((request.body === undefined) === (request.template === undefined)) {
    throw invalid('exactly one of body and template must be set');
  }
  const body = request.body === undefined ? undefined : object(request.body, 'body');
  if (body !== undefined && !bodyTypes.includes(body.type)) throw invalid('body.type');
  if (body !== undefined) object(body[String(body.type)], `body.${String(body.type)}`);
  const template = request.template === undefined ? undefined : object(request.template, 'template');
  if (request.reference !== undefined && typeof request.reference !== 'string') throw invalid('reference');
  return { to: readContact(contact), contact, reference: request.reference ?? '', body, template };
}

function readContact({ identifierKey = 'phonenumber', identifierValue }: Json): BirdUser {
  if (typeof identifierValue !== 'string') throw invalid('identifierValue');
  if (identifierKey === 'phonenumber' && /^\+\d{5,15}$/.test(identifierValue)) {
    return { phone: identifierValue.slice(1) };
  }
  if (identifierKey === 'whatsappbsuid' && /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(identifierValue)) {
    return { userId: identifierValue };
  }
  throw invalid('identifierValue does not fit its identifierKey');
}

/** What the template service and WhatsApp itself refuse, after Bird has accepted the message. */
export function failureOf(
  { body, template }: Send,
  templates: readonly BirdTemplateProject[],
  isWindowOpen: boolean,
): Failure | undefined {
  if (template !== undefined) return templateFailure(template, templates);
  if (!isWindowOpen) return whatsAppFailure(131047);
  return body === undefined || isWithinLimits(body) ? undefined : whatsAppFailure(131009);
}

function templateFailure(template: Json, templates: readonly BirdTemplateProject[]): Failure | undefined {
  const project = templates.find(
    ({ projectId, locale }) => projectId === template.projectId && locale === template.locale,
  );
  if (project === undefined) return { code: 12001, source: { name: 'touchpoint', code: 'not-found' } };
  const given = Array.isArray(template.parameters)
    ? template.parameters.map((parameter) => String(record(parameter).key))
    : Object.keys(record(template.variables));
  const isComplete = project.variables.every((name) => given.includes(name));
  return isComplete ? undefined : whatsAppFailure(132000);
}

/** Meta's limits of a text, of its buttons and of a list. */
function isWithinLimits(body: Json): boolean {
  const content = record(body[String(body.type)]);
  if (body.type !== 'text' && body.type !== 'list') return true;
  const actions =
    body.type === 'text'
      ? list(content.actions)
      : list(content.items).flatMap((item) => list(record(item).actions));
  const text = String(content.text ?? '');
  const isPlain = body.type === 'text' && actions.length === 0;
  const longest = body.type === 'text' && !isPlain ? 1024 : 4096;
  if (text === '' || text.length > longest) return false;
  return isPlain || areActions(actions, body.type === 'text' ? [3, 20, 256] : [10, 24, 200]);
}

function areActions(
  actions: readonly unknown[],
  [max, titleChars, idChars]: readonly [number, number, number],
): boolean {
  const postbacks = actions.map((action) => record(record(action).postback));
  const isFit = ({ text, payload }: Json) =>
    isShort(text, titleChars) && (payload === undefined || isShort(payload, idChars));
  const titles = new Set(postbacks.map(({ text }) => text));
  return (
    actions.length >= 1 && actions.length <= max && postbacks.every(isFit) && titles.size === actions.length
  );
}

function isShort(value: unknown, chars: number): boolean {
  return typeof value === 'string' && value.length >= 1 && value.length <= chars;
}

function object(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${name} must be an object`);
  return value as Json; // an object, and no list
}

export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}; // as above
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
