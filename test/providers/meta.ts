import { createHmac } from 'node:crypto';
import type { MetaAccount } from '../../src/channels/meta/account.ts';
import { shownOf } from './meta-objects.ts';
import { type Act, type Envelope, json, parsed, type Side } from './side.ts';

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages */

const account: MetaAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  phoneNumberId: '700100200300401',
  wabaId: '800100200300402',
  baseUrl: 'https://graph.facebook.com',
  apiVersion: 'v26.0',
  appSecrets: ['meta-app-secret', 'meta-app-secret-2'],
  verifyToken: 'meta-verify-token',
  accessToken: 'meta-access-token',
};

function content(act: Act): Record<string, unknown> {
  switch (act.kind) {
    case 'text':
      return { type: 'text', text: { body: act.text } };
    case 'tap':
      if (act.via === 'template') return { type: 'button', button: { payload: act.id, text: act.title } };
      return {
        type: 'interactive',
        interactive: {
          type: `${act.via}_reply`,
          [`${act.via}_reply`]: { id: act.id, title: act.title },
        },
      };
    case 'media':
      return {
        type: act.media,
        [act.media]: { id: '900100200300500', mime_type: act.mimeType, sha256: 'x', caption: act.caption },
      };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: act.targetId, emoji: act.emoji } };
    case 'form':
      return {
        type: 'interactive',
        interactive: {
          type: 'nfm_reply',
          nfm_reply: { name: 'flow', body: 'Sent', response_json: JSON.stringify(act.answers) },
        },
      };
  }
}

function envelope(value: object) {
  const about = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '12025550100', phone_number_id: account.phoneNumberId },
  };
  return json({
    object: 'whatsapp_business_account',
    entry: [{ id: account.wabaId, changes: [{ field: 'messages', value: { ...about, ...value } }] }],
  });
}

const seconds = ({ atMs }: Envelope) => String(Math.floor(atMs / 1000));

export const metaSide: Side<MetaAccount> = {
  name: 'meta',
  account,
  secrets: ['meta-app-secret', 'meta-app-secret-2'],
  stranger: { ...account, appSecrets: ['meta-strange-secret'] },
  strangersSecret: 'meta-strange-secret',
  act: (act, about) => {
    const { phone, userId, name = 'Ana' } = about.from;
    const contact = { profile: { name }, wa_id: phone, user_id: userId };
    const message = { from: phone, from_user_id: userId, id: about.id, timestamp: seconds(about) };
    return envelope({ contacts: [contact], messages: [{ ...message, ...content(act) }] });
  },
  delivered: (sent, about) => {
    const { biz_opaque_callback_data } = parsed(sent);
    const recipient = { recipient_id: about.from.phone, recipient_user_id: about.from.userId };
    const status = { id: about.id, status: 'delivered', timestamp: seconds(about) };
    return envelope({ statuses: [{ ...status, ...recipient, biz_opaque_callback_data }] });
  },
  sign: ({ body, secret }) => ({
    'content-type': 'application/json',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }),
  shown: (sent) => {
    const said = parsed(sent);
    return said.status === 'read' ? { as: 'read', typing: 'typing_indicator' in said } : shownOf(said);
  },
  messageId: (serial) => `wamid.${Buffer.from(`fixture/${serial}`).toString('base64')}`,
};
