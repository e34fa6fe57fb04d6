import type { InboundContent } from '../channel.ts';
import { filled, id, isRecord, type Json, present, record, text, word } from '../json.ts';
import { readContent as readMetaContent } from '../meta/content.ts';
import { mediaIdOf, readMediaUrl } from './media.ts';

/** Reads one type of message; undefined where what the type needs is missing or of another shape. */
type Reader = (message: Json) => InboundContent | undefined;

/** https://developer.vonage.com/en/api/messages (inbound message, WhatsApp) */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', readText],
  ['image', (message) => readMedia('image', message.image)],
  ['audio', (message) => readMedia('audio', message.audio)],
  ['video', (message) => readMedia('video', message.video)],
  ['file', (message) => readMedia('document', message.file)],
  ['sticker', (message) => readMedia('sticker', message.sticker)],
  ['location', readLocation],
  ['contact', (message) => readContacts(message.contact)],
  ['contacts', (message) => readContacts(message.contacts)],
  ['reply', readReply],
  ['button', readButton],
  ['reaction', readReaction],
  // Not documented; if Vonage passes Meta's message of a changed number or user id on, it is understood.
  ['system', (message) => known(readMetaContent({ type: 'system', system: message.system }))],
  // What Meta would not show, Vonage cannot either; `provider_message` says why in words, which may quote the message.
  ['unsupported', () => ({ kind: 'unsupported', what: 'unsupported' })],
  // A cart is no part of a clinic's intake: known to us, and still nothing that we could act on. Its numbers are strings here.
  ['order', () => ({ kind: 'unknown', what: 'order' })],
]);

/** What a message says; `unknown` where it cannot be read. */
export function readContent(message: Json): InboundContent {
  const type = word(message.message_type);
  const reader = type === undefined ? undefined : readers.get(type);
  const content = reader?.(message);
  if (content !== undefined) return content;
  return { kind: 'unknown', what: reader === undefined ? (type ?? 'untyped') : `${type}.malformed` };
}

/** Meta's reader says `unknown` in Meta's words for what it cannot read. */
function known(content: InboundContent): InboundContent | undefined {
  return content.kind === 'unknown' ? undefined : content;
}

function readText(message: Json): InboundContent | undefined {
  const body = text(message.text);
  return body === undefined ? undefined : { kind: 'text', text: body };
}

type MediaKind = Extract<InboundContent, { kind: 'media' }>['media'];

/** Vonage gives an address and no id, no type and no hash: what the file is, only its bytes say. */
function readMedia(media: MediaKind, value: unknown): InboundContent | undefined {
  const file = record(value);
  const url = readMediaUrl(file.url);
  if (url === undefined) return undefined;
  return present({
    kind: 'media' as const,
    media,
    mediaId: mediaIdOf(url),
    url,
    caption: filled(file.caption),
    fileName: filled(file.name),
  });
}

function readLocation(message: Json): InboundContent | undefined {
  const { lat, long, name, address } = record(message.location);
  const location = { latitude: degrees(lat), longitude: degrees(long), name, address };
  return known(readMetaContent({ type: 'location', location }));
}

/** The API's first version wrote them as strings. */
function degrees(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,3}(\.\d{1,20})?$/.test(value) ? Number(value) : value;
}

/** Meta's cards: one, several, or several under their own name. */
function readContacts(value: unknown): InboundContent | undefined {
  const inner = isRecord(value) && Array.isArray(value.contacts) ? value.contacts : value;
  const contacts = isRecord(inner) ? [inner] : inner;
  return known(readMetaContent({ type: 'contacts', contacts }));
}

/** A tap on a button or on a row of a list. Vonage does not say which, and only a row has a description. */
function readReply(message: Json): InboundContent | undefined {
  const reply = record(message.reply);
  const choice = filled(reply.id);
  if (choice === undefined) return undefined;
  const via = filled(reply.description) === undefined ? 'button' : 'list';
  return { kind: 'choice', via, id: choice, title: text(reply.title) ?? '' };
}

/** A template's button, or the answers of a Flow, which are an object or a string of JSON. */
function readButton(message: Json): InboundContent | undefined {
  const button = record(message.button);
  if (button.subtype !== 'flow' && !isRecord(button.payload)) {
    return known(readMetaContent({ type: 'button', button }));
  }
  const reply = { name: 'flow', response_json: button.payload };
  return known(
    readMetaContent({ type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: reply } }),
  );
}

/** The target stands in the context. Without an emoji, a reaction was taken back. */
function readReaction(message: Json): InboundContent | undefined {
  const { action, emoji } = record(message.reaction);
  const targetId = id(record(message.context).message_uuid);
  if (targetId === undefined || !isRecord(message.reaction)) return undefined;
  return present({
    kind: 'reaction' as const,
    targetId,
    emoji: action === 'unreact' ? undefined : filled(emoji),
  });
}
