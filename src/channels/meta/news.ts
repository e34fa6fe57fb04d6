import { filled, isRecord, type Json, list, present, record, word } from '../json.ts';
import type { AccountNews, Quality, TemplateStatus } from '../news.ts';
import { instant } from './time.ts';

/**
 * What Meta's account webhooks say, by field. What is not understood is undefined: it stays a notice that is counted, and is no news.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference
 */

type Read = (value: Json) => AccountNews | undefined;

const readers: Readonly<Record<string, Read>> = {
  account_update: readAccountUpdate,
  account_alerts: readAlert,
  account_review_update: ({ decision }) => withWord('review', decision),
  business_capability_update: readCapability,
  message_template_components_update: (value) =>
    ofTemplate(value, (named) => ({ kind: 'template-content', ...named })),
  message_template_quality_update: readTemplateQuality,
  message_template_status_update: readTemplateStatus,
  messaging_handovers: readHandover,
  payment_configuration_update: readPayment,
  phone_number_name_update: readName,
  phone_number_quality_update: readNumberQuality,
  security: readSecurity,
  template_category_update: readCategory,
};

/** The news in a change of `field`; undefined where there is none that we understand. */
export function readNews(field: unknown, value: unknown): AccountNews | undefined {
  if (typeof field !== 'string' || !isRecord(value)) return undefined;
  return Object.hasOwn(readers, field) ? readers[field]?.(value) : undefined;
}

/** Characters of a free text that are kept. */
const maxDetails = 500;

const details = (value: unknown): string | undefined => filled(value)?.slice(0, maxDetails);

/** `FIRST_PAUSE` → `first-pause` */
const lower = (value: unknown): string | undefined => word(value)?.toLowerCase().replaceAll('_', '-');

/** Meta writes `NONE` where there is no reason. */
const reason = (value: unknown): string | undefined => {
  const read = word(value);
  return read === undefined || read.toUpperCase() === 'NONE' ? undefined : read;
};

/** The practice's own number, with nothing but its digits. */
function ownNumber(value: Json): { readonly number?: string } {
  const digits = String(filled(value.display_phone_number) ?? '').replace(/\D/g, '');
  return /^\d{5,15}$/.test(digits) ? { number: digits } : {};
}

/** An instant, or a day or time as people write it (`2026-10-01`, `December 31, 2026`); undefined where it is none. */
function moment(value: unknown): string | undefined {
  const stamp = instant(value);
  if (stamp !== undefined) return stamp;
  const text = filled(value);
  if (text === undefined || text.length > 40) return undefined;
  // Without a zone it is taken as UTC: `Date.parse` would take the machine's.
  const ms = Date.parse(/\d{4}-\d{2}-\d{2}T|Z$|[+-]\d{2}:?\d{2}$/.test(text) ? text : `${text} UTC`);
  return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
}

function withWord(kind: 'review', decision: unknown): AccountNews | undefined {
  const read = lower(decision);
  return read === undefined ? undefined : { kind, decision: read };
}

function readAccountUpdate(value: Json): AccountNews | undefined {
  switch (word(value.event)) {
    case 'ACCOUNT_RESTRICTION':
      return { kind: 'restricted', restrictions: readRestrictions(value.restriction_info) };
    case 'ACCOUNT_VIOLATION': {
      const violation = word(record(value.violation_info).violation_type);
      return violation === undefined ? undefined : { kind: 'violation', violation };
    }
    case 'DISABLED_UPDATE':
      return readBan(record(value.ban_info));
    case 'ACCOUNT_DELETED':
      return { kind: 'deleted' };
    case 'ACCOUNT_OFFBOARDED':
    case 'PARTNER_REMOVED':
    case 'PARTNER_APP_UNINSTALLED': {
      const info = record(value.disconnection_info);
      return present({
        kind: 'disconnected' as const,
        reason: word(info.reason),
        by: word(info.initiated_by),
      });
    }
    case 'ACCOUNT_RECONNECTED':
    case 'PARTNER_ADDED':
    case 'PARTNER_APP_INSTALLED':
      return { kind: 'connected' };
    // Of older versions, and of numbers that were checked.
    case 'VERIFIED_ACCOUNT':
      return { kind: 'review', decision: 'approved' };
    case undefined:
      return undefined;
    default:
      return { kind: 'other', what: `account_update.${word(value.event)}` };
  }
}

/** That there is one is certain, even where we cannot read which. */
function readRestrictions(value: unknown): readonly { readonly what: string; readonly until?: string }[] {
  const read = list(value).flatMap((item) => {
    const { restriction_type, expiration } = record(item);
    const what = word(restriction_type);
    return what === undefined ? [] : [present({ what, until: moment(expiration) })];
  });
  return read.length > 0 ? read : [{ what: 'UNNAMED' }];
}

/** `waba_ban_state` is a word, or in some of Meta's samples a list of one. */
function readBan({ waba_ban_state, waba_ban_date }: Json): AccountNews | undefined {
  const state = word(Array.isArray(waba_ban_state) ? waba_ban_state[0] : waba_ban_state);
  if (state === 'REINSTATE') return { kind: 'reinstated' };
  if (state !== 'DISABLE' && state !== 'SCHEDULE_FOR_DISABLE') return undefined;
  const scheduled = state === 'SCHEDULE_FOR_DISABLE';
  return present({ kind: 'disabled' as const, scheduled, from: moment(waba_ban_date) });
}

/** Meta has had the alert's fields beside `entity_id`, and within `alert_info`. */
function readAlert(value: Json): AccountNews | undefined {
  const info = isRecord(value.alert_info) ? value.alert_info : value;
  const alert = word(info.alert_type);
  if (alert === undefined) return undefined;
  return present({
    kind: 'alert' as const,
    alert,
    severity: lower(info.alert_severity),
    status: lower(info.alert_status),
    details: details(info.alert_description),
  });
}

const tiers: Readonly<Record<string, number | 'none'>> = {
  TIER_50: 50,
  TIER_250: 250,
  TIER_1K: 1_000,
  TIER_2K: 2_000,
  TIER_10K: 10_000,
  TIER_100K: 100_000,
  TIER_UNLIMITED: 'none',
  UNTIERED: 'none',
};

/** A number, its digits, or a tier's word: Meta's pages disagree. Minus one, and more than any tier, is no limit. */
function limitOf(value: unknown): number | 'none' | undefined {
  const name = word(value);
  if (name !== undefined)
    return Object.hasOwn(tiers, name.toUpperCase()) ? tiers[name.toUpperCase()] : undefined;
  const count = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return undefined;
  if (count === -1 || count > 100_000) return 'none';
  return count < 0 ? undefined : count;
}

function countOf(value: unknown): number | undefined {
  const count = limitOf(value);
  return typeof count === 'number' ? count : undefined;
}

function readCapability(value: Json): AccountNews | undefined {
  const news = present({
    kind: 'limit' as const,
    dailyRecipients: limitOf(
      value.max_daily_conversations_per_business ?? value.max_daily_conversation_per_phone,
    ),
    numbers: countOf(value.max_phone_numbers_per_business ?? value.max_phone_numbers_per_waba),
  });
  return Object.keys(news).length > 1 ? news : undefined;
}

/** Messages per second after Meta's upgrade. */
const upgradedPerSecond = 1_000;

/**
 * Its name is of an older time: of quality it tells no more since numbers have no limits of their own. `FLAGGED` and `UNFLAGGED` still
 * come through providers in between.
 */
function readNumberQuality(value: Json): AccountNews | undefined {
  const number = ownNumber(value);
  const event = word(value.event);
  if (event === 'FLAGGED') return { kind: 'quality', quality: 'low', ...number };
  // At least that; whether it is high again is not said.
  if (event === 'UNFLAGGED') return { kind: 'quality', quality: 'medium', ...number };
  if (event === 'THROUGHPUT_UPGRADE') return { kind: 'limit', perSecond: upgradedPerSecond, ...number };
  const dailyRecipients = limitOf(value.max_daily_conversations_per_business ?? value.current_limit);
  // The limit is the business's, and not the number's.
  return dailyRecipients === undefined ? undefined : { kind: 'limit', dailyRecipients };
}

function readName(value: Json): AccountNews | undefined {
  const decision = lower(value.decision);
  if (decision === undefined) return undefined;
  return present({
    kind: 'name' as const,
    decision,
    name: details(value.requested_verified_name),
    reason: reason(value.rejection_reason),
    ...ownNumber(value),
  });
}

function readSecurity(value: Json): AccountNews | undefined {
  const event = lower(value.event);
  if (event === undefined) return undefined;
  return present({
    kind: 'security' as const,
    event,
    requester: filled(value.requester)?.slice(0, 100),
    ...ownNumber(value),
  });
}

const templateName = /^[A-Za-z0-9_]{1,512}$/;

/** Where the template's name is no name, there is nothing to say which one it is. */
function ofTemplate<T>(
  value: Json,
  make: (named: { readonly template: string; readonly language: string }) => T,
): T | undefined {
  const template = filled(value.message_template_name);
  const language = word(value.message_template_language) ?? 'und';
  return template === undefined || !templateName.test(template) ? undefined : make({ template, language });
}

const templateStatuses: readonly string[] = [
  'approved',
  'rejected',
  'paused',
  'disabled',
  'flagged',
  'reinstated',
  'pending',
  'in-appeal',
  'pending-deletion',
  'deleted',
  'locked',
  'archived',
  'limit-exceeded',
] satisfies TemplateStatus[];

function readTemplateStatus(value: Json): AccountNews | undefined {
  const status = lower(value.event);
  if (status === undefined || !templateStatuses.includes(status)) return undefined;
  const rejection = record(value.rejection_info);
  const other = record(value.other_info);
  return ofTemplate(value, (named) =>
    present({
      kind: 'template' as const,
      ...named,
      status: status as TemplateStatus, // the list is of these
      reason: reason(value.reason) ?? reason(other.title),
      details: details(rejection.recommendation) ?? details(rejection.reason) ?? details(other.description),
      category: lower(value.message_template_category),
      from: moment(record(value.disable_info).disable_date),
    }),
  );
}

const qualities: Readonly<Record<string, Quality>> = { green: 'high', yellow: 'medium', red: 'low' };

const qualityOf = (value: unknown): Quality | 'unknown' => qualities[lower(value) ?? ''] ?? 'unknown';

function readTemplateQuality(value: Json): AccountNews | undefined {
  if (word(value.new_quality_score) === undefined) return undefined;
  return ofTemplate(value, (named) =>
    present({
      kind: 'template-quality' as const,
      ...named,
      quality: qualityOf(value.new_quality_score),
      before:
        word(value.previous_quality_score) === undefined
          ? undefined
          : qualityOf(value.previous_quality_score),
    }),
  );
}

/** Announced: `new_category` is what it is, `correct_category` what it will be. Done: from `previous_category` to `new_category`. */
function readCategory(value: Json): AccountNews | undefined {
  const announced = lower(value.correct_category);
  const category = announced ?? lower(value.new_category);
  if (category === undefined) return undefined;
  return ofTemplate(value, (named) =>
    present({
      kind: 'template-category' as const,
      ...named,
      category,
      before: announced === undefined ? lower(value.previous_category) : lower(value.new_category),
      from: announced === undefined ? undefined : moment(value.category_update_timestamp),
    }),
  );
}

/** Nothing of whose chat it was, and nothing of the summary that is handed on with it. */
function readHandover(value: Json): AccountNews | undefined {
  const event = lower(value.type);
  if (event === undefined) return undefined;
  const passed = record(value[String(value.type)]);
  return present({
    kind: 'handover' as const,
    event,
    from: lower(passed.previous_owner_role),
    to: lower(passed.new_owner_role),
  });
}

function readPayment(value: Json): AccountNews | undefined {
  const status = lower(value.status);
  if (status === undefined) return undefined;
  return present({ kind: 'payment' as const, status, configuration: details(value.configuration_name) });
}
