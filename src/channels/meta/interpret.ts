import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, retry, unknown } from '#kernel/outcome.ts';
import { id, type Json, list, record } from '../json.ts';
import { outcomeOf, readCode } from './errors.ts';

const minuteMs = 60_000;

/**
 * Reads the answer to a rendered message. `accepted` means that Meta took it, not that it arrived.
 *
 * Marking a message as read makes no message, so Meta answers only that it was done: `accepted` with the empty
 * string for an external id. Nothing is ever sent in answer to such an id, and no status comes for it.
 */
export function interpret(response: HttpResponse): Outcome<{ externalId: string }> {
  const answer = readAnswer(response.body);
  const isSuccess = response.status >= 200 && response.status < 300;
  if (isSuccess) {
    const externalId = id(record(list(answer.messages)[0]).id);
    if (externalId !== undefined) return accepted({ externalId });
    if (answer.success === true) return accepted({ externalId: '' });
  }
  const code = readCode(record(answer.error).code);
  if (code !== undefined) return waitingAsTold(outcomeOf(code, response.status), response);
  // Meta took something, but what we have of the answer does not say what.
  if (isSuccess) return unknown('ANSWER_UNREADABLE');
  return waitingAsTold(withoutGraphError(response.status), response);
}

/**
 * The Graph API explains every refusal in its body, so an answer without one comes from a gateway on the way.
 * Of a server's error or a time-out there, nobody can say whether the request had gone through.
 * Anything else was turned away before Meta; that ends when the network or `baseUrl` is put right.
 */
function withoutGraphError(status: number): Outcome<never> {
  const code = `HTTP_${status}`;
  if (status >= 500 || status === 408 || status < 200) return unknown(code);
  return retry(code, status === 429 ? minuteMs : 5 * minuteMs);
}

/** Longer than this no header makes a patient wait: what it says is then tried, and refused, once more. */
const longestToldMs = 60 * minuteMs;

/**
 * A retry waits at least as long as the answer's headers say: `Retry-After` in seconds, of gateways, and the minutes of Meta's
 * `X-Business-Use-Case-Usage`. Meta documents neither for messages, so they lengthen a wait and never shorten one.
 */
function waitingAsTold(outcome: Outcome<never>, { headers }: HttpResponse): Outcome<never> {
  if (outcome.kind !== 'retry') return outcome;
  const told = Math.max(
    toldByGateway(headers['retry-after']),
    toldByMeta(headers['x-business-use-case-usage']),
  );
  if (told === 0) return outcome;
  return { ...outcome, afterMs: Math.max(outcome.afterMs ?? 0, Math.min(told, longestToldMs)) };
}

/** A date would need a clock, and is not read. */
function toldByGateway(header: string | undefined): number {
  return header !== undefined && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : 0;
}

/** `{"<account>": [{"type": "messages", "estimated_time_to_regain_access": 3}]}`: the longest of the waits counts. */
function toldByMeta(header: string | undefined): number {
  const usages = Object.values(readAnswer(header ?? '')).flatMap(list);
  const minutes = usages.map((usage) => Number(record(usage).estimated_time_to_regain_access));
  const longest = Math.max(0, ...minutes.filter(Number.isFinite));
  return longest * minuteMs;
}

function readAnswer(body: string): Json {
  try {
    return record(JSON.parse(body.replace(/^\uFEFF/, '')));
  } catch {
    return {};
  }
}
