import type { ChannelEvent, Delivery } from '../channel.ts';
import { isRecord } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { readMessage } from './message.ts';
import { readStatus } from './status.ts';

/**
 * The event of a delivery: Vonage sends one message, or one status, at a time, and both may go to the same address. A record that is
 * neither is a notice. Throws `SyntaxError` where the body is no JSON, or no record; its message never repeats any of the body.
 */
export function parse({ body, receivedAt }: Pick<Delivery, 'body' | 'receivedAt'>): ChannelEvent[] {
  const raw = readJson(body);
  if (!isRecord(raw)) throw new SyntaxError('expected a webhook of the Messages API');
  if (raw.message_type !== undefined) return [readMessage(raw, receivedAt)];
  if (raw.status !== undefined) return [readStatus(raw, receivedAt)];
  return [notice('unrecognised', raw, false)];
}

function readJson(body: Uint8Array): unknown {
  // Lenient: one broken byte in somebody's name must not cost the message around it.
  const json = new TextDecoder().decode(body);
  try {
    return JSON.parse(json);
  } catch {
    // The original error quotes the body.
    throw new SyntaxError('expected JSON');
  }
}
