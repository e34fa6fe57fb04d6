import { generateKeyPairSync } from 'node:crypto';
import type { VonageAccount } from '../../src/channels/vonage/account.ts';
import { sha256, signedToken } from './jwt.ts';
import { shownOf } from './meta-objects.ts';
import { type Act, iso, json, parsed, type Side, uuid } from './side.ts';

/** https://developer.vonage.com/en/api/messages ; https://developer.vonage.com/en/getting-started/concepts/webhooks */

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const account: VonageAccount = {
  practiceId: 'aurora',
  id: 'front-desk',
  number: '12025550100',
  apiKey: 'fixture1',
  applicationId: '11111111-2222-4333-8444-555555555555',
  privateKey,
  signatureSecrets: ['vonage-signature-secret', 'vonage-signature-secret-2'],
  baseUrl: 'https://api.nexmo.com',
};

function content(act: Act): Record<string, unknown> {
  switch (act.kind) {
    case 'text':
      return { message_type: 'text', text: act.text };
    case 'tap':
      if (act.via === 'template') {
        return { message_type: 'button', button: { payload: act.id, text: act.title } };
      }
      return { message_type: 'reply', reply: { id: act.id, title: act.title } };
    case 'media': {
      const type = act.media === 'document' ? 'file' : act.media;
      const url = `https://api-us.nexmo.com/v3/media/${uuid(9)}`;
      return { message_type: type, [type]: { url, caption: act.caption } };
    }
    case 'reaction':
      return {
        message_type: 'reaction',
        reaction: { action: 'react', emoji: act.emoji },
        context: { message_uuid: act.targetId },
      };
    case 'form':
      return { message_type: 'button', button: { subtype: 'flow', text: 'sent', payload: act.answers } };
  }
}

export const vonageSide: Side<VonageAccount> = {
  name: 'vonage',
  account,
  secrets: ['vonage-signature-secret', 'vonage-signature-secret-2'],
  stranger: { ...account, signatureSecrets: ['vonage-strange-secret'] },
  strangersSecret: 'vonage-strange-secret',
  act: (act, { id, from, atMs }) =>
    json({
      channel: 'whatsapp',
      message_uuid: id,
      to: account.number,
      from: from.phone ?? from.userId,
      timestamp: iso(atMs),
      context_status: 'none',
      profile: { name: from.name ?? 'Ana' },
      whatsapp: { sender: { wa_id: from.phone, user_id: from.userId } },
      ...content(act),
    }),
  delivered: (sent, { id, from, atMs }) => {
    const { client_ref } = parsed(sent);
    const ends = { to: from.phone ?? from.userId, from: account.number };
    const about = { message_uuid: id, timestamp: iso(atMs), channel: 'whatsapp', client_ref };
    return json({ ...about, ...ends, status: 'delivered' });
  },
  sign: ({ body, nowMs, secret }) => {
    const claims = {
      iss: 'Vonage',
      iat: Math.floor(nowMs / 1000),
      jti: sha256(body).slice(0, 32),
      api_key: account.apiKey,
      application_id: account.applicationId,
      payload_hash: sha256(body),
    };
    return { 'content-type': 'application/json', authorization: `Bearer ${signedToken(claims, secret)}` };
  },
  shown: (sent) => {
    const said = parsed(sent);
    if (said.status === 'read') return { as: 'read', typing: 'replying_indicator' in said };
    return said.message_type === 'text' ? { as: 'text', text: String(said.text) } : shownOf(said.custom);
  },
  messageId: uuid,
};
