import type { ChannelEvent } from '#channels/channel.ts';
import type { Metrics } from '#platform/metrics.ts';

/** What operators count of what providers send. */

export function countEvent(metrics: Pick<Metrics, 'count'>, channel: string, event: ChannelEvent): void {
  metrics.count('vestibule_channel_events', { channel, kind: event.type });
  // The words of documented fields only: a label must not take whatever comes.
  const what = noticed(event);
  if (what !== undefined) metrics.count('vestibule_channel_notices', { channel, what });
  const isSaid = event.type === 'message' || event.type === 'echo';
  if (isSaid ? event.content.kind === 'unknown' : event.type === 'notice' && !event.known)
    metrics.count('vestibule_channel_events_unknown', { channel });
}

/** What an operator wants to know of: notices of documented fields, and that somebody else answers from the number. */
function noticed(event: ChannelEvent): string | undefined {
  if (event.type === 'notice') return event.known ? event.what : undefined;
  if (event.type === 'echo') return `echo.${event.by}`;
  return event.type === 'message' && event.standby ? 'standby' : undefined;
}
