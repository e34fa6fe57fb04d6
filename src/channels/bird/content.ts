import type { InboundContent } from '../channel.ts';
import { filled, id, isRecord, type Json, present, record, text, tidy, word } from '../json.ts';
import { readMedia } from './media.ts';
import { readTap } from './tap.ts';

/** Reads one type of body; nothing where what the type needs is missing or of another shape. */
type Reader = (body: Json, payload: Json) => readonly InboundContent[];

/** https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/receiving-messages */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', readText],
  ['image', (body, payload) => readMedia(body, payload)],
  ['file', (body, payload) => readMedia(body, payload)],
  ['location', readLocation],
  ['reaction', readReaction],
  // Taps: which of these comes is not documented, so that each is read.
  ['postback', tapOnly],
  ['reply', tapOnly],
  ['button', tapOnly],
  ['interactive', tapOnly],
  ['list', tapOnly],
]);

/**
 * What a message says, by `meta` first and by `body` then: the answers of a form arrive with a body of fixed English words, which
 * nobody wrote. Never empty; more than one where several files came as one message.
 */
export function readContent(payload: Json): readonly InboundContent[] {
  const { formResponse } = record(payload.meta);
  if (formResponse !== undefined && formResponse !== null) return [readForm(formResponse)];
  const body = record(payload.body);
  const type = word(body.type);
  const reader = type === undefined ? undefined : readers.get(type);
  const contents = reader?.(body, payload) ?? [];
  if (contents.length > 0) return contents;
  const what = reader === undefined ? (type ?? 'untyped') : `${type}.malformed`;
  return [{ kind: 'unknown', what }];
}

function readText(body: Json): readonly InboundContent[] {
  const tap = readTap(body);
  if (tap !== undefined) return [tap];
  const said = text(record(body.text).text);
  return said === undefined ? [] : [{ kind: 'text', text: said }];
}

function tapOnly(body: Json): readonly InboundContent[] {
  const tap = readTap(body);
  return tap === undefined ? [] : [tap];
}

/** `jsonResponse` is an object; a string of JSON is read as what it says. What is no JSON, or nests too deep, stays a string. */
function readForm(value: unknown): InboundContent {
  const form = record(value);
  const raw = form.jsonResponse;
  const response =
    raw === undefined || raw === null
      ? undefined
      : (tidy(typeof raw === 'string' ? parsed(raw) : raw) ??
        (typeof raw === 'string' ? { value: text(raw) } : undefined));
  // Kept from the chat all the same: the words beside it are Bird's, not the patient's.
  if (response === undefined) return { kind: 'unknown', what: 'formResponse.malformed' };
  return { kind: 'form', name: filled(form.name) ?? 'flow', response: response.value };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** The place stands in `coordinates`, its name beside it or one level deeper. */
function readLocation(body: Json): readonly InboundContent[] {
  const location = record(body.location);
  const { latitude, longitude } = isRecord(location.coordinates) ? location.coordinates : location;
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return [];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return [];
  const place = record(location.location);
  return [
    present({
      kind: 'location' as const,
      latitude,
      longitude,
      name: filled(location.name) ?? filled(location.label) ?? filled(place.label) ?? filled(place.name),
      address: filled(location.address) ?? filled(place.address),
    }),
  ];
}

/** Without an emoji, a reaction was taken back. */
function readReaction(body: Json, payload: Json): readonly InboundContent[] {
  const reaction = record(body.reaction);
  const targetId = id(reaction.messageId) ?? id(record(payload.replyTo).id);
  if (targetId === undefined) return [];
  return [present({ kind: 'reaction' as const, targetId, emoji: filled(reaction.emoji) })];
}
