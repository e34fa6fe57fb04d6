import { accountRetry, type Outcome, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';

const minuteMs = 60_000;

/** Somebody must mend the account (a key, a balance): the message waits meanwhile, and is not lost. */
const pausedMs = 15 * minuteMs;

/**
 * `try`: the same answer so many times is final. `pause`: nothing at all leaves from this account, so all of it waits. `ask`: the
 * message may have been taken, so it is looked up and not sent again.
 */
type Reaction =
  | { readonly does: 'reject' }
  | { readonly does: 'try'; readonly atMost: number }
  | { readonly does: 'pause'; readonly afterMs: number }
  | { readonly does: 'ask' };

const reject: Reaction = { does: 'reject' };
const pause: Reaction = { does: 'pause', afterMs: pausedMs };

/**
 * MessageBird's error codes: code, our name, what we do, what it means. Those below 100 are of all of its APIs, 1001 of this one (PHP
 * SDK, Common/ResponseError.php); the others are WhatsApp's, in an answer or in a message's `error`.
 * https://docs.bird.com/connectivity-platform/troubleshooting-voice/failed-api-requests ,
 * https://developers.messagebird.com/quickstarts/conversations/troubleshooting ,
 * https://developers.messagebird.com/quickstarts/whatsapp/troubleshooting-whatsapp
 */
const table: readonly (readonly [code: number, name: string, reaction: Reaction, meaning: string])[] = [
  [2, 'REQUEST_NOT_ALLOWED', pause, 'the access key is wrong, or may not do this'],
  [9, 'PARAMETER_MISSING', reject, 'a parameter is missing'],
  [10, 'PARAMETER_INVALID', reject, 'a parameter is invalid'],
  [11, 'DATA_MISSING', reject, 'the request lacks data'],
  [15, 'AUTHORIZATION_INVALID', pause, 'the authorization is incorrect'],
  [20, 'NOT_FOUND', reject, 'the channel, contact or template is not there'],
  [21, 'BAD_REQUEST', reject, 'the request cannot be read'],
  [25, 'BALANCE_TOO_LOW', pause, 'the balance does not cover the message'],
  [98, 'API_NOT_FOUND', pause, 'there is no such address at the API'],
  [99, 'INTERNAL_ERROR', { does: 'ask' }, 'an error inside MessageBird'],
  [1001, 'ACCESS_KEY_INVALID', pause, 'the access key is not valid'],
  [
    301,
    'SENDING_FAILED',
    { does: 'try', atMost: 3 },
    'sending failed: the message, its media, or a passing fault',
  ],
  [302, 'UNDELIVERABLE', reject, 'the number is not registered on WhatsApp'],
  [470, 'OUTSIDE_WINDOW', reject, 'the service window has closed: only a template may be sent'],
];

export type ErrorRow = {
  readonly code: number;
  readonly name: string;
  /**
   * `waits`: tried again. `pauses`: the whole account waits for `afterMs`, then one message tries. `fails`: the same again cannot
   * succeed. `asks`: it may have been sent, so it is looked up.
   */
  readonly does: 'waits' | 'pauses' | 'fails' | 'asks';
  readonly afterMs: number | undefined;
  readonly atMost: number | undefined;
  readonly meaning: string;
};

const words = { try: 'waits', pause: 'pauses', reject: 'fails', ask: 'asks' } as const;

const accessRefused = 'ACCESS_REFUSED';
const tooFast = 'RATE_LIMITED';

/** Our names of what stops an account as a whole. */
export const pausingNames: readonly string[] = [
  ...table.flatMap(([, name, { does }]) => (does === 'pause' ? [name] : [])),
  accessRefused,
  tooFast,
];

/** The table as the documentation shows it: by code. */
export function errorRows(): readonly ErrorRow[] {
  return table
    .map(
      ([code, name, reaction, meaning]): ErrorRow => ({
        code,
        name,
        does: words[reaction.does],
        afterMs: 'afterMs' in reaction ? reaction.afterMs : undefined,
        atMost: reaction.does === 'try' ? reaction.atMost : undefined,
        meaning,
      }),
    )
    .toSorted((a, b) => a.code - b.code);
}

function find(code: number) {
  return table.find(([known]) => known === code);
}

/** An error's code as MessageBird writes it: an integer, or its digits. Zero is Go's way to say that there is none. */
export function readCode(value: unknown): number | undefined {
  const isDigits = typeof value === 'string' && /^\d{1,9}$/.test(value);
  const code = isDigits ? Number(value) : value;
  return typeof code === 'number' && Number.isSafeInteger(code) && code > 0 ? code : undefined;
}

export function isKnownCode(code: number): boolean {
  return find(code) !== undefined;
}

/** Our name for MessageBird's code; `MESSAGEBIRD_<code>` for one that the table does not know. */
export function nameOf(code: number): string {
  return find(code)?.[1] ?? `MESSAGEBIRD_${code}`;
}

/**
 * What an error means for the message. A code that the table does not know is judged by the HTTP status: a refusal is final unless it
 * is for the key (401, 402, 403) or the rate (429); after a failure inside MessageBird (5xx) the message may still be on its way.
 */
export function outcomeOf(code: number, httpStatus: number): Outcome<never> {
  const name = nameOf(code);
  const reaction = find(code)?.[2];
  // Too many requests is said by the status, whatever code comes with it.
  if (httpStatus === 429) return accountRetry(tooFast, minuteMs);
  switch (reaction?.does) {
    case 'try':
      return httpStatus >= 500 ? unknown(name) : retryAtMost(name, reaction.atMost);
    case 'pause':
      return accountRetry(name, reaction.afterMs);
    case 'reject':
      return rejected(name);
    case 'ask':
      return unknown(name);
    default:
      if (httpStatus >= 500 || httpStatus === 408 || httpStatus < 300) return unknown(name);
      return [401, 402, 403].includes(httpStatus) ? accountRetry(accessRefused, pausedMs) : rejected(name);
  }
}

/**
 * MessageBird explains every refusal in its body, so an answer without an error comes from a gateway on the way. Of a server's error or
 * a time-out there, nobody can say whether the request had gone through. Anything else was turned away before MessageBird; that ends
 * when the network, the key or `baseUrl` is put right.
 */
export function outcomeWithoutCode(status: number): Outcome<never> {
  if (status >= 500 || status === 408 || status < 200) return unknown(`HTTP_${status}`);
  if (status === 401 || status === 403) return accountRetry(accessRefused, pausedMs);
  if (status === 429) return accountRetry(tooFast, minuteMs);
  return retry(`HTTP_${status}`, 5 * minuteMs);
}
