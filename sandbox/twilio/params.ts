import type { TwilioAccount, User } from './accounts.ts';
import type { Message } from './messages.ts';
import type { Params } from './signature.ts';

/** What a user does, as Twilio names it: `Body`, `ButtonPayload`, `MediaUrl0` … */
export type SaidParams = Readonly<Record<string, string>>;

/** The parameters of a status callback. */
export function statusParams(message: Message, status: string, code: number | undefined): Params {
  return [
    ['MessageSid', message.sid],
    ['SmsSid', message.sid],
    ['MessageStatus', status],
    ['SmsStatus', status],
    ['AccountSid', message.account_sid],
    ['From', message.from],
    ['To', message.to],
    ['ChannelPrefix', 'whatsapp'],
    ['ChannelToAddress', message.to.replace('whatsapp:', '')],
    ['ApiVersion', '2010-04-01'],
    ...(code === undefined ? [] : [['ErrorCode', String(code)] as const]),
  ];
}

/** The parameters of a message that came in. Of a user whose number is hidden, none of them holds it. */
export function inboundParams(
  message: Message,
  user: User,
  account: TwilioAccount,
  said: SaidParams,
): Params {
  const params: Record<string, string> = {
    SmsMessageSid: message.sid,
    SmsSid: message.sid,
    MessageSid: message.sid,
    SmsStatus: 'received',
    AccountSid: account.accountSid,
    ApiVersion: '2010-04-01',
    From: message.from,
    To: message.to,
    ...(user.userId && { ExternalUserId: `whatsapp:${user.userId}` }),
    ProfileName: user.name,
    NumMedia: '0',
    NumSegments: '1',
    Body: '',
    ...(!user.hidesPhone && { WaId: user.phone }),
    ...said,
  };
  return Object.entries(params);
}
