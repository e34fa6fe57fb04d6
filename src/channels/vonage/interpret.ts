import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, retry, unknown } from '#kernel/outcome.ts';
import { id, isRecord, type Json } from '../json.ts';
import { outcomeOf, outcomeOfStatus, readCode } from './errors.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;

/** Longer than this no header makes a patient wait: what it says is then tried, and refused, once more. */
const longestToldMs = 60 * minuteMs;

/**
 * Reads the answer to a rendered message. `accepted` means that Vonage took it, not that it arrived.
 *
 * A message that was taken is answered 202 with its id. An update (read, typing) is answered 200, as a rule with nothing: `accepted`
 * with the empty string for an external id, as at Meta; whoever sent a message and not an update takes that for no answer.
 *
 * https://developer.vonage.com/en/api/messages
 */
export function interpret(response: HttpResponse): Outcome<{ externalId: string }> {
  const { status, body } = response;
  const answer = readAnswer(body);
  if (status >= 200 && status < 300) {
    const externalId = id(answer?.message_uuid);
    if (externalId !== undefined) return accepted({ externalId });
    const isUpdate = (status === 200 || status === 204) && (body.trim() === '' || isPlain(answer));
    return isUpdate ? accepted({ externalId: '' }) : unknown('ANSWER_UNREADABLE');
  }
  return waitingAsTold(refusal(answer, response), response);
}

/** A record that holds no error. */
function isPlain(answer: Json | undefined): boolean {
  return answer !== undefined && !isProblem(answer) && readCode(answer) === undefined;
}

/** Vonage explains a refusal as RFC 7807 has it. */
function isProblem(answer: Json): boolean {
  return typeof answer.title === 'string' || typeof answer.detail === 'string';
}

function refusal(answer: Json | undefined, { status, headers }: HttpResponse): Outcome<never> {
  const code = readCode(answer);
  const name = `HTTP_${status}`;
  // A server that names a time has put the request off, not taken it, unless its code says otherwise.
  const isPutOff = status === 503 && told(headers) !== undefined;
  if (code !== undefined) {
    const outcome = outcomeOf(code, status);
    return isPutOff && outcome.kind === 'unknown' && code !== '1320' ? retry(outcome.code) : outcome;
  }
  if (isPutOff) return retry(name);
  if (answer !== undefined && isProblem(answer)) return outcomeOfStatus(name, status);
  return withoutProblem(name, status);
}

/**
 * An answer that explains nothing comes from a gateway on the way. Of a server's error or a time-out there, nobody can say whether
 * the request had gone through. Anything else was turned away before Vonage; that ends when the network or `baseUrl` is put right.
 */
function withoutProblem(name: string, status: number): Outcome<never> {
  if (status >= 500 || status === 408 || status < 200) return unknown(name);
  // Not 403: a gateway says it of one request's content, and one message must not hold up all others.
  if ([401, 402, 429].includes(status)) return outcomeOfStatus(name, status);
  return retry(name, 5 * minuteMs);
}

/** A retry waits at least as long as the answer says. */
function waitingAsTold(outcome: Outcome<never>, { headers }: HttpResponse): Outcome<never> {
  const wait = told(headers);
  if (outcome.kind !== 'retry' || wait === undefined || wait === 0) return outcome;
  return { ...outcome, afterMs: Math.max(outcome.afterMs ?? 0, Math.min(wait, longestToldMs)) };
}

/** `Retry-After` in milliseconds: seconds, or a date, which counts from the answer's own `Date` and so needs no clock of ours. */
function told(headers: HttpResponse['headers']): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * secondMs;
  const until = readDate(value);
  const from = readDate(headers.date?.trim());
  return until === undefined || from === undefined ? undefined : Math.max(0, until - from);
}

/** As HTTP writes dates today (RFC 9110): `Mon, 23 Nov 2026 10:00:00 GMT`. */
function readDate(value: string | undefined): number | undefined {
  if (value === undefined || !/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value))
    return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

function readAnswer(body: string): Json | undefined {
  try {
    const answer: unknown = JSON.parse(body.replace(/^\uFEFF/, ''));
    return isRecord(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
