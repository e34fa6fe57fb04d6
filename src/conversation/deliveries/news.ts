import type { ChannelEvent } from '#channels/channel.ts';
import type { HeardNews } from '#channels/index.ts';

/** Where and when an event was read. */
export type HeardAt = {
  readonly channel: string;
  readonly accountId: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** The codecs' names of what stops an account as a whole. */
  readonly pausing: ReadonlySet<string>;
};

const hourOf = (at: string) => at.slice(0, 13);
const dayOf = (at: string) => at.slice(0, 10);

/**
 * What an event tells of the account, beside what it is. What comes with every chat or message is told once a day or an hour: that it
 * happens is the news, and not how often.
 */
export function newsOf(
  event: ChannelEvent,
  { channel, accountId, receivedAt, pausing }: HeardAt,
): readonly HeardNews[] {
  const where = { channel, accountId };
  if (event.type === 'message' && event.standby) {
    return [{ ...where, news: { kind: 'standby' }, identity: `standby/${dayOf(event.at)}`, at: event.at }];
  }
  if (event.type === 'status') {
    const { status, code, at } = event;
    if (status !== 'failed' || code === undefined || !pausing.has(code)) return [];
    return [{ ...where, news: { kind: 'failing', code }, identity: `failing/${code}/${hourOf(at)}`, at }];
  }
  if (event.type !== 'notice' || event.about === undefined) return [];
  const { about: news, at = receivedAt, key } = event;
  const identity =
    news.kind === 'handover' ? `handover/${news.event}/${news.to ?? ''}/${dayOf(at)}` : `notice/${key}`;
  return [{ ...where, news, identity, at }];
}
