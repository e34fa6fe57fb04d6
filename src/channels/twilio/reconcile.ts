import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { ChannelEvent, Listed } from '../channel.ts';
import { id, isRecord, type Json, list } from '../json.ts';
import type { TwilioAccount } from './account.ts';
import { messagesUrl } from './auth.ts';
import { outcomeOf, readCode } from './errors.ts';
import { createdMs, readAnswer, waitingAsTold, withoutTwilioError } from './interpret.ts';
import { readMessages } from './message.ts';
import { get, nextPage } from './pages.ts';

/**
 * Twilio gives a delivery up within seconds. What came in and never reached us is only in the list of messages: `listInbound` asks for
 * it, `readInboundList` reads it as what `parse` would have made of it, under the same ids, so that what we have already is a repeat.
 *
 * The list knows less than a webhook: neither the id behind a tap (its label is there, as text), nor a name, nor where a file is (that
 * there was one is told, as `unknown`).
 */

/** A page of these stays well below what an answer may have. */
const pageSize = 500;

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

/** Reads a page: the messages that came in since then, in the order of the list (the newest first). A page that reaches back further is the last. */
export function readInboundList(
  response: HttpResponse,
  account: TwilioAccount,
  sinceMs: number,
): Outcome<Listed<ChannelEvent>> {
  const answer = readAnswer(response.body);
  if (response.status < 200 || response.status >= 300) {
    const code = readCode(answer.code);
    const outcome =
      code === undefined ? withoutTwilioError(response.status) : outcomeOf(code, response.status);
    return waitingAsTold(outcome, response);
  }
  if (!Array.isArray(answer.messages)) return unknown('LIST_UNREADABLE');
  const listed = list(answer.messages).filter(isRecord);
  const items = listed.flatMap((each) => readListed(each, sinceMs));
  // The newest come first: behind one that is older, all are.
  const isPast = listed.some((each) => (createdMs(each) ?? sinceMs) < sinceMs);
  return accepted({ items, next: isPast ? undefined : nextPage(answer.next_page_uri, account) });
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
