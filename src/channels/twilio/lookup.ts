import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { Attempt, Found, Listed, OutboundMessage } from '../channel.ts';
import { id, isRecord, type Json, list } from '../json.ts';
import type { TwilioAccount } from './account.ts';
import { messagesUrl, messageUrl } from './auth.ts';
import { outcomeOf, readCode } from './errors.ts';
import { createdMs, readAnswer, waitingAsTold, withoutTwilioError } from './interpret.ts';
import { get, nextPage } from './pages.ts';
import { address } from './people.ts';
import { render } from './render.ts';
import { statusIn } from './status.ts';

/**
 * Twilio knows no key by which a second request would be taken for the first. What may have been sent is looked up among the messages
 * to that person; how far one came whose id is known, by that id.
 */

/** Whatever clocks differ by, and an attempt's first bytes take. */
const toleranceMs = 60_000;

/** A request that was begun is given up well within this time, so nothing later can be of the same attempt. */
const attemptMs = 10 * 60_000;

const pageSize = 100;

const notFound = 404;

/**
 * Asks for the message, or lists what went to the person since the day before; undefined where the message has no recipient or makes
 * none (a read mark).
 * https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 */
export function lookup(
  { message, atMs, externalId }: Attempt,
  account: TwilioAccount,
): HttpRequest | undefined {
  if (externalId !== undefined) return get(messageUrl(account, externalId), account);
  const to = address(message.to);
  if (to === undefined || message.content.kind === 'read') return undefined;
  // The list is by day in GMT; the day before holds the tolerance, and what was taken just before midnight.
  const day = Temporal.Instant.fromEpochMilliseconds(atMs - 24 * 60 * 60_000)
    .toString()
    .slice(0, 10);
  const query = new URLSearchParams([
    ['To', to],
    ['From', `whatsapp:+${account.sender}`],
    ['DateSent>', day],
    ['PageSize', String(pageSize)],
  ]);
  return get(`${messagesUrl(account)}?${query}`, account);
}

/**
 * Of the listed messages those that could be the attempt's: to the same person, made in its time, with its words. Which of them are
 * known to be other messages of ours is the caller's to say. Twilio does not promise that what is not listed was never taken.
 */
export function readLookup(
  response: HttpResponse,
  attempt: Attempt,
  account: TwilioAccount,
): Outcome<Listed<Found>> {
  const answer = readAnswer(response.body);
  if (attempt.externalId !== undefined && response.status === notFound && readCode(answer.code) !== undefined)
    return accepted({ items: [], next: undefined });
  if (response.status < 200 || response.status >= 300) {
    const code = readCode(answer.code);
    const outcome =
      code === undefined ? withoutTwilioError(response.status) : outcomeOf(code, response.status);
    return waitingAsTold(outcome, response);
  }
  if (attempt.externalId !== undefined) return readOne(answer, attempt.externalId);
  if (!Array.isArray(answer.messages)) return unknown('LIST_UNREADABLE');
  const listed = list(answer.messages).filter(isRecord);
  const words = wordsOf(attempt.message, account);
  const to = address(attempt.message.to);
  const found = new Map<string, Found>();
  for (const each of listed) {
    const externalId = id(each.sid);
    const isOurs =
      each.to === to && isFrom(each, account) && isWithin(each, attempt.atMs) && says(each, words);
    if (isOurs && externalId !== undefined) found.set(externalId, { externalId, ...statusIn(each) });
  }
  // The newest come first: behind one that is older than the attempt, all are.
  const isPast = listed.some((each) => (createdMs(each) ?? attempt.atMs) < attempt.atMs - toleranceMs);
  const next = isPast ? undefined : nextPage(answer.next_page_uri, account);
  return accepted({ items: [...found.values()], next });
}

function readOne(answer: Json, externalId: string): Outcome<Listed<Found>> {
  if (id(answer.sid) !== externalId) return unknown('LIST_UNREADABLE');
  return accepted({ items: [{ externalId, ...statusIn(answer) }], next: undefined });
}

/** Through a messaging service, the list may name the sender only once it was chosen. */
function isFrom({ from, direction }: Json, { sender }: TwilioAccount): boolean {
  const isOutbound = typeof direction === 'string' && direction.startsWith('outbound');
  return isOutbound && (from === `whatsapp:+${sender}` || from === null || from === '');
}

function isWithin(listed: Json, atMs: number): boolean {
  const madeMs = createdMs(listed);
  return madeMs !== undefined && madeMs >= atMs - toleranceMs && madeMs <= atMs + attemptMs;
}

/** What Twilio lists as the message's text: of a template or a question by a content, the text with its variables set. */
function wordsOf(message: OutboundMessage, account: TwilioAccount): string {
  const { content } = message;
  if (content.kind === 'read') return '';
  const request = render(message, account);
  const body = 'body' in request ? new URLSearchParams(request.body).get('Body') : null;
  return folded(body ?? content.text);
}

function says({ body }: Json, words: string): boolean {
  return typeof body === 'string' && folded(body) === words;
}

function folded(text: string): string {
  return text.toWellFormed().replaceAll(/\s+/g, ' ').trim();
}
