import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { ChannelEvent } from '../channel.ts';
import { id, isRecord, type Json, list } from '../meta/json.ts';
import type { TwilioAccount } from './account.ts';
import { basic, messagesUrl } from './auth.ts';
import { outcomeOf, readCode } from './errors.ts';
import { createdMs, readAnswer, waitingAsTold, withoutTwilioError } from './interpret.ts';
import { readMessages } from './message.ts';

/**
 * Twilio gives a delivery up within seconds. What came in and never reached us is only in the list of messages: `listInbound` asks for
 * it, `readInboundList` reads it as what `parse` would have made of it, under the same ids, so that what we have already is a repeat.
 *
 * The list knows less than a webhook: neither the id behind a tap (its label is there, as text), nor a name, nor where a file is (that
 * there was one is told, as `unknown`).
 */

const pageSize = 1000;

/** @param sinceMs milliseconds since 1970; the list goes by the day in GMT, so earlier messages of that day come as well. */
export function listInbound(account: TwilioAccount, sinceMs: number): HttpRequest {
  const day = Temporal.Instant.fromEpochMilliseconds(sinceMs).toString().slice(0, 10);
  const query = new URLSearchParams([
    ['To', `whatsapp:+${account.sender}`],
    ['DateSent>', day],
    ['PageSize', String(pageSize)],
  ]);
  return get(`${messagesUrl(account)}?${query}`, account);
}

/** One page of the list. `next` asks for the following one; undefined on the last. */
export type InboundPage = {
  readonly events: readonly ChannelEvent[];
  readonly next: HttpRequest | undefined;
};

/** Reads a page: the messages that came in since then, in the order of the list (the newest first). */
export function readInboundList(
  response: HttpResponse,
  account: TwilioAccount,
  sinceMs: number,
): Outcome<InboundPage> {
  const answer = readAnswer(response.body);
  if (response.status < 200 || response.status >= 300) {
    const code = readCode(answer.code);
    const outcome =
      code === undefined ? withoutTwilioError(response.status) : outcomeOf(code, response.status);
    return waitingAsTold(outcome, response);
  }
  if (!Array.isArray(answer.messages)) return unknown('LIST_UNREADABLE');
  const events = list(answer.messages)
    .filter(isRecord)
    .flatMap((listed) => readListed(listed, sinceMs));
  return accepted({ events, next: nextPage(answer.next_page_uri, account) });
}

function readListed(listed: Json, sinceMs: number): ChannelEvent[] {
  const externalId = id(listed.sid);
  const madeMs = createdMs(listed);
  if (listed.direction !== 'inbound' || externalId === undefined) return [];
  if (madeMs === undefined || madeMs < sinceMs) return [];
  const params = new Map<string, string>();
  const fields = [
    ['From', listed.from],
    ['To', listed.to],
    ['Body', listed.body],
    ['NumMedia', listed.num_media],
  ] as const;
  for (const [name, value] of fields) if (typeof value === 'string') params.set(name, value);
  const at = Temporal.Instant.fromEpochMilliseconds(madeMs).toString({ fractionalSecondDigits: 3 });
  return readMessages(params, externalId, at);
}

/** Only of the account's own list: with our credentials, nothing else is asked for. */
function nextPage(uri: unknown, account: TwilioAccount): HttpRequest | undefined {
  if (typeof uri !== 'string' || !URL.canParse(uri, account.baseUrl)) return undefined;
  const next = new URL(uri, account.baseUrl);
  const own = new URL(messagesUrl(account));
  return next.origin === own.origin && next.pathname === own.pathname && next.username === ''
    ? get(next.href, account)
    : undefined;
}

function get(url: string, account: TwilioAccount): HttpRequest {
  return { method: 'GET', url, headers: { authorization: basic(account), accept: 'application/json' } };
}
