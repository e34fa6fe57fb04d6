import { randomUUID } from 'node:crypto';
import bird from '../../src/channels/bird/testdata/account.json' with { type: 'json' };
import messagebird from '../../src/channels/messagebird/testdata/account.json' with { type: 'json' };
import meta from '../../src/channels/meta/testdata/account.json' with { type: 'json' };
import vonage from '../../src/channels/vonage/testdata/account.json' with { type: 'json' };

/** What happens, and the raw bodies in which each provider tells of it. */

export type Person = {
  readonly userId?: string;
  readonly parentUserId?: string;
  readonly phone?: string;
  readonly username?: string;
};

export type Happening = {
  /** Names the message. */
  readonly id: string;
  /** Seconds after the beginning, by the provider's clock. */
  readonly at: number;
  /** Who it is from, or to, or about. */
  readonly who: Person;
  /** They share a number in answer to our request, or somebody's card. */
  readonly shares?: { readonly phone: string; readonly requested: boolean };
  /** The provider says that they are known by these from now on. */
  readonly becomes?: Person;
  /** A message of ours reached them. */
  readonly reached?: true;
  /** Said to them from the practice's number, by the app for businesses. */
  readonly echo?: true;
};

export const providers = ['meta', 'twilio', 'vonage', 'messagebird', 'bird'] as const;

export type Provider = (typeof providers)[number];

/** 2026-11-18T11:06:40Z */
const beginning = 1_795_000_000;

const seconds = (at: number) => beginning + at;
const iso = (at: number) => new Date(seconds(at) * 1000).toISOString().replace('.000Z', 'Z');

/** Without what is undefined. */
const fields = (all: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));

const card = ({ phone, requested }: NonNullable<Happening['shares']>) => ({
  name: { formatted_name: 'Maria Exemplo', first_name: 'Maria' },
  phones: [{ phone: `+${phone}`, wa_id: phone, type: 'CELL' }],
  origin: requested ? 'contact_request' : 'other',
});

const systemOf = (who: Person, becomes: Person) =>
  fields({
    body: 'User changed',
    type: becomes.phone === undefined ? 'user_changed_user_id' : 'user_changed_number',
    wa_id: becomes.phone,
    user_id: becomes.userId,
    previous_user_id: who.userId,
  });

function metaBody({ id, at, who, shares, becomes, reached, echo }: Happening): unknown {
  const contacts = [
    fields({
      profile: fields({ name: 'Maria', username: who.username }),
      wa_id: who.phone,
      user_id: who.userId,
      parent_user_id: who.parentUserId,
    }),
  ];
  const sender = fields({ from: who.phone, from_user_id: who.userId, from_parent_user_id: who.parentUserId });
  const said =
    shares !== undefined
      ? { type: 'contacts', contacts: [card(shares)] }
      : becomes !== undefined
        ? { type: 'system', system: systemOf(who, becomes) }
        : { type: 'text', text: { body: 'oi' } };
  const message = { ...sender, id: `wamid.${id}`, timestamp: String(seconds(at)), ...said };
  const status = fields({
    id: `wamid.${id}`,
    status: 'delivered',
    timestamp: String(seconds(at)),
    recipient_id: who.phone,
    recipient_user_id: who.userId,
    recipient_parent_user_id: who.parentUserId,
  });
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '12025550100', phone_number_id: meta.phoneNumberId },
    ...(reached
      ? { contacts, statuses: [status] }
      : echo
        ? {
            message_echoes: [
              fields({
                ...message,
                from: '12025550100',
                from_user_id: undefined,
                to: who.phone,
                to_user_id: who.userId,
              }),
            ],
          }
        : { ...(becomes === undefined ? { contacts } : {}), messages: [message] }),
  };
  const field = echo ? 'smb_message_echoes' : 'messages';
  return { object: 'whatsapp_business_account', entry: [{ id: meta.wabaId, changes: [{ field, value }] }] };
}

function vonageBody({ id, at, who, shares, becomes, reached }: Happening): unknown {
  const ids = fields({ user_id: who.userId, parent_user_id: who.parentUserId, wa_id: who.phone });
  const patient = who.phone ?? who.userId;
  const common = {
    channel: 'whatsapp',
    message_uuid: id,
    timestamp: iso(at),
    profile: fields({ name: 'Maria', username: who.username }),
  };
  if (reached)
    return { ...common, to: patient, from: vonage.number, status: 'delivered', whatsapp: { recipient: ids } };
  const said =
    shares !== undefined
      ? { message_type: 'contact', contact: card(shares) }
      : becomes !== undefined
        ? { message_type: 'system', system: systemOf(who, becomes) }
        : { message_type: 'text', text: 'oi' };
  return { ...common, to: vonage.number, from: patient, whatsapp: { sender: ids }, ...said };
}

function twilioBody({ id, who, reached }: Happening): string {
  const patient = who.phone === undefined ? `whatsapp:${who.userId ?? ''}` : `whatsapp:+${who.phone}`;
  const ids = {
    ...(who.phone === undefined ? {} : { WaId: who.phone }),
    ...(who.userId === undefined ? {} : { ExternalUserId: `whatsapp:${who.userId}` }),
    ...(who.parentUserId === undefined ? {} : { ParentExternalUserId: `whatsapp:${who.parentUserId}` }),
  };
  const sid = { MessageSid: id, SmsMessageSid: id, AccountSid: 'AC0123456789abcdef0123456789abcdef' };
  const own = 'whatsapp:+12025550100';
  return new URLSearchParams(
    reached
      ? { ...sid, ...ids, MessageStatus: 'delivered', To: patient, From: own, ChannelPrefix: 'whatsapp' }
      : {
          ...sid,
          ...ids,
          From: patient,
          To: own,
          Body: 'oi',
          NumMedia: '0',
          MessageType: 'text',
          ProfileName: 'Maria',
        },
  ).toString();
}

function messagebirdBody({ id, at, who }: Happening): unknown {
  return {
    type: 'message.created',
    contact: { id: `contact-${id}`, msisdn: Number(who.phone), displayName: 'Maria' },
    conversation: { id: `conversation-${id}` },
    message: {
      id,
      platform: 'whatsapp',
      to: '+12025550100',
      from: `+${who.phone}`,
      channelId: messagebird.channelId,
      type: 'text',
      content: { text: 'oi' },
      direction: 'received',
      status: 'received',
      createdDatetime: iso(at),
    },
  };
}

function birdBody({ id, at, who }: Happening): unknown {
  const contact = {
    id: `contact-${id}`,
    ...(who.phone === undefined
      ? { identifierKey: 'whatsappusername', identifierValue: who.username ?? 'maria.exemplo' }
      : { identifierKey: 'phonenumber', identifierValue: `+${who.phone}` }),
  };
  return {
    service: 'channels',
    event: 'whatsapp.inbound',
    payload: {
      id,
      channelId: bird.channelId,
      sender: { contact },
      receiver: { connector: { id: 'e1', identifierValue: '+12025550100' } },
      body: { type: 'text', text: { text: 'oi' } },
      meta: {
        extraInformation: fields({
          timestamp: String(seconds(at)),
          whatsappbsuid: who.userId,
          whatsappusername: who.username,
        }),
      },
      direction: 'incoming',
      createdAt: iso(at),
    },
  };
}

/** The provider's id of the message of this name. Twilio's have a form. */
export const externalId = (provider: Provider, id: string) =>
  provider === 'meta'
    ? `wamid.${id}`
    : provider === 'twilio'
      ? `SM${Buffer.from(id).toString('hex').padStart(32, '0')}`
      : id;

export function bodyOf(provider: Provider, happening: Happening): Buffer {
  switch (provider) {
    case 'meta':
      return json(metaBody(happening));
    case 'vonage':
      return json(vonageBody(happening));
    case 'twilio':
      return Buffer.from(twilioBody({ ...happening, id: externalId('twilio', happening.id) }));
    case 'messagebird':
      return json(messagebirdBody(happening));
    case 'bird':
      return json(birdBody(happening));
  }
}

/** No two are the same bytes: a repeat comes with another envelope. */
const json = (body: unknown) => Buffer.from(JSON.stringify({ ...Object(body), test: randomUUID() }));
