import type { Channel } from '../channel.ts';
import type { TwilioAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { interpret } from './interpret.ts';
import { lookup, readLookup } from './lookup.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { listInbound, readInboundList } from './reconcile.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by Twilio's Programmable Messaging. */
export const twilio = {
  name: 'twilio',
  capabilities,
  verify,
  parse,
  render,
  interpret,
  media,
  lookup: { request: lookup, read: readLookup },
  // It gives a delivery up within seconds.
  inbound: { request: listInbound, read: readInboundList },
  readsQuery: true,
  receiver: (account) => account.sender.replace(/^\+/, ''),
  signers: (account) => account.authTokens,
  origins: ({ baseUrl, messagingUrl }) => [baseUrl, messagingUrl],
} satisfies Channel<TwilioAccount>;
