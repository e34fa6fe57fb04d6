import { createHmac } from 'node:crypto';
import type { QuestionContent, TwilioAccount } from '../../src/channels/twilio/account.ts';
import { sha256 } from './jwt.ts';
import { type Act, type Person, type Shown, type Side, type Unsigned, webhookUrl } from './side.ts';

/** https://www.twilio.com/docs/messaging/guides/webhook-request ; https://www.twilio.com/docs/usage/webhooks/webhooks-security */

const sid = (prefix: string, serial: number) => `${prefix}${serial.toString(16).padStart(32, '0')}`;

/** A content for every question that WhatsApp could show, and for some that it could not. */
const questions: readonly QuestionContent[] = Array.from({ length: 12 }, (_, index) => index + 1).flatMap(
  (choices) => [
    { shape: 'buttons', choices, contentSid: sid('HX', 0xb00 + choices) },
    { shape: 'list', choices, contentSid: sid('HX', 0xc00 + choices) },
    { shape: 'list', choices, descriptions: true, contentSid: sid('HX', 0xd00 + choices) },
  ],
);

const account: TwilioAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  accountSid: sid('AC', 1),
  apiKey: sid('SK', 1),
  apiSecret: 'twilio-api-secret',
  authTokens: ['twilio-auth-token', 'twilio-auth-token-2'],
  sender: '12025550100',
  baseUrl: 'https://api.twilio.com',
  messagingUrl: 'https://messaging.twilio.com',
  statusCallbackUrl: webhookUrl('twilio'),
  templates: [
    { name: 'visit_reminder', language: 'pt_BR', contentSid: sid('HX', 0xa1), payloads: 'variables' },
  ],
  questions,
  typing: true,
};

const address = ({ phone, userId }: Person) => `whatsapp:${phone === undefined ? userId : `+${phone}`}`;

function content(act: Act): Record<string, string> {
  switch (act.kind) {
    case 'text':
      return { MessageType: 'text', Body: act.text };
    case 'tap':
      if (act.via === 'list') {
        return { MessageType: 'interactive', ListId: act.id, ListTitle: act.title, Body: act.title };
      }
      return {
        MessageType: act.via === 'template' ? 'button' : 'interactive',
        ButtonPayload: act.id,
        ButtonText: act.title,
        Body: act.title,
      };
    case 'media':
      return {
        MessageType: act.media,
        NumMedia: '1',
        MediaUrl0: `https://api.twilio.com/2010-04-01/Accounts/${account.accountSid}/Messages/${sid('MM', 1)}/Media/${sid('ME', 1)}`,
        MediaContentType0: act.mimeType,
        Body: act.caption ?? '',
      };
    case 'reaction':
      return { MessageType: 'reaction', OriginalRepliedMessageSid: act.targetId, Body: act.emoji };
    case 'form':
      return { MessageType: 'interactive', InteractiveData: JSON.stringify(act.answers), Body: '' };
  }
}

function form(fields: Readonly<Record<string, string>>, query = ''): Unsigned {
  return { body: Buffer.from(new URLSearchParams(fields).toString()), query };
}

/** Its content by the account's list: the values in the places that its kind has for them. */
function shownContent(contentSid: string, values: readonly string[]): Shown {
  const question = questions.find((each) => each.contentSid === contentSid);
  if (question === undefined) return { as: 'template', named: { contentSid }, values };
  const isList = question.shape === 'list';
  const [text = '', ...rest] = values;
  const cells = isList ? rest.slice(1) : rest;
  const width = question.descriptions ? 3 : 2;
  const choices = Array.from({ length: question.choices }, (_, index) => {
    const [title = '', id = '', description] = cells.slice(index * width, (index + 1) * width);
    return { id, title, ...(description !== undefined && { description }) };
  });
  return { as: isList ? 'list' : 'buttons', text, choices };
}

export const twilioSide: Side<TwilioAccount> = {
  name: 'twilio',
  account,
  secrets: ['twilio-auth-token', 'twilio-auth-token-2'],
  stranger: { ...account, authTokens: ['twilio-strange-token'] },
  strangersSecret: 'twilio-strange-token',
  act: (act, { id, from }) =>
    form({
      SmsMessageSid: id,
      NumMedia: '0',
      ProfileName: from.name ?? 'Ana',
      SmsSid: id,
      WaId: from.phone ?? '',
      SmsStatus: 'received',
      ...(from.userId && { ExternalUserId: `whatsapp:${from.userId}` }),
      To: `whatsapp:+${account.sender}`,
      NumSegments: '1',
      MessageSid: id,
      AccountSid: account.accountSid,
      From: address(from),
      ApiVersion: '2010-04-01',
      ...content(act),
    }),
  delivered: (sent, { id, from }) => {
    const callback = new URLSearchParams(sent.body).get('StatusCallback') ?? '';
    const query = URL.parse(callback)?.search.slice(1) ?? '';
    const status = { ChannelPrefix: 'whatsapp', MessageSid: id, MessageStatus: 'delivered' };
    const [To, From] = [address(from), `whatsapp:+${account.sender}`];
    return form({ ...status, AccountSid: account.accountSid, To, From }, query);
  },
  otherwise: ({ body, query }) => {
    const fields = Buffer.from(JSON.stringify(Object.fromEntries(new URLSearchParams(body.toString()))));
    const hash = `bodySHA256=${sha256(fields)}`;
    return { body: fields, query: query === '' ? hash : `${query}&${hash}` };
  },
  sign: ({ url, body, secret }) => {
    const isForm = !url.includes('bodySHA256=');
    const params = isForm ? [...new URLSearchParams(Buffer.from(body).toString())] : [];
    const sorted = params.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const signed = url + sorted.map(([name, value]) => name + value).join('');
    return {
      'content-type': isForm ? 'application/x-www-form-urlencoded; charset=UTF-8' : 'application/json',
      'x-twilio-signature': createHmac('sha1', secret).update(signed).digest('base64'),
    };
  },
  shown: (sent) => {
    const said = new URLSearchParams(sent.body);
    if (sent.url.endsWith('/Typing.json')) return { as: 'read', typing: true };
    const contentSid = said.get('ContentSid');
    if (contentSid === null) return { as: 'text', text: said.get('Body') ?? '' };
    const variables: Record<string, string> = JSON.parse(said.get('ContentVariables') ?? '{}');
    const values = Object.keys(variables).map((_, index) => variables[String(index + 1)] ?? '');
    return shownContent(contentSid, values);
  },
  messageId: (serial) => sid('SM', serial),
};
