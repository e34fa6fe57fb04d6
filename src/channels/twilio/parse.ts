import type { ChannelEvent, Delivery } from '../channel.ts';
import { id } from '../json.ts';
import { type Params, readParams } from './form.ts';
import { readMessages } from './message.ts';
import { notice } from './notice.ts';
import { readStatus } from './status.ts';

/** The parameter of the status callback's query that carries our message's id. */
export const ourIdParam = 'message';

/**
 * Every event of a delivery. Twilio sends one message or one status at a time; a message with more than one file becomes one event
 * for each. Throws `SyntaxError` where the body holds no parameter that every webhook of Twilio has; its message repeats nothing of it.
 *
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 */
export function parse({ body, query, receivedAt }: Delivery): ChannelEvent[] {
  const params = readParams(body);
  const externalId = messageSid(params);
  if (externalId === undefined) {
    if (!params.has('AccountSid')) throw new SyntaxError("expected the parameters of Twilio's webhooks");
    return [withoutMessage(params)];
  }
  // Of a message that came in, `SmsStatus` says so, and `MessageStatus` is not there.
  const status = params.get('MessageStatus') || params.get('SmsStatus') || 'received';
  if (status === 'received' || status === 'receiving') return readMessages(params, externalId, receivedAt);
  return [readStatus({ params, externalId, status, receivedAt, ourId: ourIdIn(query) })];
}

function messageSid(params: Params): string | undefined {
  return id(params.get('MessageSid')) ?? id(params.get('SmsMessageSid')) ?? id(params.get('SmsSid'));
}

/** Only what we rendered ourselves: printable, and no longer than an id. */
function ourIdIn(query: string): string | undefined {
  return id(new URLSearchParams(query).get(ourIdParam));
}

/** Twilio's debugger reports to a webhook as well; such a report has an id of its own. */
function withoutMessage(params: Params): ChannelEvent {
  const isReport = params.has('Level') && params.has('Payload');
  const sid = params.get('Sid');
  const identity = sid ? [sid] : [...params].flat();
  return notice(isReport ? 'debugger' : 'message.without-id', identity, isReport);
}
