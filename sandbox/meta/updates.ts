import { type Owned, portfolioOf, type WhatsAppUser } from './accounts.ts';
import type { ChatMessage } from './chats.ts';
import { unixSeconds } from './clock.ts';
import { statusError } from './errors.ts';
import type { Json } from './fields.ts';
import { bsuidOf } from './ids.ts';

/** The `value` objects of the `messages` webhook field, as Meta documents them. */

export type StatusName = 'sent' | 'delivered' | 'read' | 'failed';

/** From this day on messages inside the service window are billed, and say so with `regular`. */
const billedAgainFrom = Date.parse('2026-10-01T00:00:00Z');

/** Meta: business-scoped user ids came into webhooks; who has none is still known by phone number only. */
function idsOf(user: WhatsAppUser, owned: Owned): { phone: string | undefined; bsuid: string | undefined } {
  return {
    phone: user.identity === 'bsuid' ? undefined : user.phone,
    bsuid: user.identity === 'phone' ? undefined : bsuidOf(user, portfolioOf(owned)),
  };
}

/** The id by which a message id names the user. */
export function peerOf(user: WhatsAppUser, owned: Owned): string {
  const { phone, bsuid } = idsOf(user, owned);
  return phone ?? bsuid ?? user.phone;
}

function frame(owned: Owned): Json {
  return {
    messaging_product: 'whatsapp',
    metadata: {
      display_phone_number: owned.account.displayPhone.replace(/\D/g, ''),
      phone_number_id: owned.account.phoneNumberId,
    },
  };
}

/** `wa_id` is left out, not emptied, for a user who shares no phone number. */
function contact(user: WhatsAppUser, owned: Owned, withUsername: boolean): Json {
  const { phone, bsuid } = idsOf(user, owned);
  return {
    profile: {
      name: user.profileName,
      ...(withUsername && user.username !== undefined ? { username: user.username } : {}),
    },
    ...(phone === undefined ? {} : { wa_id: phone }),
    ...(bsuid === undefined ? {} : { user_id: bsuid }),
  };
}

/** What a user wrote. `fields` holds `type`, the type's object and, for a tap, `context`. */
export function inboundValue(
  owned: Owned,
  user: WhatsAppUser,
  wamid: string,
  at: number,
  fields: Json,
): Json {
  const { phone, bsuid } = idsOf(user, owned);
  return {
    ...frame(owned),
    contacts: [contact(user, owned, true)],
    messages: [
      {
        ...(phone === undefined ? {} : { from: phone }),
        ...(bsuid === undefined ? {} : { from_user_id: bsuid }),
        id: wamid,
        timestamp: unixSeconds(at),
        ...fields,
      },
    ],
  };
}

/** What became of a sent message. */
export function statusValue(
  owned: Owned,
  user: WhatsAppUser,
  message: Pick<ChatMessage, 'wamid' | 'ourId' | 'byPhone'>,
  status: StatusName,
  at: number,
  more: { readonly code?: number | undefined; readonly category?: string | undefined } = {},
): Json {
  const { phone, bsuid } = idsOf(user, owned);
  const recipientId = message.byPhone ? user.phone : phone;
  const tellBsuid = bsuid !== undefined && !(status === 'failed' && message.byPhone);
  return {
    ...frame(owned),
    ...(bsuid !== undefined && status !== 'failed'
      ? { contacts: [contact(user, owned, status !== 'sent')] }
      : {}),
    statuses: [
      {
        id: message.wamid,
        status,
        timestamp: unixSeconds(at),
        ...(recipientId === undefined ? {} : { recipient_id: recipientId }),
        ...(tellBsuid ? { recipient_user_id: bsuid } : {}),
        ...(message.ourId === undefined ? {} : { biz_opaque_callback_data: message.ourId }),
        // Meta sends the price with `sent` and with one of the later two.
        ...(status === 'sent' || status === 'delivered' ? { pricing: pricing(at, more.category) } : {}),
        ...(status === 'failed' ? { errors: [statusError(more.code ?? 131026)] } : {}),
      },
    ],
  };
}

function pricing(at: number, category = 'service'): Json {
  const billed = at >= billedAgainFrom;
  return {
    billable: billed,
    pricing_model: 'PMP',
    type: billed ? 'regular' : 'free_customer_service',
    category,
  };
}

/** The body of one POST. Every ten changes begin a new entry, so that readers meet several of both. */
export function envelope(updates: readonly { wabaId: string; value: Json }[]): string {
  const entries: { id: string; changes: { value: Json; field: 'messages' }[] }[] = [];
  for (const { wabaId, value } of updates) {
    const last = entries.at(-1);
    if (last !== undefined && last.id === wabaId && last.changes.length < 10) {
      last.changes.push({ value, field: 'messages' });
    } else entries.push({ id: wabaId, changes: [{ value, field: 'messages' }] });
  }
  return JSON.stringify({ object: 'whatsapp_business_account', entry: entries });
}

/** As generic Graph webhooks write their JSON: non-ASCII as lower-case `\uXXXX`, slashes escaped. */
export function escapeAsGraph(json: string): string {
  return json
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
