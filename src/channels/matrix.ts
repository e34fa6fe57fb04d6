import { capabilities as bird } from './bird/capabilities.ts';
import { connect as connectBird } from './bird/connect.ts';
import type { Capabilities } from './capabilities.ts';
import type { Connect } from './connect.ts';
import { capabilities as messagebird } from './messagebird/capabilities.ts';
import { connect as connectMessagebird } from './messagebird/connect.ts';
import { capabilities as meta } from './meta/capabilities.ts';
import { connect as connectMeta } from './meta/connect.ts';
import type { ChannelName } from './registry.ts';
import { capabilities as twilio } from './twilio/capabilities.ts';
import { connect as connectTwilio } from './twilio/connect.ts';
import { capabilities as vonage } from './vonage/capabilities.ts';
import { connect as connectVonage } from './vonage/connect.ts';

/** What each provider can do, and how it is connected. */
export const providerMatrix: {
  readonly [Name in ChannelName]: { readonly capabilities: Capabilities; readonly connect: Connect };
} = {
  meta: { capabilities: meta, connect: connectMeta },
  twilio: { capabilities: twilio, connect: connectTwilio },
  vonage: { capabilities: vonage, connect: connectVonage },
  messagebird: { capabilities: messagebird, connect: connectMessagebird },
  bird: { capabilities: bird, connect: connectBird },
};
