import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, rejected, unknown } from '#kernel/outcome.ts';
import { id, type Json, list, record } from '../json.ts';
import { outcomeOf, outcomeWithoutCode, readCode } from './errors.ts';
import { failureCode, isFailure } from './status.ts';

/** Longer than this no header makes a patient wait: what it says is then tried, and refused, once more. */
const longestToldMs = 60 * 60_000;

/**
 * Reads the answer to `POST /v1/send`. `accepted` means that MessageBird took the message, not that it arrived. The id stands at the top
 * of the answer (Go SDK), or in `message` (Node SDK's types).
 */
export function interpret(response: HttpResponse): Outcome<{ externalId: string }> {
  const answer = readAnswer(response.body);
  const isSuccess = response.status >= 200 && response.status < 300;
  if (isSuccess) {
    const message = [answer, record(answer.message)].find((each) => id(each.id) !== undefined);
    if (message !== undefined && isFailure(message.status)) return rejected(failureCode(message));
    const externalId = id(message?.id);
    if (externalId !== undefined) return accepted({ externalId });
  }
  const code = readCode(record(list(answer.errors)[0]).code);
  if (code !== undefined) return waitingAsTold(outcomeOf(code, response.status), response);
  // MessageBird took something, but what we have of the answer does not say what.
  if (isSuccess) return unknown('ANSWER_UNREADABLE');
  return waitingAsTold(outcomeWithoutCode(response.status), response);
}

/** A retry waits at least as long as `Retry-After` says; MessageBird does not document it, so it lengthens a wait and never shortens one. */
function waitingAsTold(outcome: Outcome<never>, { headers }: HttpResponse): Outcome<never> {
  if (outcome.kind !== 'retry') return outcome;
  const told = readRetryAfter(headers['retry-after'], headers.date);
  if (told === 0) return outcome;
  return { ...outcome, afterMs: Math.max(outcome.afterMs ?? 0, Math.min(told, longestToldMs)) };
}

/** Seconds, or a date: that one is counted from the answer's own `Date`, since a codec has no clock. */
function readRetryAfter(header: string | undefined, date: string | undefined): number {
  if (header === undefined) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const wait = Date.parse(header) - Date.parse(date ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

function readAnswer(body: string): Json {
  try {
    return record(JSON.parse(body.replace(/^\uFEFF/, '')));
  } catch {
    return {};
  }
}
