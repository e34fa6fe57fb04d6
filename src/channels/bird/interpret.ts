import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import { id, type Json, record } from '../json.ts';
import { isExplanation, outcomeOf } from './errors.ts';

const minuteMs = 60_000;

/** Longer than this no header makes a patient wait: what it says is then tried, and refused, once more. */
const longestToldMs = 60 * minuteMs;

/**
 * Reads the answer to a rendered message. `accepted` (Bird answers 202) means that Bird took it: whether the service window was open,
 * the template approved and the recipient known, only a status says.
 */
export function interpret(response: HttpResponse): Outcome<{ externalId: string }> {
  const answer = readAnswer(response.body);
  if (response.status >= 200 && response.status < 300) {
    const externalId = id(answer.id);
    // Bird took something, but what we have of the answer does not say what.
    return externalId === undefined ? unknown('ANSWER_UNREADABLE') : accepted({ externalId });
  }
  return waitingAsTold(outcomeOf(response.status, isExplanation(answer)), response);
}

/** A retry waits at least as long as `Retry-After` says; it lengthens a wait and never shortens one. */
export function waitingAsTold(outcome: Outcome<never>, { headers }: HttpResponse): Outcome<never> {
  if (outcome.kind !== 'retry') return outcome;
  const told = toldMs(headers['retry-after'], headers.date);
  if (told === 0) return outcome;
  return { ...outcome, afterMs: Math.max(outcome.afterMs ?? 0, Math.min(told, longestToldMs)) };
}

/** Seconds, or a date: that is read against the answer's own `Date`, so that no clock of ours comes in. */
function toldMs(retryAfter: string | undefined, answered: string | undefined): number {
  if (retryAfter === undefined) return 0;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const wait = httpDate(retryAfter) - httpDate(answered);
  return Number.isFinite(wait) && wait > 0 ? wait : 0;
}

function httpDate(value: string | undefined): number {
  const isDate =
    value !== undefined && /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value);
  return isDate ? Date.parse(value) : Number.NaN;
}

export function readAnswer(body: string): Json {
  try {
    return record(JSON.parse(body.replace(/^\uFEFF/, '')));
  } catch {
    return {};
  }
}
