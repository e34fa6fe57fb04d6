import type { Account } from './accounts.ts';
import type { OutboundContent } from './channel.ts';
import type { ChannelName } from './registry.ts';

/**
 * How long a provider goes on trying to deliver what it took. What is not delivered by then is dropped, and (but for those that
 * report it) nobody is told.
 */

/** Milliseconds, where the practice says otherwise. */
export type Lives = {
  readonly messagesMs?: number;
  /** By a template's name at the provider: templates may have a time of their own there. */
  readonly templatesMs?: Readonly<Record<string, number>>;
};

const hourMs = 3_600_000;
const monthMs = 30 * 24 * hourMs;

/**
 * Milliseconds. Behind every provider stands WhatsApp, which keeps a message for 30 days; utility templates for as long as they say
 * (`message_send_ttl_seconds`, at most 12 hours), and for 30 days where they say nothing. None of the providers documents another time.
 * Source: Meta, "Time-to-live", documentation/business-messaging/whatsapp/templates/time-to-live.
 */
const usualMs: Readonly<Record<ChannelName, number>> = {
  meta: monthMs,
  twilio: monthMs,
  vonage: monthMs,
  messagebird: monthMs,
  bird: monthMs,
};

/** Milliseconds from when it is sent. */
export function lifeMs(
  { channel, lives }: Pick<Account, 'channel' | 'lives'>,
  content: OutboundContent,
): number {
  const own = content.kind === 'template' ? lives?.templatesMs?.[content.name] : undefined;
  return own ?? lives?.messagesMs ?? usualMs[channel];
}
