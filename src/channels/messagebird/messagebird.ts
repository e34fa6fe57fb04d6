import type { Channel } from '../channel.ts';
import type { MessageBirdAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { interpret } from './interpret.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by MessageBird's Conversations API v1, the one before Bird's. */
export const messagebird = {
  name: 'messagebird',
  capabilities,
  verify,
  parse,
  render,
  interpret,
  media,
  readsQuery: true,
  receiver: (account) => account.channelId,
  signers: (account) => account.signingKeys,
  origins: (account) => [account.baseUrl],
} satisfies Channel<MessageBirdAccount>;
