import { connect as bird } from './bird/connect.ts';
import type { Capabilities } from './capabilities.ts';
import type { Connect } from './connect.ts';
import { connect as messagebird } from './messagebird/connect.ts';
import { connect as meta } from './meta/connect.ts';
import { type ChannelName, channels } from './registry.ts';
import { connect as twilio } from './twilio/connect.ts';
import { connect as vonage } from './vonage/connect.ts';

/** What each provider can do, and how it is connected. */
export const providerMatrix: {
  readonly [Name in ChannelName]: { readonly capabilities: Capabilities; readonly connect: Connect };
} = {
  meta: { capabilities: channels.meta.capabilities, connect: meta },
  twilio: { capabilities: channels.twilio.capabilities, connect: twilio },
  vonage: { capabilities: channels.vonage.capabilities, connect: vonage },
  messagebird: { capabilities: channels.messagebird.capabilities, connect: messagebird },
  bird: { capabilities: channels.bird.capabilities, connect: bird },
};
