import { accountRetry, type Outcome, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Somebody must mend the account (a token, a payment, a block): the message waits meanwhile, and is not lost. */
const pausedMs = 15 * minuteMs;

/**
 * `afterMs` is absent where the queue's own growing delays are right. `try`: as `retry`, but what Meta answers so `atMost` times will
 * not succeed, whatever the delay. `pause`: nothing at all leaves from this account, so the whole account waits, and no message uses
 * up its attempts meanwhile.
 */
type Reaction =
  | { readonly does: 'reject' }
  | { readonly does: 'retry'; readonly afterMs?: number }
  | { readonly does: 'try'; readonly atMost: number }
  | { readonly does: 'pause'; readonly afterMs: number };

const reject: Reaction = { does: 'reject' };
const again: Reaction = { does: 'retry' };
const tries = (atMost: number): Reaction => ({ does: 'try', atMost });
const later = (afterMs: number): Reaction => ({ does: 'retry', afterMs });
const pause = (afterMs: number): Reaction => ({ does: 'pause', afterMs });

/**
 * Meta's error codes: from, to, our name, what we do. The same codes come in answers and in `failed` statuses.
 * The first row that holds a code counts: 133004 stands above its family.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
 */
const table: readonly (readonly [from: number, to: number, name: string, reaction: Reaction])[] = [
  // The token, the app, the account: nothing was sent, and nothing will be until a person acts.
  [0, 0, 'TOKEN_INVALID', pause(pausedMs)],
  [190, 190, 'TOKEN_EXPIRED', pause(pausedMs)],
  [33, 33, 'NUMBER_DELETED', pause(pausedMs)],
  [368, 368, 'BLOCKED_FOR_POLICY', pause(hourMs)],
  [131031, 131031, 'ACCOUNT_LOCKED', pause(hourMs)],
  [131037, 131037, 'DISPLAY_NAME_NOT_APPROVED', pause(hourMs)],
  [131042, 131042, 'PAYMENT_PROBLEM', pause(pausedMs)],
  [131044, 131044, 'CALL_PAYMENT_PROBLEM', pause(pausedMs)],
  [131045, 131045, 'NUMBER_NOT_REGISTERED', pause(pausedMs)],
  [133004, 133004, 'SERVER_UNAVAILABLE', again],
  [133000, 133016, 'REGISTRATION_ERROR', pause(pausedMs)],
  [131048, 131048, 'SPAM_LIMIT', pause(hourMs)],
  // Of templates alone: what answers a patient still goes.
  [131064, 131064, 'TEMPLATE_VIOLATION_LIMIT', later(hourMs)],
  // Too fast, or Meta is down: goes through by itself.
  // Malformed or unknown: Meta says to repeat it once or twice.
  [1, 1, 'API_UNKNOWN', tries(3)],
  [2, 2, 'API_SERVICE', again],
  [4, 4, 'APP_RATE_LIMIT', pause(5 * minuteMs)],
  [80007, 80007, 'ACCOUNT_RATE_LIMIT', pause(5 * minuteMs)],
  [130429, 130429, 'THROUGHPUT_REACHED', again],
  // Also what is not enabled at all.
  [131000, 131000, 'SOMETHING_WENT_WRONG', tries(3)],
  [131016, 131016, 'SERVICE_UNAVAILABLE', again],
  // One message in six seconds to the same person, once a burst is used up.
  [131056, 131056, 'PAIR_RATE_LIMIT', later(6 * secondMs)],
  [131057, 131057, 'NUMBER_IN_MAINTENANCE', pause(minuteMs)],
  [2494100, 2494100, 'NUMBER_MIGRATING', pause(5 * minuteMs)],
  // This person, now.
  // Meta says to wait a day. We send no marketing, and whatever stands behind it in the line would wait as well.
  [131049, 131049, 'MARKETING_CAP', reject],
  [130472, 130472, 'MARKETING_EXPERIMENT', reject],
  [130497, 130497, 'COUNTRY_BARRED', reject],
  [131021, 131021, 'RECIPIENT_IS_SENDER', reject],
  [131026, 131026, 'UNDELIVERABLE', reject],
  [131030, 131030, 'RECIPIENT_NOT_ALLOWED', reject],
  [131047, 131047, 'OUTSIDE_WINDOW', reject],
  // The same, as the On-Premises API numbered it.
  [470, 470, 'OUTSIDE_WINDOW', reject],
  [131050, 131050, 'MARKETING_STOPPED', reject],
  [131062, 131062, 'PHONE_NUMBER_REQUIRED', reject],
  // Whoever holds this number may no longer be the patient.
  [137000, 137000, 'IDENTITY_CHANGED', reject],
  // This message, or our set-up: the same again would fail again.
  [3, 3, 'CAPABILITY_MISSING', reject],
  [10, 10, 'PERMISSION_DENIED', reject],
  [200, 299, 'PERMISSION_MISSING', reject],
  [131005, 131005, 'ACCESS_DENIED', reject],
  [100, 100, 'PARAMETER_INVALID', reject],
  [131008, 131008, 'PARAMETER_MISSING', reject],
  [131009, 131009, 'PARAMETER_VALUE_INVALID', reject],
  [131020, 131020, 'GROUP_INVALID', reject],
  [131041, 131041, 'GROUP_REFUSED', reject],
  [131201, 131215, 'GROUP_ERROR', reject],
  [131035, 131035, 'WEBHOOK_NOT_STORED', reject],
  [131036, 131036, 'PAYLOAD_GONE', reject],
  [131051, 131051, 'TYPE_UNSUPPORTED', reject],
  [131052, 131052, 'MEDIA_DOWNLOAD_FAILED', reject],
  [131053, 131053, 'MEDIA_UPLOAD_FAILED', reject],
  [131055, 131055, 'METHOD_NOT_ALLOWED', reject],
  [131059, 131059, 'CURSOR_INVALID', reject],
  [131060, 131060, 'MESSAGE_UNAVAILABLE', reject],
  [131063, 131063, 'MARKETING_DISABLED', reject],
  [135000, 135000, 'GENERIC_PARAMETER', reject],
  // Templates, Flows, and what we do not use.
  [132000, 132000, 'TEMPLATE_PARAMETER_COUNT', reject],
  [132001, 132001, 'TEMPLATE_MISSING', reject],
  [132005, 132005, 'TEMPLATE_TEXT_TOO_LONG', reject],
  [132007, 132007, 'TEMPLATE_POLICY', reject],
  [132012, 132012, 'TEMPLATE_PARAMETER_FORMAT', reject],
  [132015, 132015, 'TEMPLATE_PAUSED', reject],
  [132016, 132016, 'TEMPLATE_DISABLED', reject],
  [132018, 132018, 'TEMPLATE_PARAMETERS_INVALID', reject],
  [132068, 132068, 'FLOW_BLOCKED', reject],
  [132069, 132069, 'FLOW_THROTTLED', reject],
  [134011, 134011, 'PAYMENT_TERMS', reject],
  [134100, 134103, 'MARKETING_API_ERROR', reject],
  [138000, 138018, 'CALLING_ERROR', reject],
  [139000, 139004, 'FLOW_MANAGEMENT_ERROR', reject],
  [139100, 139103, 'BLOCK_LIST_ERROR', reject],
  [139200, 139200, 'DIRECT_SEND_BLOCKED', reject],
  [147001, 147005, 'USERNAME_ERROR', reject],
  [200005, 200007, 'TEMPLATE_INSIGHTS_ERROR', reject],
  [2388019, 2388019, 'TEMPLATE_CREATION_ERROR', reject],
  [2388040, 2388040, 'TEMPLATE_CREATION_ERROR', reject],
  [2388047, 2388047, 'TEMPLATE_CREATION_ERROR', reject],
  [2388072, 2388073, 'TEMPLATE_CREATION_ERROR', reject],
  [2388293, 2388293, 'TEMPLATE_CREATION_ERROR', reject],
  [2388299, 2388299, 'TEMPLATE_CREATION_ERROR', reject],
  [2388318, 2388318, 'DIRECT_SEND_NOT_EDITABLE', reject],
  [2388330, 2388330, 'DIRECT_SEND_NOT_DELETABLE', reject],
  [2494164, 2494177, 'SIGNUP_ERROR', reject],
  [2494191, 2494191, 'THREAD_CONTROL_REFUSED', reject],
];

export type ErrorRow = {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  /**
   * `waits`: tried again, after `afterMs` or the line's own growing delays. `pauses`: the whole account waits for `afterMs`, then one
   * message tries. `fails`: the same again cannot succeed.
   */
  readonly does: 'waits' | 'pauses' | 'fails';
  readonly afterMs: number | undefined;
  /** The answer that comes so many times is final; undefined where only all attempts together are counted. */
  readonly atMost: number | undefined;
};

const words = { retry: 'waits', try: 'waits', pause: 'pauses', reject: 'fails' } as const;

/** Our names of what stops an account as a whole. */
export const pausingNames: readonly string[] = table.flatMap(([, , name, { does }]) =>
  does === 'pause' ? [name] : [],
);

/** The table as the documentation shows it: by code. */
export function errorRows(): readonly ErrorRow[] {
  return table
    .map(
      ([from, to, name, reaction]): ErrorRow => ({
        from,
        to,
        name,
        does: words[reaction.does],
        afterMs: 'afterMs' in reaction ? reaction.afterMs : undefined,
        atMost: reaction.does === 'try' ? reaction.atMost : undefined,
      }),
    )
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
}

function find(code: number) {
  return table.find(([from, to]) => from <= code && code <= to);
}

/** An error's code as Meta writes it: an integer, or now and then its digits. */
export function readCode(value: unknown): number | undefined {
  const isDigits = typeof value === 'string' && /^\d{1,9}$/.test(value);
  const code = isDigits ? Number(value) : value;
  return typeof code === 'number' && Number.isSafeInteger(code) && code >= 0 ? code : undefined;
}

export function isKnownCode(code: number): boolean {
  return find(code) !== undefined;
}

/** Our name for Meta's code; `META_<code>` for one that the table does not know. */
export function nameOf(code: number): string {
  return find(code)?.[2] ?? `META_${code}`;
}

/**
 * What a Graph error means for the message. A code that the table does not know is judged by the HTTP status: a
 * refusal is final unless it is for the token (401) or the rate (429); after a failure inside Meta (5xx) the message
 * may still be on its way.
 */
export function outcomeOf(code: number, httpStatus: number): Outcome<never> {
  const reaction = find(code)?.[3];
  if (reaction?.does === 'retry') return retry(nameOf(code), reaction.afterMs);
  if (reaction?.does === 'try') return retryAtMost(nameOf(code), reaction.atMost);
  if (reaction?.does === 'pause') return accountRetry(nameOf(code), reaction.afterMs);
  if (reaction?.does === 'reject') return rejected(nameOf(code));
  if (httpStatus === 401) return accountRetry(nameOf(code), pausedMs);
  if (httpStatus === 429) return retry(nameOf(code), minuteMs);
  return httpStatus >= 500 ? unknown(nameOf(code)) : rejected(nameOf(code));
}
