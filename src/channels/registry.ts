import { pausingNames as metaPauses } from './meta/errors.ts';
import { meta } from './meta/meta.ts';

/** Every messaging provider. The key is the provider's one word: its folder, URL segment, job label and fixture folder. */
export const channels = { meta } as const;

export type ChannelName = keyof typeof channels;

export function isChannelName(name: string): name is ChannelName {
  return Object.hasOwn(channels, name);
}

/** The codecs' names of what stops an account as a whole. */
export const pausingNames: readonly string[] = [...metaPauses];
