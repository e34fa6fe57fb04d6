import type { InboundContent } from '../channel.ts';
import { filled, isRecord, type Json, list, record, text } from '../json.ts';

type Choice = Extract<InboundContent, { kind: 'choice' }>;

type Postback = { readonly id: string; readonly title: string };

/**
 * A tap on a button or on a row of a list. Bird does not document how it comes in. Integrations report a text body (the label) with
 * the one action that was tapped: `text.actions[{type: "postback", postback: {text, payload}}]`; the other plausible shapes are read
 * as well, the one of MessageBird's older API among them. Undefined where no single thing was tapped: then it is text.
 */
export function readTap(body: Json): Choice | undefined {
  const inside = record(typeof body.type === 'string' ? body[body.type] : undefined);
  const label = text(inside.text) ?? text(inside.title);
  const tapped = only([
    ...postbacksOf(inside),
    ...(isRecord(inside.postback) ? [inside.postback] : []),
    ...(body.type === 'postback' ? [inside] : []),
  ]);
  const found =
    readPostback(tapped, label) ??
    readReply(inside.reply) ??
    readReply(inside.button_reply) ??
    readReply(inside.list_reply) ??
    (body.type === 'reply' || body.type === 'button' ? readReply(inside) : undefined);
  if (found === undefined) return undefined;
  const isList = body.type === 'list' || inside.type === 'list_reply' || isRecord(inside.list_reply);
  return { kind: 'choice', via: isList ? 'list' : 'button', ...found };
}

/** Of a text, and of a list's items; an action of another type (a link, a call) is none. */
function postbacksOf(inside: Json): readonly Json[] {
  const actions = [
    ...list(inside.actions),
    ...list(inside.items).flatMap((item) => list(record(item).actions)),
  ];
  return actions
    .map(record)
    .filter((action) => action.type === undefined || action.type === 'postback')
    .flatMap((action) => (isRecord(action.postback) ? [action.postback] : []));
}

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}

/** A button of a template whose project sets no payload says its label alone. */
function readPostback(value: unknown, label: string | undefined): Postback | undefined {
  const postback = record(value);
  const id = filled(postback.payload) ?? filled(postback.text);
  return id === undefined ? undefined : { id, title: text(postback.text) ?? label ?? '' };
}

function readReply(value: unknown): Postback | undefined {
  const reply = record(value);
  const id = filled(reply.id) ?? filled(reply.payload);
  return id === undefined ? undefined : { id, title: text(reply.text) ?? text(reply.title) ?? '' };
}
