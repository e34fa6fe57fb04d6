import { accountRetry, type Outcome, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';
import { isRecord, type Json, record } from '../json.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Somebody must mend the account (a key, a balance, a block): the message waits meanwhile, and is not lost. */
const pausedMs = 15 * minuteMs;

/**
 * `retry` without `afterMs`: the queue's own growing delays are right. `try`: as `retry`, but the answer is final once it has come
 * `atMost` times. `pause`: nothing leaves from this account, so the whole account waits. `doubt`: it may have been done.
 */
type Reaction =
  | { readonly does: 'reject' }
  | { readonly does: 'retry'; readonly afterMs?: number }
  | { readonly does: 'try'; readonly atMost: number }
  | { readonly does: 'pause'; readonly afterMs: number }
  | { readonly does: 'doubt' };

const reject: Reaction = { does: 'reject' };
const again: Reaction = { does: 'retry' };
const tries = (atMost: number): Reaction => ({ does: 'try', atMost });
const later = (afterMs: number): Reaction => ({ does: 'retry', afterMs });
const pause = (afterMs: number): Reaction => ({ does: 'pause', afterMs });
const doubt: Reaction = { does: 'doubt' };

/**
 * Vonage's error codes: code, our name (Meta's where it means the same), what we do. The same codes come in answers and in statuses.
 * https://developer.vonage.com/en/api-errors/messages (numbers), https://developer.vonage.com/en/api-errors (words)
 */
const table: readonly (readonly [code: string, name: string, reaction: Reaction])[] = [
  // Too fast, or something is down: goes through by itself.
  ['1000', 'THROUGHPUT_REACHED', again],
  ['1030', 'PLATFORM_ERROR', tries(3)],
  ['1100', 'COMMUNICATION_FAILED', again],
  ['1180', 'ABSENT_FOR_NOW', again],
  ['1220', 'HANDSET_BUSY', again],
  ['1230', 'NETWORK_ERROR', again],
  ['1241', 'PAIR_RATE_LIMIT', later(minuteMs)],
  ['1331', 'SERVICE_UNAVAILABLE', again],
  // The key, the balance, the account: nothing was sent, and nothing will be until a person acts.
  ['1060', 'ACCOUNT_LOCKED', pause(hourMs)],
  ['1070', 'PAYMENT_PROBLEM', pause(pausedMs)],
  ['1080', 'ACCOUNT_NOT_ENABLED', pause(pausedMs)],
  ['1370', 'TOKEN_EXPIRED', pause(pausedMs)],
  // This person, now.
  ['1050', 'NUMBER_BARRED', reject],
  ['1160', 'RECIPIENT_NOT_ALLOWED', reject],
  ['1170', 'RECIPIENT_INVALID', reject],
  ['1190', 'RECIPIENT_GONE', reject],
  ['1200', 'PORTABILITY_ERROR', reject],
  ['1210', 'TAKEN_FOR_SPAM', reject],
  ['1240', 'RECIPIENT_OPTED_OUT', reject],
  ['1250', 'UNROUTABLE', reject],
  ['1260', 'DESTINATION_UNREACHABLE', reject],
  ['1270', 'AGE_RESTRICTED', reject],
  ['1280', 'BLOCKED_BY_CARRIER', reject],
  ['1290', 'RECIPIENT_WITHOUT_CREDIT', reject],
  ['1300', 'UNDELIVERABLE', reject],
  ['1310', 'DEVICE_UNSUITABLE', reject],
  ['1330', 'CARRIER_UNKNOWN', reject],
  ['1340', 'OUTSIDE_WINDOW', reject],
  ['1360', 'EXPIRED', reject],
  ['1430', 'RECIPIENT_INVALID', reject],
  // Sent once already, and not said under which id.
  ['1320', 'ALREADY_SENT', doubt],
  // This message, or our set-up: the same again would fail again.
  ['1010', 'PARAMETER_MISSING', reject],
  ['1020', 'PARAMETER_VALUE_INVALID', reject],
  ['1021', 'TAG_INVALID', reject],
  ['1022', 'TEMPLATE_PARAMETERS_INVALID', reject],
  ['1040', 'MESSAGE_INVALID', reject],
  ['1090', 'TEXT_TOO_LONG', reject],
  // By local rules, so for some recipients and not for others: no reason to hold up everybody.
  ['1120', 'SENDER_REFUSED', reject],
  ['1130', 'TTL_INVALID', reject],
  ['1140', 'CAPABILITY_MISSING', reject],
  // Documented as a message class, and seen with `Invalid params`.
  ['1150', 'PARAMETER_VALUE_INVALID', reject],
  ['1350', 'PHONE_MATCHING_FEE', reject],
  ['1380', 'MEDIA_UNREACHABLE', reject],
  ['1381', 'MEDIA_TOO_LARGE', reject],
  ['1382', 'MEDIA_TYPE_INVALID', reject],
  ['1420', 'SENDER_REFUSED', reject],
  // What all of Vonage's APIs answer, by a word.
  ['unauthorized', 'TOKEN_INVALID', pause(pausedMs)],
  // The next request brings a new one; it happens again only where a clock is wrong.
  ['jwt-expired', 'TOKEN_EXPIRED', pause(minuteMs)],
  ['jwt-revoked', 'TOKEN_REVOKED', pause(pausedMs)],
  ['invalid-api-key', 'TOKEN_INVALID', pause(pausedMs)],
  ['invalid-signature', 'TOKEN_INVALID', pause(pausedMs)],
  ['low-balance', 'PAYMENT_PROBLEM', pause(pausedMs)],
  ['forbidden', 'PERMISSION_DENIED', pause(pausedMs)],
  ['unprovisioned', 'ACCOUNT_NOT_ENABLED', pause(pausedMs)],
  ['account-suspended', 'ACCOUNT_LOCKED', pause(hourMs)],
  ['rate-limit', 'THROUGHPUT_REACHED', again],
  ['throttled', 'THROUGHPUT_REACHED', again],
  ['not-found', 'NOT_FOUND', reject],
  ['invalid-params', 'PARAMETER_VALUE_INVALID', reject],
  ['invalid-json', 'PARAMETER_VALUE_INVALID', reject],
];

const byCode = new Map(table.map(([code, name, reaction]) => [code, { name, reaction }]));

export type ErrorRow = {
  readonly code: string;
  readonly name: string;
  /** As in Meta's table; `doubt`: it may have been done, and is not sent again. */
  readonly does: 'waits' | 'pauses' | 'fails' | 'doubt';
  readonly afterMs: number | undefined;
  /** The answer that comes so many times is final; undefined where only all attempts together are counted. */
  readonly atMost: number | undefined;
};

const words = { retry: 'waits', try: 'waits', pause: 'pauses', reject: 'fails', doubt: 'doubt' } as const;

/** Our names of what stops an account as a whole. */
export const pausingNames: readonly string[] = [
  ...new Set(table.flatMap(([, name, { does }]) => (does === 'pause' ? [name] : []))),
];

/** The table as the documentation shows it: by code. */
export function errorRows(): readonly ErrorRow[] {
  return table
    .map(
      ([code, name, reaction]): ErrorRow => ({
        code,
        name,
        does: words[reaction.does],
        afterMs: 'afterMs' in reaction ? reaction.afterMs : undefined,
        atMost: reaction.does === 'try' ? reaction.atMost : undefined,
      }),
    )
    .toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

/**
 * The code of an error as Vonage writes it: a number, or its digits, in `title`; else what stands behind the `#` of `type`, a number
 * or a word. `title` is a sentence as often. Some errors hold the error once more, and those of the API's first version have `code`.
 */
export function readCode(error: unknown): string | undefined {
  if (!isRecord(error)) return undefined;
  const { type, title, code }: Json = isRecord(error.error) ? record(error.error) : error;
  const fragment = typeof type === 'string' && type.length < 512 ? type.split('#')[1] : undefined;
  return digits(title) ?? digits(fragment) ?? word(fragment) ?? digits(code);
}

function digits(value: unknown): string | undefined {
  const written = typeof value === 'number' ? String(value) : value;
  return typeof written === 'string' && /^[1-9]\d{0,6}$/.test(written) ? written : undefined;
}

function word(value: string | undefined): string | undefined {
  return value !== undefined && /^[A-Za-z][A-Za-z0-9-]{0,40}$/.test(value) ? value.toLowerCase() : undefined;
}

export function isKnownCode(code: string): boolean {
  return byCode.has(code);
}

/** Our name for Vonage's code; `VONAGE_<code>` for one that the table does not know. */
export function nameOf(code: string): string {
  return byCode.get(code)?.name ?? `VONAGE_${code.toUpperCase().replaceAll('-', '_')}`;
}

/** What an error means for the message; a code that the table does not know is judged by the HTTP status. */
export function outcomeOf(code: string, httpStatus: number): Outcome<never> {
  const name = nameOf(code);
  const reaction = byCode.get(code)?.reaction;
  if (reaction === undefined) return outcomeOfStatus(name, httpStatus);
  switch (reaction.does) {
    case 'reject':
      return rejected(name);
    case 'retry':
      return retry(name, reaction.afterMs);
    case 'try':
      return retryAtMost(name, reaction.atMost);
    case 'pause':
      return accountRetry(name, reaction.afterMs);
    case 'doubt':
      return unknown(name);
  }
}

/**
 * What Vonage's own refusal means where its code says nothing to us: final, unless it is for the token, the balance, the account or
 * the rate; after a failure inside Vonage (5xx) the message may still be on its way.
 */
export function outcomeOfStatus(name: string, httpStatus: number): Outcome<never> {
  if ([401, 402, 403].includes(httpStatus)) return accountRetry(name, pausedMs);
  if (httpStatus === 429) return retry(name, minuteMs);
  return httpStatus >= 400 && httpStatus < 500 && httpStatus !== 408 ? rejected(name) : unknown(name);
}
