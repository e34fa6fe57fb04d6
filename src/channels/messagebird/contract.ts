import type { RawWebhook } from '#kernel/http.ts';
import type { RenderRefusal } from '../channel.ts';

/** What `parse` reads: `query` is the webhook URL's, without `?`; `receivedAt` (ISO 8601) serves where nothing else tells the time. */
export type Delivery = Pick<RawWebhook, 'body'> & {
  readonly query: string;
  readonly receivedAt: string;
};

/** `NOT_OFFERED`: MessageBird has no such thing. */
export type Refusal = RenderRefusal | { readonly refused: 'NOT_OFFERED'; readonly field: string };
