import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { OutboundMessage } from '../channel.ts';
import { id, isRecord, type Json, list } from '../meta/json.ts';
import type { TwilioAccount } from './account.ts';
import { basic, messagesUrl } from './auth.ts';
import { outcomeOf, readCode } from './errors.ts';
import { createdMs, readAnswer, waitingAsTold, withoutTwilioError } from './interpret.ts';
import { address } from './people.ts';
import { render } from './render.ts';

/**
 * Twilio knows no key by which a second request would be taken for the first. What may have been sent is looked up among the messages
 * to that person: `lookup` makes the request, `readLookup` reads which of those listed is ours.
 */

/** Whatever clocks differ by, and an attempt's first bytes take. */
const toleranceMs = 60_000;

/** A request that was begun is given up well within this time, so nothing later can be of the same attempt. */
const attemptMs = 10 * 60_000;

const pageSize = 100;

/** An attempt whose outcome nobody knows. */
export type Attempt = {
  readonly message: OutboundMessage;
  /** When its request began: milliseconds since 1970. */
  readonly atMs: number;
};

/**
 * Lists what went to the person since the day before; undefined where the message has no recipient or makes none (a read mark).
 * https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 */
export function lookup({ message, atMs }: Attempt, account: TwilioAccount): HttpRequest | undefined {
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
  return {
    method: 'GET',
    url: `${messagesUrl(account)}?${query}`,
    headers: { authorization: basic(account), accept: 'application/json' },
  };
}

/**
 * Whether one of the listed messages is the attempt's: to the same person, made in its time, with its words, and not one that we know
 * to be another message of ours.
 *
 * - `accepted`: it is there, with its id. Also where it has failed meanwhile: its status says so.
 * - `unknown`: `NOT_LISTED` (not there, which Twilio does not promise to mean that it was never taken), `SEVERAL_LISTED` (more than
 *   one could be it) or `LIST_UNREADABLE`.
 * - `retry`, `rejected`: the list itself could not be had; this says nothing of the message.
 */
export function readLookup(
  response: HttpResponse,
  attempt: Attempt,
  account: TwilioAccount,
  /** External ids that belong to other messages of ours. */
  known: ReadonlySet<string>,
): Outcome<{ externalId: string }> {
  const answer = readAnswer(response.body);
  if (response.status < 200 || response.status >= 300) {
    const code = readCode(answer.code);
    const outcome =
      code === undefined ? withoutTwilioError(response.status) : outcomeOf(code, response.status);
    return waitingAsTold(outcome, response);
  }
  if (!Array.isArray(answer.messages)) return unknown('LIST_UNREADABLE');
  const words = wordsOf(attempt.message, account);
  const to = address(attempt.message.to);
  const candidates = list(answer.messages)
    .filter(isRecord)
    .filter(
      (each) => each.to === to && isFrom(each, account) && isWithin(each, attempt.atMs) && says(each, words),
    )
    .map((each) => id(each.sid))
    .filter((sid) => sid !== undefined && !known.has(sid));
  const [externalId, ...others] = new Set(candidates);
  if (externalId === undefined) return unknown('NOT_LISTED');
  return others.length > 0 ? unknown('SEVERAL_LISTED') : accepted({ externalId });
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
