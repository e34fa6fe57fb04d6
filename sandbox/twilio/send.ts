import type { Body } from '../provider/provider.ts';
import type { TwilioAccount, User } from './accounts.ts';
import { fill } from './content.ts';
import { TwilioError } from './errors.ts';
import { maxBodyChars } from './limits.ts';

/** What a request asks to send. */
export type Send = {
  readonly to: string;
  readonly from: string;
  readonly body: string;
  /** A content that WhatsApp has approved: good outside of the window. */
  readonly approved: boolean;
  /** What it looks like on a phone. */
  readonly shown: Body;
  /** False where WhatsApp will refuse it. */
  readonly isFit: boolean;
  readonly statusCallback: string | undefined;
};

/** Reads and checks the parameters of `POST …/Messages.json`, in the order in which Twilio complains. */
export function readSend(params: URLSearchParams, account: TwilioAccount): Send {
  const to = params.get('To') ?? '';
  const from = params.get('From') ?? '';
  if (to === '') throw new TwilioError(21604);
  if (from === '' && !params.has('MessagingServiceSid')) throw new TwilioError(21603);
  if (!/^whatsapp:(\+\d{5,20}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128})$/.test(to)) throw new TwilioError(21211);
  if (!account.senders.some(({ number }) => from === `whatsapp:+${number}`)) throw new TwilioError(63007);
  if (to === from) throw new TwilioError(63031);
  const statusCallback = params.get('StatusCallback') ?? undefined;
  if (statusCallback !== undefined && !/^https?:\/\/[^/\s]/.test(statusCallback))
    throw new TwilioError(21609);
  return { to, from, statusCallback, ...readWords(params, account) };
}

type Words = Pick<Send, 'body' | 'approved' | 'shown' | 'isFit'>;

function readWords(params: URLSearchParams, account: TwilioAccount): Words {
  const contentSid = params.get('ContentSid');
  if (contentSid !== null) {
    const content = account.contents.find((each) => each.sid === contentSid);
    if (content === undefined) throw new TwilioError(21655);
    return { approved: content.approved, ...fill(content, params.get('ContentVariables')) };
  }
  const body = params.get('Body') ?? '';
  if (body.trim() === '' && !params.has('MediaUrl')) throw new TwilioError(21619);
  if (body.length > maxBodyChars) throw new TwilioError(21617);
  return { body, approved: false, isFit: true, shown: { kind: 'text', text: body } };
}

/** Who stands behind an address; undefined where WhatsApp knows nobody. */
export function userAt(address: string, users: readonly User[]): User | undefined {
  return users.find(
    ({ phone, userId }) => address === `whatsapp:+${phone}` || address === `whatsapp:${userId}`,
  );
}
