import type { ChannelEvent } from '../channel.ts';
import { word } from '../json.ts';
import { notice } from '../meta/notice.ts';

/** An application may serve several of Vonage's channels. What names none is taken for WhatsApp's, which is all that we asked for. */
export function isElsewhere(channel: unknown): boolean {
  return channel !== undefined && channel !== null && channel !== 'whatsapp';
}

/** `channel.sms`: a text message's number is another address than WhatsApp's, and nothing here may answer it. */
export function elsewhere(channel: unknown, identity: unknown): ChannelEvent {
  const name = word(channel);
  return notice(`channel.${name ?? 'unnamed'}`, identity, name !== undefined);
}
