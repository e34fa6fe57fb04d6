import { interpret } from './interpret.ts';
import { lookup, readLookup } from './lookup.ts';
import { parse } from './parse.ts';
import { listInbound, readInboundList } from './reconcile.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/**
 * WhatsApp by Twilio's Programmable Messaging. `lookup` and `readLookup` serve what `interpret` calls unknown; `listInbound` and
 * `readInboundList` what Twilio could not deliver.
 */
export const twilio = {
  name: 'twilio',
  verify,
  parse,
  render,
  interpret,
  lookup,
  readLookup,
  listInbound,
  readInboundList,
} as const;
