import type { Capabilities } from '#channels/capabilities.ts';
import type { ChannelEvent, OutboundMessage } from '#channels/channel.ts';
import type { HttpRequest, HttpResponse, RawWebhook } from '#kernel/http.ts';
import type { Outcome } from '#kernel/outcome.ts';
import { bird } from '../../src/channels/bird/bird.ts';
import { messagebird } from '../../src/channels/messagebird/messagebird.ts';
import { meta } from '../../src/channels/meta/meta.ts';
import { twilio } from '../../src/channels/twilio/twilio.ts';
import { vonage } from '../../src/channels/vonage/vonage.ts';
import { birdSide } from './bird.ts';
import { messagebirdSide } from './messagebird.ts';
import { metaSide } from './meta.ts';
import { delivery, iso, type Side, type Unsigned } from './side.ts';
import { twilioSide } from './twilio.ts';
import { vonageSide } from './vonage.ts';

type Refused = { readonly refused: string; readonly limit?: number };

type Codec<Account> = {
  readonly capabilities: Capabilities;
  readonly verify: (webhook: RawWebhook, account: Account, nowMs: number) => boolean | Promise<boolean>;
  readonly parse: (delivery: { body: Uint8Array; query: string; receivedAt: string }) => ChannelEvent[];
  readonly render: (message: OutboundMessage, account: Account) => HttpRequest | Refused;
  readonly interpret: (response: HttpResponse) => Outcome<{ externalId: string }>;
};

/** A provider's two ends together: its side, and our codec with the account of the side. */
export type Provider = Omit<Side<never>, 'account' | 'stranger'> & {
  readonly account: object;
  /** The same, with the secrets of somebody else. */
  readonly stranger: object;
  readonly capabilities: Capabilities;
  readonly verify: (webhook: RawWebhook, nowMs: number) => boolean | Promise<boolean>;
  /** As the account of somebody else. */
  readonly verifyAsStranger: (webhook: RawWebhook, nowMs: number) => boolean | Promise<boolean>;
  readonly parse: (unsigned: Unsigned, nowMs: number) => ChannelEvent[];
  readonly render: (message: OutboundMessage) => HttpRequest | Refused;
  readonly interpret: (response: HttpResponse) => Outcome<{ externalId: string }>;
  readonly deliver: (unsigned: Unsigned, nowMs: number, secret?: string, account?: string) => RawWebhook;
};

function bothEnds<Account extends object>(codec: Codec<Account>, side: Side<Account>): Provider {
  const { account, stranger, ...rest } = side;
  return {
    ...rest,
    account,
    stranger,
    capabilities: codec.capabilities,
    verify: (webhook, nowMs) => codec.verify(webhook, account, nowMs),
    verifyAsStranger: (webhook, nowMs) => codec.verify(webhook, stranger, nowMs),
    parse: ({ body, query }, nowMs) => codec.parse({ body, query, receivedAt: iso(nowMs) }),
    render: (message) => codec.render(message, account),
    interpret: codec.interpret,
    deliver: (unsigned, nowMs, secret, own) => delivery(side, unsigned, nowMs, secret, own),
  };
}

export const providers: readonly Provider[] = [
  bothEnds(meta, metaSide),
  bothEnds(twilio, twilioSide),
  bothEnds(vonage, vonageSide),
  bothEnds(messagebird, messagebirdSide),
  bothEnds(bird, birdSide),
];
