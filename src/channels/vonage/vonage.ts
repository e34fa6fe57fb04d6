import type { Channel } from '../channel.ts';
import type { VonageAccount } from './account.ts';
import { authorize } from './authorize.ts';
import { capabilities } from './capabilities.ts';
import { interpret } from './interpret.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by Vonage's Messages API, version 1. */
export const vonage = {
  name: 'vonage',
  capabilities,
  verify,
  parse,
  render,
  authorize,
  interpret,
  media,
  mayForgetToSign: ({ headers }) => headers.authorization === undefined,
  receiver: (account) => account.number.replace(/^\+/, ''),
  // One signature secret serves all applications of an API key; only an application's own webhooks are for its numbers.
  signers: ({ apiKey, applicationId, signatureSecrets }) =>
    signatureSecrets.map((secret) => `${apiKey}/${applicationId}/${secret}`),
  origins: ({ baseUrl, updateBaseUrl }) => [baseUrl, ...(updateBaseUrl === undefined ? [] : [updateBaseUrl])],
} satisfies Channel<VonageAccount>;
