import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, retry, unknown } from '#kernel/outcome.ts';
import { id, type Json, record } from '../json.ts';
import { outcomeOf, readCode } from './errors.ts';
import { parsedJson } from './form.ts';

const minuteMs = 60_000;

/**
 * Reads the answer to a rendered message. `accepted` means that Twilio took it, not that it arrived.
 *
 * Showing that an answer is being written makes no message: `accepted` with the empty string for an external id. Nothing is ever sent
 * in answer to such an id, and no status comes for it.
 */
export function interpret(response: HttpResponse): Outcome<{ externalId: string }> {
  const answer = readAnswer(response.body);
  if (response.status >= 200 && response.status < 300) return taken(answer);
  const code = readCode(answer.code);
  if (code !== undefined) return waitingAsTold(outcomeOf(code, response.status), response);
  return waitingAsTold(withoutTwilioError(response.status), response);
}

/** A message may be taken and have failed in one: then the answer names the error, and nothing was sent. */
function taken(answer: Json): Outcome<{ externalId: string }> {
  const hasFailed = answer.status === 'failed' || answer.status === 'undelivered';
  const code = readCode(answer.error_code);
  if (hasFailed && code !== undefined) return outcomeOf(code, 400);
  const externalId = id(answer.sid);
  if (externalId !== undefined) return accepted({ externalId });
  if (answer.success === true) return accepted({ externalId: '' });
  // Twilio took something, but what we have of the answer does not say what.
  return unknown('ANSWER_UNREADABLE');
}

/**
 * Twilio explains every refusal in its body, so an answer without one comes from a gateway on the way. Of a server's error or a time-out
 * there, nobody can say whether the request had gone through. Anything else was turned away before Twilio; that ends when the network
 * or `baseUrl` is put right.
 */
export function withoutTwilioError(status: number): Outcome<never> {
  const code = `HTTP_${status}`;
  if (status >= 500 || status === 408 || status < 200) return unknown(code);
  return retry(code, status === 429 ? minuteMs : 5 * minuteMs);
}

/** Longer than this no header makes a patient wait: what it says is then tried, and refused, once more. */
const longestToldMs = 60 * minuteMs;

/** A retry waits at least as long as `Retry-After` says; it lengthens a wait and never shortens one. */
export function waitingAsTold(outcome: Outcome<never>, { headers }: HttpResponse): Outcome<never> {
  if (outcome.kind !== 'retry') return outcome;
  const told = toldMs(headers['retry-after'], headers.date);
  if (told === 0) return outcome;
  return { ...outcome, afterMs: Math.max(outcome.afterMs ?? 0, Math.min(told, longestToldMs)) };
}

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** In seconds, or until a date: which is counted from the answer's own date, for there is no other clock here. */
function toldMs(retryAfter = '', date = ''): number {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  if (!httpDate.test(retryAfter) || !httpDate.test(date)) return 0;
  const wait = Date.parse(retryAfter) - Date.parse(date);
  return Number.isFinite(wait) && wait > 0 ? wait : 0;
}

export function readAnswer(body: string): Json {
  return record(parsedJson(body.replace(/^\uFEFF/, '')));
}

const rfc2822 = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/;

/** When a listed message was made: milliseconds since 1970; undefined where it does not say. */
export function createdMs({ date_created: created }: Json): number | undefined {
  if (typeof created !== 'string' || !rfc2822.test(created)) return undefined;
  const ms = Date.parse(created);
  return Number.isFinite(ms) ? ms : undefined;
}
