import type { Channel } from '../channel.ts';
import type { MetaAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { interpret } from './interpret.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify, verifySubscription } from './verify.ts';

/** WhatsApp by Meta's own Cloud API. */
export const meta: Channel<MetaAccount> = {
  name: 'meta',
  capabilities,
  verify,
  parse,
  render,
  interpret,
  media,
  subscribe: verifySubscription,
  business: (account) => account.wabaId,
  receiver: (account) => account.phoneNumberId,
  signers: (account) => account.appSecrets,
  origins: (account) => [account.baseUrl],
};
