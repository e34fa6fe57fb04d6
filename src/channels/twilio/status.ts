import type { ChannelEvent, Found, MessageStatus } from '../channel.ts';
import { type Json, present, word } from '../json.ts';
import { nameOf, readCode } from './errors.ts';
import type { Params } from './form.ts';
import { notice } from './notice.ts';
import { phoneIn, readUser } from './people.ts';

/**
 * https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * `undefined`: on its way, nothing to act on.
 */
const statuses: ReadonlyMap<string, MessageStatus | undefined> = new Map<string, MessageStatus | undefined>([
  ['accepted', undefined],
  ['scheduled', undefined],
  ['queued', undefined],
  ['sending', undefined],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['undelivered', 'failed'],
  ['failed', 'failed'],
  ['canceled', 'failed'],
]);

/** What the API says of a message that it lists or shows, in our words. */
export function statusIn(listed: Json): Pick<Found, 'status' | 'code'> {
  const status = typeof listed.status === 'string' ? statuses.get(listed.status) : undefined;
  const code = status === 'failed' ? readCode(listed.error_code) : undefined;
  return present({ status, code: code === undefined ? undefined : nameOf(code) });
}

type Reported = {
  readonly params: Params;
  readonly externalId: string;
  readonly status: string;
  readonly receivedAt: string;
  readonly ourId: string | undefined;
};

/**
 * A status callback. It belongs to a message of ours by its id, so it is good without a recipient. Statuses come in any order and
 * more than once; ranking them is the reader's task.
 */
export function readStatus({
  params,
  externalId,
  status: reported,
  receivedAt,
  ourId,
}: Reported): ChannelEvent {
  const status = statuses.get(reported);
  if (status === undefined) {
    const what = `status.${word(reported) ?? 'unnamed'}`;
    return notice(what, [externalId, reported], statuses.has(reported));
  }
  const code = status === 'failed' ? readCode(params.get('ErrorCode')) : undefined;
  return present({
    type: 'status' as const,
    externalId,
    status,
    at: receivedAt,
    recipient: readUser(params.get('To'), params.get('ChannelToAddress'), params.get('ExternalUserId')),
    ourId,
    code: code === undefined ? undefined : nameOf(code),
    receiver: phoneIn(params.get('From')),
  });
}
