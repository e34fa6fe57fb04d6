import { type Outcome, rejected, retry } from '#kernel/outcome.ts';
import type { Clock } from '#platform/clock.ts';
import { type Egress, outcomeOfFailure, type SendResult } from '#platform/egress.ts';
import { admit, type Breaker, closed, learned, type Sign } from './breaker.ts';
import type { Call } from './call.ts';
import { retryAfterMs } from './fhir/errors.ts';
import { effectOf, leastCapabilities, type PmsAccount } from './pms.ts';
import { adapters } from './registry.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';

/**
 * The one way to a practice's system: every call of every lane passes here. A breaker, shared by all lanes of this process, keeps calls
 * away from a system that does not answer; a turnstile per lane keeps a slow one from taking all of the lane's workers.
 *
 * What is kept away is `retry`: provably nothing was sent.
 */
export type Transport = {
  /** @param places calls that may be under way at the same time by this way */
  readonly way: (places: number) => Call;
};

/** Codes of calls that were not made. */
export const systemAway = 'SYSTEM_AWAY';
export const systemBusy = 'SYSTEM_BUSY';

/** Milliseconds after which a call that found no place is tried again. */
const busyMs = 2_000;

/** Milliseconds over which those who wait for a system to come back are spread, and between two of them. */
const spreadMs = 5_000;
const spreadStepMs = 250;

export type BreakerNews = 'opened' | 'closed';

export function createTransport(
  account: PmsAccount,
  egress: Egress,
  clock: Clock,
  onChange: (news: BreakerNews, code: string) => void,
): Transport {
  const adapter = adapters[account.adapter];
  let breaker: Breaker = closed;
  let refusals = 0;

  function learn(sign: Sign, isProbe: boolean, code: string): void {
    const wasOpen = breaker.openUntil !== undefined;
    breaker = learned(breaker, sign, isProbe, clock.now());
    const isOpen = breaker.openUntil !== undefined;
    if (isOpen !== wasOpen) onChange(isOpen ? 'opened' : 'closed', code);
  }

  /** Those who come back are spread, so that the first of them finds out before the others ask. */
  function away(waitMs: number): Outcome<never> {
    refusals += 1;
    return retry(systemAway, waitMs + ((refusals * spreadStepMs) % spreadMs));
  }

  function way(places: number): Call {
    const turnstile: Turnstile = createTurnstile(places);
    return async (type, operation, capabilities = leastCapabilities) => {
      const request = adapter.render(operation, account, capabilities);
      if ('refused' in request) return rejected(request.refused);
      const early = admit(breaker, clock.now());
      if (!early.admitted) return away(early.waitMs);
      if (!(await turnstile.enter())) return retry(systemBusy, busyMs);
      try {
        // It may have opened while this call waited for its place.
        const admission = admit(breaker, clock.now());
        if (!admission.admitted) return away(admission.waitMs);
        breaker = admission.breaker;
        const sent = await egress.send(request, account.timeoutMs);
        const now = clock.now();
        const { baseUrl, identifierSystem } = account;
        const outcome =
          sent.kind === 'response'
            ? adapter.interpret(type, operation, sent.response, { baseUrl, identifierSystem, now })
            : outcomeOfFailure(sent, effectOf(type));
        learn(signOf(sent, outcome, now), admission.isProbe, codeOf(outcome));
        return outcome;
      } finally {
        turnstile.leave();
      }
    };
  }

  return { way };
}

const codeOf = (outcome: Outcome<unknown>): string => (outcome.kind === 'accepted' ? '' : outcome.code);

/** Statuses by which a system, or what stands before it, says that it is in trouble. 501 is an answer: it cannot do that. */
function isTroubled(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

/** What a call tells of the system's health. A refusal tells that it is well; a page of a proxy, whatever its status, that it is not. */
function signOf(sent: SendResult, outcome: Outcome<unknown>, now: number): Sign {
  if (sent.kind === 'response') {
    const { status, headers } = sent.response;
    if (!isTroubled(status) && codeOf(outcome) !== 'BAD_RESPONSE') return { kind: 'answer' };
    const waitMs = retryAfterMs(headers['retry-after'], now);
    return waitMs === undefined ? { kind: 'trouble' } : { kind: 'trouble', waitMs };
  }
  // Never left this process, or came back in too many bytes: that is about the request.
  if (['HOST_NOT_ALLOWED', 'REQUEST_INVALID'].includes(sent.code)) return { kind: 'nothing' };
  return sent.code === 'RESPONSE_TOO_LARGE' ? { kind: 'answer' } : { kind: 'trouble' };
}
