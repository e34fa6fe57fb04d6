import { accountRetry, type Outcome, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';
import { type Json, record } from '../json.ts';
import { isKnownCode, nameOf, readCode } from '../meta/errors.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;

/** Somebody must mend the account (a key, a policy, a balance): the message waits meanwhile, and is not lost. */
const pausedMs = 15 * minuteMs;

/** As in the other codecs: `pause` is of the whole account, `try` is final once it came `atMost` times. */
type Reaction =
  | { readonly does: 'reject' }
  | { readonly does: 'try'; readonly atMost: number }
  | { readonly does: 'pause'; readonly afterMs: number }
  | { readonly does: 'unknown' };

const reject: Reaction = { does: 'reject' };
const pause = (afterMs: number): Reaction => ({ does: 'pause', afterMs });

type AnswerRow = readonly [status: number, name: string, meaning: string, reaction: Reaction];

/**
 * Answers to a send, by HTTP status. Bird explains a refusal by a word (`{"code": "InvalidPayload", "message": …}`) whose list is
 * not published; the status says what is to be done.
 * https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
 */
const answers: readonly AnswerRow[] = [
  [400, 'REQUEST_INVALID', 'the request cannot be read', reject],
  [401, 'ACCESS_KEY_REFUSED', 'the access key is missing, wrong or revoked', pause(pausedMs)],
  [402, 'BALANCE_TOO_LOW', 'the workspace has to be paid for', pause(pausedMs)],
  [403, 'ACCESS_POLICY_MISSING', 'the access key may not send on this channel', pause(pausedMs)],
  // The channel, or only this message's template: so the account does not stop for it.
  [404, 'NOT_FOUND', 'the workspace, the channel or the template is unknown', { does: 'try', atMost: 3 }],
  [405, 'REQUEST_INVALID', 'the method is not allowed', reject],
  // Nobody says whether a message of the same reference is already on its way.
  [409, 'CONFLICT', 'the message contradicts another one', { does: 'unknown' }],
  [413, 'REQUEST_TOO_LARGE', 'the request is too large', reject],
  [415, 'REQUEST_INVALID', 'the content type is not supported', reject],
  [422, 'PAYLOAD_INVALID', 'a field of the message is malformed', reject],
  // Of the workspace: 500 requests a second. "Safely assume that the request has not been processed."
  // https://docs.bird.com/api/channels-api/rate-limit
  [429, 'RATE_LIMITED', 'too many requests of the workspace', pause(5 * secondMs)],
];

type FailureRow = readonly [from: number, to: number, name: string, meaning: string];

/**
 * The codes of `failure` in a `sending_failed` or `delivery_failed` message. They come after the send was accepted, so each is final
 * for its message. The first row that holds a code counts: families stand last.
 * https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-codes
 */
const failures: readonly FailureRow[] = [
  [11001, 11001, 'CHANNEL_CONFIGURATION_INVALID', 'the channel does not support the request'],
  [11002, 11002, 'INPUT_INVALID', 'the message has an invalid configuration'],
  [12001, 12001, 'DEPENDENCY_ERROR', 'a system inside Bird failed'],
  [12002, 12002, 'TYPE_UNSUPPORTED', 'WhatsApp has no message of this type'],
  [12003, 12003, 'DESTINATION_UNSUPPORTED', 'this sender may not reach this destination'],
  [15005, 15005, 'UNDELIVERABLE', 'the platform does not know the recipient'],
  [11000, 11999, 'VALIDATION_ERROR', 'refused by a check after the send was accepted'],
  [12000, 12999, 'PROCESSING_ERROR', 'failed inside Bird'],
  [14000, 14999, 'CUSTOMER_ERROR', 'the account, its balance or its settings do not allow it'],
  [15000, 15999, 'PLATFORM_ERROR', 'failed at WhatsApp'],
];

export type AnswerError = {
  readonly status: number;
  readonly name: string;
  readonly meaning: string;
  readonly does: 'fails' | 'waits' | 'pauses' | 'unknown';
};

const words = { reject: 'fails', try: 'waits', pause: 'pauses', unknown: 'unknown' } as const;

/** The table as the documentation shows it. */
export function answerRows(): readonly AnswerError[] {
  return answers.map(([status, name, meaning, { does }]) => ({ status, name, meaning, does: words[does] }));
}

export type FailureError = {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly meaning: string;
};

export function failureRows(): readonly FailureError[] {
  return failures
    .map(([from, to, name, meaning]) => ({ from, to, name, meaning }))
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
}

/** Our names of what stops an account as a whole. */
export const pausingNames: readonly string[] = answers.flatMap(([, name, , { does }]) =>
  does === 'pause' ? [name] : [],
);

/**
 * What an answer means that is no success. Bird explains each of its own refusals as JSON; one without comes from a gateway on the
 * way. Of a server's error or a time-out there nobody can say whether the request had gone through. Anything else was turned away
 * before Bird; that ends when the network or `baseUrl` is put right. A key that is refused is refused by whoever stands there.
 */
export function outcomeOf(status: number, isExplained: boolean): Outcome<never> {
  if (status >= 500 || status === 408 || status < 200) return unknown(`HTTP_${status}`);
  const [, name, , reaction] = answers.find(([each]) => each === status) ?? [];
  if (name !== undefined && reaction?.does === 'pause') return accountRetry(name, reaction.afterMs);
  if (name !== undefined && reaction?.does === 'unknown') return unknown(name);
  if (!isExplained) return retry(`HTTP_${status}`, 5 * minuteMs);
  if (name === undefined || reaction === undefined) return otherRefusal(status);
  return reaction.does === 'try' ? retryAtMost(name, reaction.atMost) : rejected(name);
}

/** A redirect is no refusal: somebody stands between, or the base URL is another. */
function otherRefusal(status: number): Outcome<never> {
  return status >= 400 ? rejected(`HTTP_${status}`) : retry(`HTTP_${status}`, 5 * minuteMs);
}

/** Whether the body says in Bird's way why it was refused. */
export function isExplanation(answer: Json): boolean {
  return ['code', 'message', 'errors', 'error'].some((field) => Boolean(answer[field]));
}

/**
 * Why a message failed, in one of our names. The platform's own code says most: for WhatsApp, it is one of Meta's, and named as
 * Meta's codec names it. Older messages have it in the words of `reason` alone; of these nothing but a known code is taken, since
 * they may repeat a phone number.
 * https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources
 */
export function failureName(payload: Json, status: string): string {
  const failure = record(payload.failure);
  const source = record(failure.source);
  const platformCode = source.name === 'whatsapp' ? shortCode(source.code) : undefined;
  if (platformCode !== undefined) return nameOf(platformCode);
  const toldCode = codeInWords(payload.reason) ?? codeInWords(payload.details);
  if (toldCode !== undefined) return nameOf(toldCode);
  const code = shortCode(failure.code);
  if (code === undefined) return status.toUpperCase();
  return failures.find(([from, to]) => from <= code && code <= to)?.[2] ?? `BIRD_${code}`;
}

/** Codes are logged as they are, and have seven digits at most: a longer number may be anything, a phone number too. */
const lastCode = 9_999_999;

function shortCode(value: unknown): number | undefined {
  const code = readCode(value);
  return code !== undefined && code > 0 && code <= lastCode ? code : undefined;
}

/** Smaller numbers mean something at every platform; Meta's of five digits and more mean the one thing. */
const firstUnmistakable = 10_000;

function codeInWords(reason: unknown): number | undefined {
  if (typeof reason !== 'string') return undefined;
  for (const [, digits] of reason.slice(0, 2000).matchAll(/\bcode:?\s{0,4}(\d{5,9})\b/gi)) {
    const code = Number(digits);
    if (code >= firstUnmistakable && isKnownCode(code)) return code;
  }
  return undefined;
}
