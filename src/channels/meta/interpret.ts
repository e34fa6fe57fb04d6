import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, retry, unknown } from '#kernel/outcome.ts';
import { outcomeOf, readCode } from './errors.ts';
import { id, type Json, list, record } from './json.ts';

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
  if (code !== undefined) return outcomeOf(code, response.status);
  // Meta took something, but what we have of the answer does not say what.
  if (isSuccess) return unknown('ANSWER_UNREADABLE');
  return withoutGraphError(response.status);
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

function readAnswer(body: string): Json {
  try {
    return record(JSON.parse(body));
  } catch {
    return {};
  }
}
