import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { Attempt, Found, Listed } from '../channel.ts';
import { filled, id, isRecord, type Json, list } from '../json.ts';
import type { BirdAccount } from './account.ts';
import { isExplanation, outcomeOf } from './errors.ts';
import { readAnswer, waitingAsTold } from './interpret.ts';
import { statusIn } from './status.ts';
import { firstInstant } from './time.ts';
import { messagesUrl } from './url.ts';

/**
 * Bird lists the messages of a channel, and each carries our id as its `reference`: one with the reference and of the time of an attempt
 * was taken. The list's parameters and shape are of the API's published collection; nothing rests on Bird keeping to them, for what is
 * listed besides is left out, and a list of another shape says nothing.
 * https://docs.bird.com/api/channels-api/api-reference/messaging
 */

/** Whatever clocks differ by, and an attempt's first bytes take. */
const toleranceMs = 60_000;

/** A request that was begun is given up well within this time, so nothing later can be of the same attempt. */
const attemptMs = 10 * 60_000;

const pageSize = 100;

const notFound = 404;

/** Asks for the message, or lists what the channel took in the time of the attempt; undefined for a read mark, which makes none. */
export function lookup(
  { message, atMs, externalId }: Attempt,
  account: BirdAccount,
): HttpRequest | undefined {
  const url = messagesUrl(account);
  if (externalId !== undefined) return get(`${url}/${encodeURIComponent(externalId)}`, account);
  return message.content.kind === 'read' ? undefined : get(`${url}?${span(atMs)}`, account);
}

function span(atMs: number): URLSearchParams {
  const iso = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
  return new URLSearchParams([
    ['limit', String(pageSize)],
    ['startAt', iso(atMs - toleranceMs)],
    ['endAt', iso(atMs + attemptMs)],
  ]);
}

function get(url: string, { accessKey }: BirdAccount): HttpRequest {
  return {
    method: 'GET',
    url,
    headers: { authorization: `AccessKey ${accessKey}`, accept: 'application/json' },
  };
}

/** The listed messages of ours that carry the attempt's reference and are of its time. */
export function readLookup(
  response: HttpResponse,
  attempt: Attempt,
  account: BirdAccount,
): Outcome<Listed<Found>> {
  const answer = readAnswer(response.body);
  const { externalId } = attempt;
  if (externalId !== undefined && response.status === notFound && isExplanation(answer))
    return accepted({ items: [], next: undefined });
  if (response.status < 200 || response.status >= 300)
    return waitingAsTold(outcomeOf(response.status, isExplanation(answer)), response);
  if (externalId !== undefined) {
    const found = foundIn(answer);
    return found?.externalId === externalId
      ? accepted({ items: [found], next: undefined })
      : unknown('LIST_UNREADABLE');
  }
  if (!Array.isArray(answer.results)) return unknown('LIST_UNREADABLE');
  const items = list(answer.results)
    .filter(isRecord)
    .filter((each) => isOf(each, attempt))
    .flatMap((each) => foundIn(each) ?? []);
  return accepted({ items, next: nextPage(answer.nextPageToken, attempt, account) });
}

function isOf(listed: Json, { message, atMs }: Attempt): boolean {
  const madeAt = firstInstant(listed.createdAt);
  if (madeAt === undefined || listed.reference !== message.id || listed.direction === 'incoming')
    return false;
  const madeMs = Temporal.Instant.from(madeAt).epochMilliseconds;
  return madeMs >= atMs - toleranceMs && madeMs <= atMs + attemptMs;
}

function foundIn(listed: Json): Found | undefined {
  const externalId = id(listed.id);
  return externalId === undefined ? undefined : { externalId, ...statusIn(listed) };
}

function nextPage(token: unknown, { atMs }: Attempt, account: BirdAccount): HttpRequest | undefined {
  const pageToken = filled(token);
  if (pageToken === undefined) return undefined;
  const query = span(atMs);
  query.set('pageToken', pageToken);
  return get(`${messagesUrl(account)}?${query}`, account);
}
