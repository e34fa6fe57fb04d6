import { authorize } from './authorize.ts';
import { interpret } from './interpret.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';
import { verify } from './verify.ts';

/** WhatsApp by Vonage's Messages API, version 1. */
export const vonage = { name: 'vonage', verify, parse, render, authorize, interpret } as const;
