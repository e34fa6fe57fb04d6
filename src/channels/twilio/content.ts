import type { InboundContent } from '../channel.ts';
import { filled, id, present, record, text, tidy, word } from '../json.ts';
import { type Params, parsedJson } from './form.ts';
import { readMedia } from './media.ts';

/** Reads one kind of content; undefined where the parameters tell of another. */
type Reader = (params: Params) => InboundContent | undefined;

/** In this order: a tap comes with its label as `Body` too, and so does a file with its caption. */
const readers: readonly Reader[] = [
  readListPick,
  readButton,
  readForm,
  readReaction,
  readUnsupported,
  readLocation,
  readText,
];

/** What a message says: one content, or one for each of its files. */
export function readContents(params: Params): readonly InboundContent[] {
  const media = readMedia(params);
  if (media.length > 0) return media;
  for (const read of readers) {
    const content = read(params);
    if (content !== undefined) return [content];
  }
  return [{ kind: 'unknown', what: messageType(params) ?? 'untyped' }];
}

function messageType(params: Params): string | undefined {
  return word(params.get('MessageType'));
}

function readListPick(params: Params): InboundContent | undefined {
  const choice = filled(params.get('ListId'));
  if (choice === undefined) return undefined;
  const title = filled(params.get('ListTitle')) ?? text(params.get('Body')) ?? '';
  return { kind: 'choice', via: 'list', id: choice, title };
}

/** Quick replies, of templates (`button`) and of what was said within the window (`interactive`). Without a payload the label stands for it. */
function readButton(params: Params): InboundContent | undefined {
  const title = filled(params.get('ButtonText'));
  const choice = filled(params.get('ButtonPayload')) ?? title;
  if (choice === undefined) return undefined;
  const via = messageType(params) === 'button' ? 'template' : 'button';
  return { kind: 'choice', via, id: choice, title: title ?? text(params.get('Body')) ?? '' };
}

/**
 * The answers of a Flow, as JSON in `InteractiveData`. Its shape is not documented: Meta's own (`nfm_reply` with `response_json`) and a
 * bare object are both taken; what is no JSON, or nests too deep, stays a string.
 */
function readForm(params: Params): InboundContent | undefined {
  const written = filled(params.get('InteractiveData'));
  if (written === undefined) return undefined;
  const data = record(parsedJson(written));
  const reply = 'nfm_reply' in data ? record(data.nfm_reply) : data;
  const name = filled(reply.name) ?? 'flow';
  const answers = reply.response_json;
  const inner = typeof answers === 'string' ? (parsedJson(answers) ?? answers) : answers;
  const response = tidy(inner ?? parsedJson(written) ?? written) ?? { value: written };
  return { kind: 'form', name, response: response.value };
}

/** Without an emoji, a reaction was taken back. */
function readReaction(params: Params): InboundContent | undefined {
  const targetId = id(params.get('OriginalRepliedMessageSid'));
  if (messageType(params) !== 'reaction' || targetId === undefined) return undefined;
  return present({ kind: 'reaction' as const, targetId, emoji: filled(params.get('Body')) });
}

function readUnsupported(params: Params): InboundContent | undefined {
  return messageType(params) === 'unsupported' ? { kind: 'unsupported', what: 'unsupported' } : undefined;
}

function readLocation(params: Params): InboundContent | undefined {
  const latitude = degrees(params.get('Latitude'), 90);
  const longitude = degrees(params.get('Longitude'), 180);
  if (latitude === undefined || longitude === undefined) return undefined;
  return present({
    kind: 'location' as const,
    latitude,
    longitude,
    name: filled(params.get('Label')),
    address: filled(params.get('Address')),
  });
}

function degrees(value: string | undefined, most: number): number | undefined {
  if (value === undefined || !/^[+-]?\d{1,3}(\.\d{1,20})?$/.test(value)) return undefined;
  return Math.abs(Number(value)) <= most ? Number(value) : undefined;
}

function readText(params: Params): InboundContent | undefined {
  const body = filled(params.get('Body'));
  return body === undefined ? undefined : { kind: 'text', text: body };
}
