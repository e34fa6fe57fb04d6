import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, unknown } from '#kernel/outcome.ts';
import type { Clock } from '#platform/clock.ts';
import type { Egress } from '#platform/egress.ts';
import { type Account, askedOf, inboundSince, readAsked, readInbound } from './accounts.ts';
import { createAuthorizations } from './authorizations.ts';
import type { Attempt, ChannelEvent, Found, Listed } from './channel.ts';
import { keyUnusable } from './registry.ts';

/** Asking providers for what they hold. Reading is harmless, so one question may read several pages. */

/** A person is not sent as many messages in ten minutes; a sender does not get as many in days. */
const mostPages = { found: 5, inbound: 50 } as const;

export type Asking = {
  /** The messages that could be the attempt's; all of them, or why they could not be had. Undefined: nobody can be asked. */
  readonly whatBecameOf: (
    account: Account,
    attempt: Attempt,
  ) => Promise<Outcome<readonly Found[]> | undefined>;
  /** What came in since then, the newest first. `failed`: why the rest could not be had; what was read before it counts all the same. */
  readonly inboundSince: (
    account: Account,
    sinceMs: number,
  ) => Promise<{ readonly events: readonly ChannelEvent[]; readonly failed?: string }>;
};

type Pages<Item> = {
  readonly items: readonly Item[];
  readonly failed?: Exclude<Outcome<never>, { kind: 'accepted' }>;
};

export function createAsking({ egress, clock }: { readonly egress: Egress; readonly clock: Clock }): Asking {
  const authorize = createAuthorizations();

  async function call(account: Account, request: HttpRequest): Promise<HttpResponse | string> {
    const more = await authorize(account, clock.now()).catch(() => undefined);
    if (more === undefined) return keyUnusable;
    const result = await egress.send({ ...request, headers: { ...request.headers, ...more } });
    return result.kind === 'response' ? result.response : result.code;
  }

  async function pages<Item>(
    account: Account,
    first: HttpRequest,
    read: (response: HttpResponse) => Outcome<Listed<Item>>,
    most: number,
  ): Promise<Pages<Item>> {
    const items: Item[] = [];
    let request: HttpRequest | undefined = first;
    for (let page = 0; request !== undefined && page < most; page += 1) {
      const response: HttpResponse | string = await call(account, request);
      const answer: Outcome<Listed<Item>> = typeof response === 'string' ? unknown(response) : read(response);
      if (answer.kind !== 'accepted') return { items, failed: answer };
      items.push(...answer.value.items);
      request = answer.value.next;
    }
    return request === undefined ? { items } : { items, failed: { kind: 'unknown', code: 'LIST_TOO_LONG' } };
  }

  return {
    async whatBecameOf(account, attempt) {
      const request = askedOf(account, attempt);
      if (request === undefined) return undefined;
      const read = (response: HttpResponse) => readAsked(account, response, attempt);
      const { items, failed } = await pages(account, request, read, mostPages.found);
      // What lies on a page that was not read could be it as well.
      return failed ?? accepted(items);
    },
    async inboundSince(account, sinceMs) {
      const request = inboundSince(account, sinceMs);
      if (request === undefined) return { events: [] };
      const read = (response: HttpResponse) => readInbound(account, response, sinceMs);
      const { items, failed } = await pages(account, request, read, mostPages.inbound);
      return failed === undefined ? { events: items } : { events: items, failed: failed.code };
    },
  };
}
