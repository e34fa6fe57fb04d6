import type { Channel } from '../channel.ts';
import type { BirdAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { interpret } from './interpret.ts';
import { lookup, readLookup } from './lookup.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by the Bird Channels API. Bird's platform API and MessageBird's Conversations API are other products. */
export const bird = {
  name: 'bird',
  capabilities,
  verify,
  parse,
  render,
  interpret,
  media,
  lookup: { request: lookup, read: readLookup },
  receiver: (account) => account.channelId,
  signers: (account) => account.signingKeys,
  origins: (account) => [account.baseUrl],
} satisfies Channel<BirdAccount>;
