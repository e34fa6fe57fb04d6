import type { BirdAccount } from './account.ts';
import type { DatedChannel } from './codec.ts';
import { interpret } from './interpret.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by the Bird Channels API. Bird's platform API and MessageBird's Conversations API are other products. */
export const bird: DatedChannel<BirdAccount> = { name: 'bird', verify, parse, render, interpret };
