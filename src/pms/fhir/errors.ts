import type { Outcome } from '#kernel/outcome.ts';
import { issueCodes } from './parse.ts';

/** `unsure`: it may have been done. To a read that is no more than a reason to ask again. */
type Verdict = { readonly kind: 'rejected' | 'retry' | 'unsure'; readonly code: string };

/** What an HTTP status says. Any other 4xx is `rejected`, any other 5xx `unsure`, with the number in the code. */
const statuses: Readonly<Record<number, Verdict>> = {
  303: { kind: 'unsure', code: 'REDIRECTED' },
  400: { kind: 'rejected', code: 'INVALID' },
  // Somebody must mend the credentials; until then what the patient sent waits, and is not given up.
  401: { kind: 'retry', code: 'UNAUTHORIZED' },
  403: { kind: 'retry', code: 'FORBIDDEN' },
  404: { kind: 'rejected', code: 'NOT_FOUND' },
  405: { kind: 'rejected', code: 'NOT_SUPPORTED' },
  406: { kind: 'rejected', code: 'FORMAT' },
  408: { kind: 'unsure', code: 'TIMEOUT' },
  // Millennium answers 409 where FHIR says 412: an old version, a duplicate.
  409: { kind: 'rejected', code: 'CONFLICT' },
  410: { kind: 'rejected', code: 'GONE' },
  412: { kind: 'rejected', code: 'CONFLICT' },
  413: { kind: 'rejected', code: 'TOO_LARGE' },
  415: { kind: 'rejected', code: 'FORMAT' },
  422: { kind: 'rejected', code: 'INVALID' },
  423: { kind: 'retry', code: 'LOCKED' },
  425: { kind: 'retry', code: 'UNAVAILABLE' },
  429: { kind: 'retry', code: 'THROTTLED' },
  500: { kind: 'unsure', code: 'SERVER_ERROR' },
  501: { kind: 'rejected', code: 'NOT_SUPPORTED' },
  502: { kind: 'unsure', code: 'GATEWAY' },
  // A proxy says 503 also when the server went away in the middle; with Retry-After, see `verdictOf`.
  503: { kind: 'unsure', code: 'UNAVAILABLE' },
  504: { kind: 'unsure', code: 'GATEWAY' },
};

/** What `OperationOutcome.issue.code` says. Source: FHIR R4, value set "issue-type". */
const issues: Readonly<Record<string, Verdict>> = {
  invalid: { kind: 'rejected', code: 'INVALID' },
  structure: { kind: 'rejected', code: 'INVALID' },
  required: { kind: 'rejected', code: 'INVALID' },
  value: { kind: 'rejected', code: 'INVALID' },
  invariant: { kind: 'rejected', code: 'INVALID' },
  processing: { kind: 'rejected', code: 'INVALID' },
  extension: { kind: 'rejected', code: 'INVALID' },
  'code-invalid': { kind: 'rejected', code: 'INVALID' },
  'too-long': { kind: 'rejected', code: 'INVALID' },
  'business-rule': { kind: 'rejected', code: 'BUSINESS_RULE' },
  'not-supported': { kind: 'rejected', code: 'NOT_SUPPORTED' },
  'not-found': { kind: 'rejected', code: 'NOT_FOUND' },
  deleted: { kind: 'rejected', code: 'GONE' },
  duplicate: { kind: 'rejected', code: 'CONFLICT' },
  conflict: { kind: 'rejected', code: 'CONFLICT' },
  'multiple-matches': { kind: 'rejected', code: 'CONFLICT' },
  'too-costly': { kind: 'rejected', code: 'TOO_COSTLY' },
  security: { kind: 'retry', code: 'FORBIDDEN' },
  forbidden: { kind: 'retry', code: 'FORBIDDEN' },
  suppressed: { kind: 'retry', code: 'FORBIDDEN' },
  login: { kind: 'retry', code: 'UNAUTHORIZED' },
  unknown: { kind: 'retry', code: 'UNAUTHORIZED' },
  expired: { kind: 'retry', code: 'UNAUTHORIZED' },
  throttled: { kind: 'retry', code: 'THROTTLED' },
  'lock-error': { kind: 'retry', code: 'LOCKED' },
  transient: { kind: 'retry', code: 'UNAVAILABLE' },
  timeout: { kind: 'unsure', code: 'TIMEOUT' },
  exception: { kind: 'unsure', code: 'SERVER_ERROR' },
  'no-store': { kind: 'unsure', code: 'SERVER_ERROR' },
  incomplete: { kind: 'unsure', code: 'SERVER_ERROR' },
};

/** Statuses that say "no" without saying why: here the issue decides. */
const vagueStatuses: readonly number[] = [200, 400, 422];

/** Milliseconds. A longer wait that a server asks for is cut to this; it may then ask again. */
const maxRetryAfterMs = 3_600_000;

/** An outcome that is not `accepted`. */
export type NotDone = Exclude<Outcome<never>, { readonly kind: 'accepted' }>;

export type Failure = {
  readonly status: number;
  /** The body, parsed; undefined where it is not JSON. */
  readonly body: unknown;
  readonly retryAfter?: string | undefined;
};

/**
 * What a response other than a success means.
 *
 * `now` is in milliseconds since the epoch: Retry-After may name a date.
 */
export function failure(effect: 'read' | 'write', answer: Failure, now: number): NotDone {
  const afterMs = retryAfterMs(answer.retryAfter, now);
  const { kind, code } = verdictOf(answer, afterMs);
  if (kind === 'rejected') return { kind, code };
  if (kind === 'unsure' && effect === 'write') return { kind: 'unknown', code };
  return afterMs === undefined ? { kind: 'retry', code } : { kind: 'retry', code, afterMs };
}

/**
 * What a refused change of a slot means. The slot goes back as it was read, so where the server objects to what is meant and not to
 * how it is said, the slot is no longer what it was: Millennium and others answer 422, or name a business rule, for a taken one.
 */
export function slotFailure(answer: Failure, now: number): NotDone {
  const codes = issueCodes(answer.body);
  const silent = answer.status === 422 && codes.length === 0;
  const ruled = [400, 422].includes(answer.status) && codes.includes('business-rule');
  return silent || ruled ? { kind: 'rejected', code: 'CONFLICT' } : failure('write', answer, now);
}

/** An answer that cannot be read: HTML of a proxy, half a document, another resource than the one asked for. */
export function unreadable(effect: 'read' | 'write'): NotDone {
  return { kind: effect === 'read' ? 'retry' : 'unknown', code: 'BAD_RESPONSE' };
}

/** Undefined where the header is missing or cannot be read. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), maxRetryAfterMs);
}

function verdictOf(answer: Failure, afterMs: number | undefined): Verdict {
  const { status } = answer;
  const issue = issueCodes(answer.body)
    .map((code) => issues[code])
    .find((verdict) => verdict !== undefined);
  // A server that names a time has refused on purpose, before doing anything.
  if (status === 503 && afterMs !== undefined) return { kind: 'retry', code: 'UNAVAILABLE' };
  if (issue !== undefined && vagueStatuses.includes(status)) return issue;
  if (issue?.kind === 'retry' && status >= 400 && status < 500) return issue;
  return statuses[status] ?? unlistedStatus(status);
}

function unlistedStatus(status: number): Verdict {
  if (status >= 300 && status < 400) return { kind: 'rejected', code: 'REDIRECTED' };
  if (status >= 400 && status < 500) return { kind: 'rejected', code: `HTTP_${status}` };
  return { kind: 'unsure', code: status >= 500 && status < 600 ? `HTTP_${status}` : 'BAD_RESPONSE' };
}
