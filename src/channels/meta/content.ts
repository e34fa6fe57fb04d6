import type { InboundContent, SharedContact } from '../channel.ts';
import { filled, id, isRecord, type Json, list, present, record, text, tidy, word } from '../json.ts';
import { readCode } from './errors.ts';
import { readUser } from './people.ts';

/** Reads one type of message; undefined where what the type needs is missing or of another shape. */
type Reader = (message: Json) => InboundContent | undefined;

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', readText],
  ['image', (message) => readMedia('image', message.image)],
  ['audio', (message) => readMedia('audio', message.audio)],
  ['video', (message) => readMedia('video', message.video)],
  ['document', (message) => readMedia('document', message.document)],
  ['sticker', (message) => readMedia('sticker', message.sticker)],
  ['location', readLocation],
  ['contacts', readContacts],
  ['interactive', readInteractive],
  ['button', readTemplateButton],
  ['reaction', readReaction],
  ['edit', readEdit],
  ['revoke', readRevoke],
  ['system', readSystem],
  ['unsupported', readUnsupported],
  // A cart is no part of a clinic's intake: known to us, and still nothing that we could act on.
  ['order', () => ({ kind: 'unknown', what: 'order' })],
]);

/** What a message says. What cannot be read becomes `unsupported` where Meta gives a reason, else `unknown`. */
export function readContent(message: Json): InboundContent {
  const type = word(message.type);
  const reader = type === undefined ? undefined : readers.get(type);
  const content = reader?.(message);
  if (content !== undefined) return content;
  // A file over Meta's size limit, for one, arrives with an error in place of its media object.
  const code = firstErrorCode(message);
  if (code !== undefined) return { kind: 'unsupported', what: type ?? 'untyped', code };
  return { kind: 'unknown', what: reader === undefined ? (type ?? 'untyped') : `${type}.malformed` };
}

function readText(message: Json): InboundContent | undefined {
  const body = text(record(message.text).body);
  return body === undefined ? undefined : { kind: 'text', text: body };
}

type MediaKind = Extract<InboundContent, { kind: 'media' }>['media'];

function readMedia(media: MediaKind, value: unknown): InboundContent | undefined {
  const file = record(value);
  const mediaId = id(file.id);
  if (mediaId === undefined) return undefined;
  return present({
    kind: 'media' as const,
    media,
    mediaId,
    mimeType: filled(file.mime_type),
    sha256: filled(file.sha256),
    url: filled(file.url),
    caption: filled(file.caption),
    fileName: filled(file.filename),
    voice: typeof file.voice === 'boolean' ? file.voice : undefined,
  });
}

function readLocation(message: Json): InboundContent | undefined {
  const { latitude, longitude, name, address } = record(message.location);
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined;
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return present({
    kind: 'location' as const,
    latitude,
    longitude,
    name: filled(name),
    address: filled(address),
  });
}

function readContacts(message: Json): InboundContent | undefined {
  if (!Array.isArray(message.contacts)) return undefined;
  return { kind: 'contacts', contacts: message.contacts.filter(isRecord).map(readCard) };
}

function readCard(card: Json): SharedContact {
  const phones = list(card.phones).map((phone) => readCardPhone(record(phone)));
  return {
    name: text(record(card.name).formatted_name) ?? '',
    phones: phones.filter((phone) => phone !== undefined),
    requested: card.origin === 'contact_request',
  };
}

/**
 * `phone` is what the address book holds, often without a country code; `wa_id` always has one, but is no dialable
 * number everywhere (older Brazilian accounts lack a digit in it). So: the international spelling first.
 */
function readCardPhone(phone: Json): string | undefined {
  const written = filled(phone.phone);
  if (written?.trimStart().startsWith('+')) return written;
  const account = readUser(phone.wa_id, undefined).phone;
  return account === undefined ? written : `+${account}`;
}

function readInteractive(message: Json): InboundContent | undefined {
  const interactive = record(message.interactive);
  switch (interactive.type) {
    case 'button_reply':
      return readTap('button', interactive.button_reply);
    case 'list_reply':
      return readTap('list', interactive.list_reply);
    case 'nfm_reply':
      return readForm(interactive.nfm_reply);
    default: {
      const type = word(interactive.type);
      return type === undefined ? undefined : { kind: 'unknown', what: `interactive.${type}` };
    }
  }
}

function readTap(via: 'button' | 'list', value: unknown): InboundContent | undefined {
  const reply = record(value);
  const choice = filled(reply.id);
  return choice === undefined
    ? undefined
    : { kind: 'choice', via, id: choice, title: text(reply.title) ?? '' };
}

/** The payload is what was set when the template was sent, else Meta repeats the label. */
function readTemplateButton(message: Json): InboundContent | undefined {
  const button = record(message.button);
  const choice = filled(button.payload) ?? filled(button.text);
  if (choice === undefined) return undefined;
  return { kind: 'choice', via: 'template', id: choice, title: text(button.text) ?? choice };
}

/** `response_json` is a string of JSON, but not always of an object; what is no JSON, or nests too deep, stays a string. */
function readForm(value: unknown): InboundContent | undefined {
  const reply = record(value);
  const name = filled(reply.name) ?? 'flow';
  const raw = reply.response_json;
  if (raw === undefined || raw === null) return undefined;
  const response =
    tidy(typeof raw === 'string' ? parsed(raw) : raw) ??
    (typeof raw === 'string' ? { value: text(raw) } : undefined);
  return response === undefined ? undefined : { kind: 'form', name, response: response.value };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** Without an emoji, a reaction was taken back. */
function readReaction(message: Json): InboundContent | undefined {
  const reaction = record(message.reaction);
  const targetId = id(reaction.message_id);
  if (targetId === undefined) return undefined;
  return present({ kind: 'reaction' as const, targetId, emoji: filled(reaction.emoji) });
}

/** What the message says now stands inside as a message of its own: words, or media with a caption. */
function readEdit(message: Json): InboundContent | undefined {
  const edit = record(message.edit);
  const targetId = id(edit.original_message_id);
  if (targetId === undefined) return undefined;
  const edited = record(edit.message);
  const media = record(typeof edited.type === 'string' ? edited[edited.type] : undefined);
  return present({
    kind: 'edit' as const,
    targetId,
    text: filled(record(edited.text).body) ?? filled(media.caption),
  });
}

function readRevoke(message: Json): InboundContent | undefined {
  const targetId = id(record(message.revoke).original_message_id);
  return targetId === undefined ? undefined : { kind: 'revoke', targetId };
}

const identityChanges: ReadonlySet<unknown> = new Set([
  'user_changed_number',
  'user_changed_user_id',
  // Older: the same number on another device. Nothing new is named, but whoever answers may be another person.
  'customer_identity_changed',
]);

function readSystem(message: Json): InboundContent | undefined {
  const system = record(message.system);
  if (identityChanges.has(system.type)) {
    const now = readUser(system.wa_id, system.user_id);
    const before = readUser(undefined, system.previous_user_id);
    return present({
      kind: 'identity-change' as const,
      userId: now.userId,
      previousUserId: before.userId,
      phone: now.phone,
    });
  }
  const type = word(system.type);
  return type === undefined ? undefined : { kind: 'unknown', what: `system.${type}` };
}

function readUnsupported(message: Json): InboundContent {
  return present({
    kind: 'unsupported' as const,
    what: word(record(message.unsupported).type) ?? 'unsupported',
    code: firstErrorCode(message),
  });
}

function firstErrorCode(message: Json): number | undefined {
  return readCode(record(list(message.errors)[0]).code);
}
