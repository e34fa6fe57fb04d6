import { accountRetry, type Outcome, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Somebody must mend the account (a token, a sender, a block): the message waits meanwhile, and is not lost. */
const pausedMs = 15 * minuteMs;

/**
 * `afterMs` is absent where the queue's own growing delays are right. `try`: as `retry`, but what Twilio answers so `atMost` times will
 * not succeed. `pause`: nothing at all leaves from this account, so the whole account waits, and no message uses up its attempts.
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
 * Twilio's error codes: code, our name, what we do. The same codes come in answers and in the `ErrorCode` of a failed status. What
 * means the same as an error of Meta's has the same name.
 * https://www.twilio.com/docs/api/errors
 */
const table: readonly (readonly [code: number, name: string, reaction: Reaction])[] = [
  // The credentials, the account, the sender: nothing was sent, and nothing will be until a person acts.
  [20003, 'TOKEN_INVALID', pause(pausedMs)],
  [20005, 'ACCOUNT_NOT_ACTIVE', pause(hourMs)],
  [20006, 'ACCESS_DENIED', pause(pausedMs)],
  [20403, 'PERMISSION_DENIED', pause(pausedMs)],
  [20404, 'ACCOUNT_MISSING', pause(pausedMs)],
  [21212, 'SENDER_INVALID', pause(pausedMs)],
  [21606, 'SENDER_INVALID', pause(pausedMs)],
  [21702, 'SERVICE_NOT_AVAILABLE', pause(pausedMs)],
  [21703, 'SERVICE_WITHOUT_SENDER', pause(pausedMs)],
  [30002, 'ACCOUNT_SUSPENDED', pause(hourMs)],
  [63001, 'CHANNEL_TOKEN_INVALID', pause(pausedMs)],
  [63002, 'SENDER_UNKNOWN', pause(pausedMs)],
  [63007, 'SENDER_UNKNOWN', pause(pausedMs)],
  [63008, 'CHANNEL_MISCONFIGURED', pause(pausedMs)],
  [63013, 'BLOCKED_FOR_POLICY', pause(hourMs)],
  [63020, 'BUSINESS_MANAGER_ERROR', pause(pausedMs)],
  [63022, 'DISPLAY_NAME_NOT_APPROVED', pause(hourMs)],
  [63026, 'SPAM_LIMIT', pause(hourMs)],
  // The account's messages of a day are used up; the next day begins at midnight UTC.
  [63038, 'ACCOUNT_DAILY_CAP', pause(hourMs)],
  // Too fast, or something on the way is down: goes through by itself.
  [14107, 'THROUGHPUT_REACHED', again],
  [20429, 'ACCOUNT_RATE_LIMIT', again],
  [21611, 'SENDER_QUEUE_FULL', later(minuteMs)],
  [30001, 'QUEUE_OVERFLOW', later(minuteMs)],
  [30007, 'FILTERED', tries(2)],
  [30008, 'UNDELIVERED_UNKNOWN', tries(2)],
  [63009, 'CHANNEL_ERROR', again],
  [63010, 'CHANNEL_INTERNAL_ERROR', again],
  [63011, 'CHANNEL_INVALID_REQUEST', again],
  [63012, 'CHANNEL_SERVICE_ERROR', again],
  [63017, 'ACCOUNT_RATE_LIMIT', again],
  // Meta's 130429 and 131056 alike: one message in six seconds to the same person, once a burst is used up.
  [63018, 'PAIR_RATE_LIMIT', later(6 * secondMs)],
  [63029, 'TEMPLATE_NOT_FETCHED', tries(2)],
  // This person, now.
  [21211, 'RECIPIENT_INVALID', reject],
  [21408, 'COUNTRY_BARRED', reject],
  [21604, 'RECIPIENT_MISSING', reject],
  [21608, 'RECIPIENT_NOT_ALLOWED', reject],
  [21610, 'UNSUBSCRIBED', reject],
  [21612, 'UNDELIVERABLE', reject],
  [21614, 'UNDELIVERABLE', reject],
  [30003, 'UNDELIVERABLE', reject],
  [30004, 'RECIPIENT_BLOCKED', reject],
  [30005, 'UNDELIVERABLE', reject],
  [30006, 'UNDELIVERABLE', reject],
  [63003, 'UNDELIVERABLE', reject],
  [63014, 'BLOCKED_BY_USER', reject],
  [63015, 'SANDBOX_NOT_JOINED', reject],
  [63016, 'OUTSIDE_WINDOW', reject],
  [63024, 'RECIPIENT_INVALID', reject],
  [63031, 'RECIPIENT_IS_SENDER', reject],
  [63032, 'WHATSAPP_LIMITATION', reject],
  [63033, 'RECIPIENT_BLOCKED', reject],
  [63035, 'RCS_ONLY', reject],
  [63036, 'RCS_ONLY', reject],
  // Meta says to wait a day. We send no marketing, and whatever stands behind it in the line would wait as well.
  [63049, 'MARKETING_CAP', reject],
  // This message, or our set-up: the same again would fail again.
  [21602, 'TEXT_MISSING', reject],
  [21603, 'SENDER_MISSING', reject],
  [21609, 'CALLBACK_URL_INVALID', reject],
  [21617, 'TEXT_TOO_LONG', reject],
  [21619, 'TEXT_MISSING', reject],
  [21620, 'MEDIA_URL_INVALID', reject],
  [21623, 'MEDIA_TOO_MANY', reject],
  [21654, 'CONTENT_MISSING', reject],
  [21655, 'CONTENT_INVALID', reject],
  [21656, 'CONTENT_VARIABLES_INVALID', reject],
  [21658, 'PARAMETER_TOO_LONG', reject],
  [21660, 'SENDER_OF_ANOTHER_ACCOUNT', reject],
  [63005, 'CONTENT_NOT_ACCEPTED', reject],
  [63006, 'CONTENT_NOT_ACCEPTED', reject],
  [63019, 'MEDIA_DOWNLOAD_FAILED', reject],
  [63021, 'CONTENT_INVALID', reject],
  [63025, 'MEDIA_EXISTS', reject],
  [63027, 'TEMPLATE_MISSING', reject],
  [63028, 'TEMPLATE_PARAMETER_COUNT', reject],
  [63030, 'TYPE_UNSUPPORTED', reject],
  [63034, 'MEDIA_TOO_LARGE', reject],
  [63037, 'MEDIA_UPLOAD_FAILED', reject],
  [63040, 'TEMPLATE_REJECTED', reject],
  [63041, 'TEMPLATE_PAUSED', reject],
];

export type ErrorRow = {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  /** `waits`: tried again. `pauses`: the whole account waits, then one message tries. `fails`: the same again cannot succeed. */
  readonly does: 'waits' | 'pauses' | 'fails';
  /** Milliseconds; undefined where the line's own growing delays are right. */
  readonly afterMs: number | undefined;
  /** The answer that comes so many times is final; undefined where only all attempts together are counted. */
  readonly atMost: number | undefined;
};

const words = { retry: 'waits', try: 'waits', pause: 'pauses', reject: 'fails' } as const;

const byCode = new Map(table.map(([code, name, reaction]) => [code, { name, reaction }]));

/** Our names of what stops an account as a whole. */
export const pausingNames: readonly string[] = [
  ...new Set(table.flatMap(([, name, { does }]) => (does === 'pause' ? [name] : []))),
];

/** The table as the documentation shows it: by code. */
export function errorRows(): readonly ErrorRow[] {
  return table
    .map(
      ([code, name, reaction]): ErrorRow => ({
        from: code,
        to: code,
        name,
        does: words[reaction.does],
        afterMs: 'afterMs' in reaction ? reaction.afterMs : undefined,
        atMost: reaction.does === 'try' ? reaction.atMost : undefined,
      }),
    )
    .toSorted((a, b) => a.from - b.from);
}

/** An error's code as Twilio writes it: an integer in answers, its digits in webhooks. Zero is no error. */
export function readCode(value: unknown): number | undefined {
  const isDigits = typeof value === 'string' && /^\d{1,9}$/.test(value);
  const code = isDigits ? Number(value) : value;
  return typeof code === 'number' && Number.isSafeInteger(code) && code > 0 ? code : undefined;
}

export function isKnownCode(code: number): boolean {
  return byCode.has(code);
}

/** Our name for Twilio's code; `TWILIO_<code>` for one that the table does not know. */
export function nameOf(code: number): string {
  return byCode.get(code)?.name ?? `TWILIO_${code}`;
}

/**
 * What an error of Twilio's means for the message. A code that the table does not know is judged by the HTTP status: a refusal is final
 * unless it is for the credentials (401) or the rate (429); after a failure inside Twilio (5xx) the message may still be on its way.
 */
export function outcomeOf(code: number, httpStatus: number): Outcome<never> {
  const name = nameOf(code);
  const reaction = byCode.get(code)?.reaction;
  if (reaction?.does === 'retry') return retry(name, reaction.afterMs);
  if (reaction?.does === 'try') return retryAtMost(name, reaction.atMost);
  if (reaction?.does === 'pause') return accountRetry(name, reaction.afterMs);
  if (reaction?.does === 'reject') return rejected(name);
  if (httpStatus === 401) return accountRetry(name, pausedMs);
  if (httpStatus === 429) return retry(name, minuteMs);
  return httpStatus >= 500 || httpStatus === 408 ? unknown(name) : rejected(name);
}
