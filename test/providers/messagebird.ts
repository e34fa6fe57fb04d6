import type { MessageBirdAccount } from '../../src/channels/messagebird/account.ts';
import { sha256, signedToken } from './jwt.ts';
import {
  type Act,
  type Envelope,
  iso,
  json,
  type Person,
  parsed,
  type Shown,
  type Side,
  webhookUrl,
} from './side.ts';

/** https://developers.messagebird.com/api/conversations/ */

const account: MessageBirdAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  channelId: '5a0cbe1f3d2e4f7a9b8c7d6e5f403122',
  baseUrl: 'https://conversations.messagebird.com',
  accessKey: 'messagebird-access-key',
  signingKeys: ['messagebird-signing-key', 'messagebird-signing-key-2'],
  templateNamespace: '0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0',
  reportUrl: webhookUrl('messagebird'),
};

const fileUrl = 'https://media.messagebird.com/v1/media/0c9a4d4e-0000-4000-8000-000000000001';

function content(act: Act): { readonly type: string; readonly content: Record<string, unknown> } {
  switch (act.kind) {
    case 'text':
      return { type: 'text', content: { text: act.text } };
    case 'tap': {
      if (act.via === 'template') {
        return { type: 'button', content: { button: { payload: act.id, text: act.title } } };
      }
      const reply = { id: act.id, text: act.title };
      return { type: 'interactive', content: { interactive: { type: `${act.via}_reply`, reply } } };
    }
    case 'media': {
      if (act.media === 'sticker') {
        return { type: 'whatsappSticker', content: { whatsappSticker: { link: fileUrl } } };
      }
      const type = act.media === 'document' ? 'file' : act.media;
      return { type, content: { [type]: { url: fileUrl, caption: act.caption } } };
    }
    // Neither is documented: as the platform's own words for them would be.
    case 'reaction':
      return { type: 'reaction', content: { reaction: { id: act.targetId, emoji: act.emoji } } };
    case 'form':
      return { type: 'interactive', content: { interactive: { type: 'nfm_reply', nfm_reply: act.answers } } };
  }
}

/** `msisdn` is a number; of somebody whose phone is hidden, nothing is known. */
function contact({ phone, name = 'Ana' }: Person) {
  return { id: 'c0ffee', displayName: name, ...(phone !== undefined && { msisdn: Number(phone) }) };
}

function message(about: Envelope) {
  const at = iso(about.atMs);
  return {
    id: about.id,
    conversationId: 'c0ffee00c0ffee00c0ffee00c0ffee00',
    platform: 'whatsapp',
    channelId: account.channelId,
    createdDatetime: at,
    updatedDatetime: at,
  };
}

const address = ({ phone, userId }: Person) => (phone === undefined ? userId : `+${phone}`);

export const messagebirdSide: Side<MessageBirdAccount> = {
  name: 'messagebird',
  account,
  secrets: ['messagebird-signing-key', 'messagebird-signing-key-2'],
  stranger: { ...account, signingKeys: ['messagebird-strange-key'] },
  strangersSecret: 'messagebird-strange-key',
  act: (act, about) => {
    const ends = { from: address(about.from), to: '+12025550100' };
    const received = { direction: 'received', status: 'received', ...content(act) };
    return json({
      type: 'message.created',
      contact: contact(about.from),
      message: { ...message(about), ...ends, ...received },
    });
  },
  delivered: (sent, about) => {
    const { source, reportUrl } = parsed(sent);
    const ends = { from: '+12025550100', to: address(about.from) };
    const state = { direction: 'sent', status: 'delivered', type: 'text', source };
    const { body } = json({
      type: 'message.updated',
      contact: contact(about.from),
      message: { ...message(about), ...ends, ...state },
    });
    return { body, query: URL.parse(String(reportUrl))?.search.slice(1) ?? '' };
  },
  sign: ({ url, body, nowMs, secret }) => {
    const iat = Math.floor(nowMs / 1000);
    const claims = {
      iss: 'MessageBird',
      iat,
      nbf: iat,
      exp: iat + 60,
      jti: sha256(body).slice(0, 32),
      url_hash: sha256(url),
      ...(body.length > 0 && { payload_hash: sha256(body) }),
    };
    const token = signedToken(claims, secret);
    return { 'content-type': 'application/json', 'messagebird-signature-jwt': token };
  },
  shown: (sent) => shownOf(parsed(sent)),
  messageId: (serial) => serial.toString(16).padStart(32, 'a'),
};

type Interactive = {
  readonly type: string;
  readonly body: { readonly text: string };
  readonly action: {
    readonly buttons?: readonly { readonly id: string; readonly title: string }[];
    readonly sections?: readonly {
      readonly rows: readonly {
        readonly id: string;
        readonly title: string;
        readonly description?: string;
      }[];
    }[];
  };
};

type Hsm = {
  readonly namespace: string;
  readonly templateName: string;
  readonly language: { readonly code: string };
  readonly params?: readonly { readonly default: string }[];
  readonly components?: readonly {
    readonly parameters: readonly { readonly text?: string; readonly payload?: string }[];
  }[];
};

function shownOf(said: Record<string, unknown>): Shown {
  // Of the codec's making; what is not there shows as an error.
  const { text, interactive, hsm } = said.content as {
    readonly text?: string;
    readonly interactive?: Interactive;
    readonly hsm?: Hsm;
  };
  if (interactive !== undefined) {
    const { buttons, sections = [] } = interactive.action;
    const choices = buttons ?? sections.flatMap(({ rows }) => rows);
    return { as: buttons === undefined ? 'list' : 'buttons', text: interactive.body.text, choices };
  }
  if (hsm !== undefined) {
    const { namespace, templateName, language, params = [], components = [] } = hsm;
    const parameters = components.flatMap((component) => component.parameters);
    return {
      as: 'template',
      named: { namespace, name: templateName, language: language.code },
      values: [
        ...params.map((param) => param.default),
        ...parameters.map((parameter) => parameter.text ?? parameter.payload ?? ''),
      ],
    };
  }
  return { as: 'text', text: text ?? '' };
}
