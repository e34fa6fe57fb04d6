import type { ChannelEvent } from '../channel.ts';
import { fingerprint, id, isRecord, type Json, present, record, word } from '../json.ts';
import { isKnownCode, readCode } from './errors.ts';
import { readNews } from './news.ts';
import { instant } from './time.ts';

type Notice = Extract<ChannelEvent, { type: 'notice' }>;

/**
 * Webhook fields that Meta documents besides `messages`. `user_id_update` cannot be subscribed to at Meta, but
 * providers in between send it; the business-username field is spelled both ways in Meta's own material.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
 */
const documentedFields: ReadonlySet<string> = new Set([
  'account_alerts',
  'account_review_update',
  'account_settings_update',
  'account_update',
  'automatic_events',
  'business_capability_update',
  'business_username_update',
  'business_username_updates',
  'calls',
  'consumer_profile',
  'flows',
  'group_lifecycle_update',
  'group_participants_update',
  'group_settings_update',
  'group_status_update',
  'history',
  'message_echoes',
  'message_template_components_update',
  'message_template_quality_update',
  'message_template_status_update',
  'messaging_handovers',
  'partner_solutions',
  'payment_configuration_update',
  'phone_number_name_update',
  'phone_number_quality_update',
  'security',
  'smb_app_state_sync',
  'smb_message_echoes',
  'standby',
  'template_category_update',
  'user_id_update',
  'user_preferences',
]);

/** A change of another field than `messages`; where the value names an event, so does the notice: `account_update.DISABLED_UPDATE`. */
export function fieldNotice(field: unknown, value: unknown, entryId: unknown, entryTime: unknown): Notice {
  const name = word(field);
  const event = isRecord(value) ? word(value.event) : undefined;
  const about = readNews(field, value);
  return {
    type: 'notice',
    what: [name ?? 'unnamed-field', ...(event === undefined ? [] : [event])].join('.'),
    key: fingerprint([entryId ?? null, entryTime ?? null, field ?? null, value ?? null]),
    known: name !== undefined && documentedFields.has(name),
    ...(about === undefined ? {} : { about, ...placeOf(record(value), entryId, entryTime) }),
  };
}

/** Whose news it is, and when it was. A number is named by its id only here and there; most are the whole business account's. */
function placeOf(value: Json, entryId: unknown, entryTime: unknown) {
  const named = [record(value.metadata), record(value.recipient), value].map((part) =>
    id(part.phone_number_id),
  );
  return present({
    at: instant(entryTime) ?? instant(value.timestamp),
    receiver: named.find((each) => each !== undefined),
    // Of a partner's news, the entry names the partner.
    business: id(record(value.waba_info).waba_id) ?? id(entryId),
  });
}

/**
 * Something in `messages` that is no message and no status of ours, or cannot be read as one. `identity` is what makes
 * it the same thing when it comes again: its id, or all of it. The key is always a hash, since a message id may
 * contain a phone number.
 */
export function notice(what: string, identity: unknown, known: boolean): Notice {
  return { type: 'notice', what, key: fingerprint([what, identity ?? null]), known };
}

/** Meta gives these errors no time and no id, so the same error of the same number is one notice. */
export function errorNotice(error: unknown, receiver: string | undefined, entryId: unknown): Notice {
  const code = isRecord(error) ? readCode(error.code) : undefined;
  const what = code === undefined ? 'error' : `error.${code}`;
  return notice(what, [entryId ?? null, receiver ?? null, error], code !== undefined && isKnownCode(code));
}
