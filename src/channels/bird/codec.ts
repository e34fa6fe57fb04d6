import type { HttpRequest, HttpResponse, RawWebhook } from '#kernel/http.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { ChannelEvent, OutboundMessage, RenderRefusal } from '../channel.ts';

/** A webhook's body with what its URL says, and when it came (ISO 8601): for what the body does not date. */
export type Delivery = {
  readonly body: Uint8Array;
  /** Without the question mark. Bird is told no query, and none is read. */
  readonly query: string;
  readonly receivedAt: string;
};

/** `NOT_OFFERED`: the provider has no such thing, or the account none under this name. */
export type Refusal = RenderRefusal | (Omit<RenderRefusal, 'refused'> & { readonly refused: 'NOT_OFFERED' });

/** A channel whose signatures are dated and whose deliveries may need the time of their receipt. */
export type DatedChannel<Account> = {
  readonly name: string;
  /** Over the raw bytes, in constant time, length first. Never throws. */
  readonly verify: (webhook: RawWebhook, account: Account, nowMs: number) => boolean;
  /** Throws `SyntaxError` only when the body is not JSON of the provider's envelope at all. */
  readonly parse: (delivery: Delivery) => ChannelEvent[];
  readonly render: (message: OutboundMessage, account: Account) => HttpRequest | Refusal;
  readonly interpret: (response: HttpResponse) => Outcome<{ externalId: string }>;
};
