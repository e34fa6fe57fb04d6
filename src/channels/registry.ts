import type { BirdAccount } from './bird/account.ts';
import { bird } from './bird/bird.ts';
import { pausingNames as birdPauses } from './bird/errors.ts';
import type { Capabilities } from './capabilities.ts';
import type { Channel } from './channel.ts';
import type { MessageBirdAccount } from './messagebird/account.ts';
import { pausingNames as messagebirdPauses } from './messagebird/errors.ts';
import { messagebird } from './messagebird/messagebird.ts';
import type { MetaAccount } from './meta/account.ts';
import { pausingNames as metaPauses } from './meta/errors.ts';
import { meta } from './meta/meta.ts';
import type { TwilioAccount } from './twilio/account.ts';
import { pausingNames as twilioPauses } from './twilio/errors.ts';
import { twilio } from './twilio/twilio.ts';
import type { VonageAccount } from './vonage/account.ts';
import { pausingNames as vonagePauses } from './vonage/errors.ts';
import { vonage } from './vonage/vonage.ts';

/** What each provider's codec needs to know of an account, secrets and all. */
export type AccountConfigs = {
  readonly meta: MetaAccount;
  readonly twilio: TwilioAccount;
  readonly vonage: VonageAccount;
  readonly messagebird: MessageBirdAccount;
  readonly bird: BirdAccount;
};

export type ChannelName = keyof AccountConfigs;

/** The code of an account whose key cannot be used (`Channel.authorize`). Nothing was sent. */
export const keyUnusable = 'KEY_UNUSABLE';

/** Every messaging provider. The key is the provider's one word: its folder, URL segment, job label and fixture folder. */
export const channels: { readonly [Name in ChannelName]: Channel<AccountConfigs[Name]> } = {
  meta,
  twilio,
  vonage,
  messagebird,
  bird,
};

export function isChannelName(name: string): name is ChannelName {
  return Object.hasOwn(channels, name);
}

/** What the channel of a thread can do; undefined for a channel of another release. */
export function capabilitiesOf(channel: string): Capabilities | undefined {
  return isChannelName(channel) ? channels[channel].capabilities : undefined;
}

/** The codecs' names of what stops an account as a whole. */
export const pausingNames: readonly string[] = [
  ...new Set([metaPauses, twilioPauses, vonagePauses, messagebirdPauses, birdPauses].flat()),
  keyUnusable,
];
