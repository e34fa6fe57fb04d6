import { GraphError } from './errors.ts';
import {
  invalid,
  isObject,
  type Json,
  list,
  number,
  object,
  optionalText,
  required,
  text,
  webUrl,
} from './fields.ts';
import { bsuidPattern } from './ids.ts';
import { checkInteractive } from './interactive.ts';
import { checkTemplate } from './template-send.ts';

/** What a `POST /{phone_number_id}/messages` asks for, once its shape and every limit hold. */
export type Send =
  | { readonly kind: 'read'; readonly messageId: string; readonly typing: boolean }
  | {
      readonly kind: 'message';
      /** As given; `to` wins where both are. */
      readonly to: string | undefined;
      readonly recipient: string | undefined;
      readonly type: string;
      /** The object under the type's own name. */
      readonly payload: unknown;
      readonly replyTo: string | undefined;
      readonly ourId: string | undefined;
    };

/** Meta: Cloud API, messages reference. */
const maxTextBody = 4096;
const maxCaption = 1024;
const maxCallbackData = 512;

/** Reads the body of a send. Throws `GraphError` with Meta's code for whatever Meta would refuse. */
export function readSend(body: unknown): Send {
  if (!isObject(body) || body.messaging_product === undefined) throw required('messaging_product');
  if (body.messaging_product !== 'whatsapp') {
    throw new GraphError(100, 'Param messaging_product must be one of {WHATSAPP}.');
  }
  return body.status === undefined ? readMessage(body) : readReceipt(body);
}

function readReceipt(body: Json): Send {
  if (body.status !== 'read') throw new GraphError(100, 'Param status must be one of {READ}.');
  const messageId = text(body.message_id, 'message_id', 512, 100);
  if (body.typing_indicator === undefined) return { kind: 'read', messageId, typing: false };
  if (object(body.typing_indicator, 'typing_indicator').type !== 'text') {
    throw new GraphError(100, "Param typing_indicator['type'] must be one of {TEXT}.");
  }
  return { kind: 'read', messageId, typing: true };
}

function readMessage(body: Json): Send {
  const type = body.type ?? 'text';
  const check = typeof type === 'string' ? checks[type] : undefined;
  if (typeof type !== 'string' || check === undefined) {
    throw new GraphError(100, `Param type must be one of {${Object.keys(checks).join(', ').toUpperCase()}}.`);
  }
  if (body.recipient_type !== undefined && body.recipient_type !== 'individual') {
    throw new GraphError(
      100,
      'Param recipient_type must be one of {INDIVIDUAL} for this business phone number.',
    );
  }
  const { to, recipient } = readRecipient(body);
  if (body[type] === undefined) {
    throw new GraphError(131008, `Parameter '${type}' is mandatory for type '${type}'`);
  }
  check(object(type === 'contacts' ? { contacts: body[type] } : body[type], type));
  return {
    kind: 'message',
    to,
    recipient,
    type,
    payload: body[type],
    replyTo: body.context === undefined ? undefined : readContext(body.context),
    ourId: readCallbackData(body.biz_opaque_callback_data),
  };
}

function readRecipient(body: Json): { to: string | undefined; recipient: string | undefined } {
  if (body.to === undefined && body.recipient === undefined) throw required('to');
  if (body.to !== undefined && (typeof body.to !== 'string' || body.to.trim() === '')) throw required('to');
  if (body.recipient !== undefined) {
    if (typeof body.recipient !== 'string' || !bsuidPattern.test(body.recipient)) {
      throw new GraphError(100, 'Param recipient must be a business-scoped user ID.');
    }
  }
  return {
    to: typeof body.to === 'string' ? body.to : undefined,
    recipient: typeof body.recipient === 'string' ? body.recipient : undefined,
  };
}

function readContext(context: unknown): string {
  return text(object(context, 'context').message_id, "context['message_id']", 512, 100);
}

function readCallbackData(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > maxCallbackData) {
    throw new GraphError(
      100,
      `Param biz_opaque_callback_data must be at most ${maxCallbackData} characters long.`,
    );
  }
  return value;
}

const checks: Readonly<Record<string, (payload: Json) => void>> = {
  text: (payload) => {
    text(payload.body, "text['body']", maxTextBody, 100);
    if (payload.preview_url !== undefined && typeof payload.preview_url !== 'boolean') {
      throw new GraphError(100, "Param text['preview_url'] must be a boolean.");
    }
  },
  image: (payload) => checkMedia('image', payload, { caption: true }),
  video: (payload) => checkMedia('video', payload, { caption: true }),
  audio: (payload) => checkMedia('audio', payload, {}),
  sticker: (payload) => checkMedia('sticker', payload, {}),
  document: (payload) => checkMedia('document', payload, { caption: true, filename: true }),
  location: (payload) => {
    number(payload.latitude, "location['latitude']", -90, 90);
    number(payload.longitude, "location['longitude']", -180, 180);
    optionalText(payload.name, "location['name']", 1000);
    optionalText(payload.address, "location['address']", 1000);
  },
  contacts: (payload) => {
    const contacts = list(payload.contacts, 'contacts');
    if (contacts.length === 0) throw invalid('Param contacts needs at least one contact.');
    for (const [index, value] of contacts.entries()) checkContact(value, `contacts[${index}]`);
  },
  reaction: (payload) => {
    text(payload.message_id, "reaction['message_id']", 512, 100);
    if (typeof payload.emoji !== 'string') throw required("reaction['emoji']");
  },
  interactive: checkInteractive,
  template: checkTemplate,
};

function checkMedia(type: string, payload: Json, allows: { caption?: boolean; filename?: boolean }): void {
  const has = [payload.id, payload.link].filter((value) => value !== undefined).length;
  if (has !== 1) throw new GraphError(100, `Param ${type} needs exactly one of id and link.`);
  if (payload.id !== undefined) text(payload.id, `${type}['id']`, 64, 100);
  else webUrl(payload.link, `${type}['link']`);
  if (payload.caption !== undefined) {
    if (!allows.caption) throw invalid(`Param ${type}['caption'] is not allowed.`);
    text(payload.caption, `${type}['caption']`, maxCaption);
  }
  if (payload.filename !== undefined) {
    if (!allows.filename) throw invalid(`Param ${type}['filename'] is not allowed.`);
    text(payload.filename, `${type}['filename']`, 240);
  }
}

function checkContact(value: unknown, path: string): void {
  const contact = object(value, path);
  const name = object(contact.name, `${path}['name']`);
  text(name.formatted_name, `${path}['name']['formatted_name']`, 512);
  const parts = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix'];
  if (!parts.some((part) => typeof name[part] === 'string')) {
    throw invalid(`${path}['name'] needs one of ${parts.join(', ')}.`);
  }
}
