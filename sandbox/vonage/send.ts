import { GraphError } from '../meta/errors.ts';
import { isObject, type Json } from '../meta/fields.ts';
import { bsuidPattern } from '../meta/ids.ts';
import { checkInteractive } from '../meta/interactive.ts';
import { checkTemplate } from '../meta/template-send.ts';
import { VonageError } from './errors.ts';

/** What a `POST /v1/messages` asks for, once its shape and every limit hold. */
export type Send = {
  readonly from: string;
  /** Digits, or a business-scoped user id. */
  readonly to: string;
  readonly type: string;
  /** The value under the type's own name. */
  readonly payload: unknown;
  readonly clientRef: string | undefined;
  readonly replyTo: string | undefined;
};

export type Update = { readonly read: boolean; readonly typing: boolean };

/** Vonage: Messages API. */
const maxTextChars = 4096;
const maxCaptionChars = 1024;
const maxClientRefChars = 100;

/** Reads the body of a send. Throws `VonageError` with Vonage's code for whatever Vonage would refuse. */
export function readSend(body: unknown): Send {
  if (!isObject(body)) throw new VonageError('invalid-json');
  for (const name of ['channel', 'from', 'to', 'message_type']) {
    if (body[name] === undefined) throw new VonageError('1010', `The \`${name}\` parameter is required.`);
  }
  if (body.channel !== 'whatsapp') throw invalid('channel');
  const { from, to, message_type: type } = body;
  if (typeof from !== 'string' || !/^\d{7,15}$/.test(from)) throw new VonageError('1120');
  if (typeof to !== 'string' || !(/^\d{7,15}$/.test(to) || bsuidPattern.test(to)))
    throw new VonageError('1170');
  const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
  if (typeof type !== 'string' || check === undefined) throw invalid('message_type');
  if (body[type] === undefined) throw new VonageError('1010', `The \`${type}\` parameter is required.`);
  check(body[type], body);
  if (body.webhook_version !== undefined && body.webhook_version !== 'v1') throw invalid('webhook_version');
  return {
    from,
    to,
    type,
    payload: body[type],
    clientRef: optional(body.client_ref, 'client_ref', maxClientRefChars),
    replyTo: isObject(body.context) ? optional(body.context.message_uuid, 'context', 100) : undefined,
  };
}

/** Reads the body of a `PATCH /v1/messages/{uuid}`. */
export function readUpdate(body: unknown): Update {
  if (!isObject(body)) throw new VonageError('invalid-json');
  if (body.status !== 'read') throw invalid('status');
  const indicator = body.replying_indicator;
  if (indicator === undefined) return { read: true, typing: false };
  if (!isObject(indicator) || typeof indicator.show !== 'boolean' || indicator.type !== 'text')
    throw invalid('replying_indicator');
  return { read: true, typing: indicator.show };
}

function invalid(name: string, why = 'is invalid'): VonageError {
  return new VonageError('1020', `The \`${name}\` parameter ${why}.`);
}

function filled(value: unknown, name: string, max: number): string {
  if (typeof value !== 'string' || value.trim() === '') throw invalid(name);
  if (value.length > max) throw invalid(name, `may have ${max} characters`);
  return value;
}

function optional(value: unknown, name: string, max: number): string | undefined {
  return value === undefined ? undefined : filled(value, name, max);
}

const checks: Readonly<Record<string, (payload: unknown, body: Json) => void>> = {
  text: (payload) => void filled(payload, 'text', maxTextChars),
  image: checkMedia,
  video: checkMedia,
  audio: checkMedia,
  file: checkMedia,
  reaction: (payload, body) => {
    if (!isObject(payload) || !['react', 'unreact'].includes(String(payload.action)))
      throw invalid('reaction');
    if (!isObject(body.context)) throw new VonageError('1010', 'The `context` parameter is required.');
  },
  location: (payload) => {
    if (!isObject(payload) || typeof payload.lat !== 'number' || typeof payload.long !== 'number')
      throw invalid('location');
  },
  template: (payload, body) => {
    if (!isObject(payload)) throw invalid('template');
    // Vonage: `namespace:template_name`.
    if (!/^[^:]+:[a-z0-9_]+$/.test(filled(payload.name, 'template.name', 512))) throw new VonageError('1022');
    if (!isObject(body.whatsapp) || body.whatsapp.policy !== 'deterministic')
      throw invalid('whatsapp.policy');
    filled(body.whatsapp.locale, 'whatsapp.locale', 20);
  },
  custom: checkCustom,
};

function checkMedia(payload: unknown): void {
  if (!isObject(payload) || typeof payload.url !== 'string' || !/^https?:\/\/[^\s/]+/.test(payload.url))
    throw invalid('url');
  optional(payload.caption, 'caption', maxCaptionChars);
}

/** Meta's own object: what Meta would refuse, Vonage passes back as a bad parameter. */
function checkCustom(payload: unknown): void {
  if (!isObject(payload)) throw invalid('custom');
  const { type } = payload;
  if (typeof type !== 'string' || !['interactive', 'template', 'location', 'contacts'].includes(type))
    throw invalid('custom.type');
  const inner = payload[type];
  if (!isObject(inner) && !Array.isArray(inner)) throw invalid(`custom.${type}`);
  try {
    if (type === 'interactive' && isObject(inner)) checkInteractive(inner);
    if (type === 'template' && isObject(inner)) checkTemplate(inner);
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new VonageError(type === 'template' ? '1022' : '1020', error.details ?? error.message);
  }
}
