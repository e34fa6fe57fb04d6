/** What the world asks of the product: its timeline, by its own API. */

export type Product = {
  /** The product's answer as it came. Undefined when it does not answer. */
  readonly timeline: (
    practiceId: string,
    after?: string,
    limit?: number,
  ) => Promise<ProductAnswer | undefined>;
};

export type ProductAnswer = { readonly status: number; readonly body: unknown };

/** Milliseconds. */
const timeoutMs = 5_000;

export function createProduct(productUrl: string, apiToken: string): Product {
  return {
    timeline: async (practiceId, after, limit) => {
      const url = new URL('/api/timeline', productUrl);
      url.searchParams.set('practice', practiceId);
      if (after !== undefined) url.searchParams.set('after', after);
      if (limit !== undefined) url.searchParams.set('limit', String(limit));
      try {
        const response = await fetch(url, {
          headers: { authorization: `Bearer ${apiToken}` },
          signal: AbortSignal.timeout(timeoutMs),
        });
        return { status: response.status, body: await response.json() };
      } catch {
        // Not started yet, or restarting: the page asks again.
        return undefined;
      }
    },
  };
}

/** The cursor behind a page of the timeline, and whether the page holds anything. */
export function readPage(answer: ProductAnswer | undefined): { next: string; full: boolean } | undefined {
  const body = answer?.status === 200 ? answer.body : undefined;
  if (typeof body !== 'object' || body === null || !('next' in body) || !('events' in body)) return undefined;
  if (typeof body.next !== 'string' || !Array.isArray(body.events)) return undefined;
  return { next: body.next, full: body.events.length > 0 };
}
