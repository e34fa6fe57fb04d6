import { createHash, createHmac } from 'node:crypto';
import type { BirdAccount } from '../../src/channels/bird/account.ts';
import { type Act, iso, json, type Person, parsed, type Shown, type Side, uuid } from './side.ts';

/** https://docs.bird.com/api/channels-api ; https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook */

const buttonKeys = Array.from({ length: 12 }, (_, index) => `button_${index}`);

const account: BirdAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  workspaceId: uuid(1),
  channelId: uuid(2),
  baseUrl: 'https://api.bird.com',
  accessKey: 'bird-access-key',
  signingKeys: ['bird-signing-key', 'bird-signing-key-2'],
  templates: Array.from({ length: buttonKeys.length }, (_, buttons) => ({
    name: buttons === 0 ? 'visit_reminder' : `visit_reminder_${buttons}`,
    language: 'pt_BR',
    projectId: uuid(100 + buttons),
    version: 'latest',
    locale: 'pt-BR',
    variables: ['patient', 'time'],
    payloads: buttonKeys.slice(0, buttons),
  })),
};

function content(act: Act): { readonly body: Record<string, unknown>; readonly meta?: object } {
  switch (act.kind) {
    case 'text':
      return { body: { type: 'text', text: { text: act.text } } };
    case 'tap': {
      const actions = [{ type: 'postback', postback: { text: act.title, payload: act.id } }];
      return { body: { type: 'text', text: { text: act.title, actions } } };
    }
    case 'media': {
      const file = { mediaUrl: `https://media.api.bird.com/${uuid(9)}`, contentType: act.mimeType };
      const isPicture = act.media === 'image' || act.media === 'sticker';
      const body = isPicture
        ? { type: 'image', image: { images: [file], text: act.caption } }
        : { type: 'file', file: { files: [file], text: act.caption } };
      return { body };
    }
    case 'reaction':
      return { body: { type: 'reaction', reaction: { messageId: act.targetId, emoji: act.emoji } } };
    case 'form': {
      const text = { text: 'Form submitted' };
      return { body: { type: 'text', text }, meta: { formResponse: { jsonResponse: act.answers } } };
    }
  }
}

function contact({ phone, userId, name = 'Ana' }: Person) {
  const identifier =
    phone === undefined
      ? { identifierKey: 'whatsappbsuid', identifierValue: userId }
      : { identifierKey: 'phonenumber', identifierValue: `+${phone}` };
  return { id: uuid(3), ...identifier, annotations: { name } };
}

export const birdSide: Side<BirdAccount> = {
  name: 'bird',
  account,
  secrets: ['bird-signing-key', 'bird-signing-key-2'],
  stranger: { ...account, signingKeys: ['bird-strange-key'] },
  strangersSecret: 'bird-strange-key',
  act: (act, { id, from, atMs }) => {
    const { body, meta } = content(act);
    const extraInformation = from.userId === undefined ? undefined : { whatsappbsuid: from.userId };
    const payload = {
      id,
      channelId: account.channelId,
      sender: { contact: contact(from) },
      receiver: { connector: { id: uuid(4), identifierValue: '+12025550100' } },
      body,
      meta: { extraInformation, ...meta },
      status: 'delivered',
      direction: 'incoming',
      createdAt: iso(atMs),
    };
    return json({ service: 'channels', event: 'whatsapp.inbound', payload });
  },
  delivered: (sent, { id, from, atMs }) => {
    const { reference } = parsed(sent);
    const receiver = { contacts: [contact(from)] };
    const about = { id, channelId: account.channelId, direction: 'outgoing', lastStatusAt: iso(atMs) };
    const payload = { ...about, reference, receiver, status: 'delivered' };
    return json({ service: 'channels', event: 'whatsapp.outbound', payload });
  },
  sign: ({ url, body, nowMs, secret }) => {
    const timestamp = String(Math.floor(nowMs / 1000));
    const hash = createHash('sha256').update(body).digest();
    return {
      'content-type': 'application/json',
      'messagebird-signature': createHmac('sha256', secret)
        .update(`${timestamp}\n${url}\n`)
        .update(hash)
        .digest('base64'),
      'messagebird-request-timestamp': timestamp,
    };
  },
  shown: (sent) => shownOf(parsed(sent)),
  messageId: uuid,
};

type Postback = { readonly postback: { readonly text: string; readonly payload: string } };

type Said = {
  readonly body?: {
    readonly type: string;
    readonly text?: { readonly text: string; readonly actions?: readonly Postback[] };
    readonly list?: {
      readonly text: string;
      readonly items: readonly { readonly actions: readonly Postback[] }[];
    };
  };
  readonly template?: {
    readonly projectId: string;
    readonly version: string;
    readonly locale: string;
    readonly parameters?: readonly { readonly value: string }[];
  };
};

function shownOf(value: unknown): Shown {
  const { body, template } = value as Said; // of the codec's making; what is not there shows as an error
  if (template !== undefined) {
    const { projectId, version, locale, parameters = [] } = template;
    const values = parameters.map((parameter) => parameter.value);
    return { as: 'template', named: { projectId, version, locale }, values };
  }
  const choicesOf = (actions: readonly Postback[]) =>
    actions.map(({ postback }) => ({ id: postback.payload, title: postback.text }));
  if (body?.list !== undefined) {
    const choices = choicesOf(body.list.items.flatMap((item) => item.actions));
    return { as: 'list', text: body.list.text, choices };
  }
  const { text = '', actions } = body?.text ?? {};
  return actions === undefined ? { as: 'text', text } : { as: 'buttons', text, choices: choicesOf(actions) };
}
