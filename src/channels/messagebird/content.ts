import { createHash } from 'node:crypto';
import type { InboundContent } from '../channel.ts';
import { filled, isRecord, type Json, present, record, text, word } from '../json.ts';
import { readCode } from './errors.ts';

/** Reads `content` for one type of message; undefined where what the type needs is missing or of another shape. */
type Reader = (content: Json) => InboundContent | undefined;

/** https://developers.messagebird.com/api/conversations/ */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', ({ text: said }) => asText(said)],
  ['whatsappText', (content) => asText(record(record(content.whatsappText).text).body)],
  ['image', ({ image }) => readMedia('image', image)],
  ['audio', ({ audio }) => readMedia('audio', audio)],
  ['video', ({ video }) => readMedia('video', video)],
  ['file', ({ file }) => readMedia('document', file)],
  ['whatsappSticker', ({ whatsappSticker }) => readMedia('sticker', whatsappSticker)],
  ['location', readLocation],
  ['interactive', ({ interactive }) => readInteractive(record(interactive))],
  // Not in the SDKs' types: a template's quick reply, as Meta has it.
  ['button', ({ button }) => readTemplateButton(button)],
  ['whatsappButton', ({ whatsappButton }) => readTemplateButton(whatsappButton)],
  // A cart is no part of a clinic's intake: known to us, and still nothing that we could act on.
  ['whatsappOrder', () => ({ kind: 'unknown', what: 'whatsappOrder' })],
]);

/** What a message says. What cannot be read becomes `unsupported` where MessageBird gives a reason, else `unknown`. */
export function readContent(message: Json): InboundContent {
  const type = word(message.type);
  const reader = type === undefined ? undefined : readers.get(type);
  const content = reader?.(record(message.content));
  if (content !== undefined) return content;
  const code = readCode(record(message.error).code);
  if (code !== undefined) return { kind: 'unsupported', what: type ?? 'untyped', code };
  return { kind: 'unknown', what: reader === undefined ? (type ?? 'untyped') : `${type}.malformed` };
}

function asText(value: unknown): InboundContent | undefined {
  const said = text(value);
  return said === undefined ? undefined : { kind: 'text', text: said };
}

type MediaKind = Extract<InboundContent, { kind: 'media' }>['media'];

/** Only a URL, without an id, a type or a checksum. `link` is the sticker's word for it. */
function readMedia(media: MediaKind, value: unknown): InboundContent | undefined {
  const file = record(value);
  const url = filled(file.url) ?? filled(file.link);
  if (url === undefined) return undefined;
  return present({
    kind: 'media' as const,
    media,
    mediaId: mediaIdOf(url),
    url,
    caption: filled(file.caption),
    fileName: filled(file.filename),
  });
}

/** The last part of the path, which MessageBird makes unique; of any other address its hash. */
function mediaIdOf(url: string): string {
  const last = /^https:\/\/[^?#]*\/([A-Za-z0-9_-]{16,128})(?:[?#]|$)/.exec(url)?.[1];
  return last ?? createHash('sha256').update(url).digest('hex');
}

function readLocation(content: Json): InboundContent | undefined {
  const { latitude, longitude, name, address } = record(content.location);
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

/**
 * A tap: `reply` holds the id that we gave. Documented for buttons (`button_reply`); that a list's tap is named after Meta's
 * (`list_reply`) is not confirmed, so any `reply` with an id counts, and so does Meta's own nesting. Only rows have a description.
 */
function readInteractive(interactive: Json): InboundContent | undefined {
  const type = word(interactive.type);
  const nested = [interactive.reply, interactive.list_reply, interactive.button_reply].find(isRecord);
  const reply = record(nested);
  const id = filled(reply.id);
  if (id === undefined)
    return type === undefined ? undefined : { kind: 'unknown', what: `interactive.${type}` };
  const isList =
    type?.startsWith('list') === true ||
    filled(reply.description) !== undefined ||
    isRecord(interactive.list_reply);
  return {
    kind: 'choice',
    via: isList ? 'list' : 'button',
    id,
    title: text(reply.text) ?? text(reply.title) ?? '',
  };
}

/** The payload is what was set when the template was sent, else the label. */
function readTemplateButton(value: unknown): InboundContent | undefined {
  const button = record(value);
  const id = filled(button.payload) ?? filled(button.text);
  return id === undefined
    ? undefined
    : { kind: 'choice', via: 'template', id, title: text(button.text) ?? id };
}
