import type { TwilioAccount, User } from './accounts.ts';
import { TwilioError } from './errors.ts';

export const maxBodyChars = 1600;

/** What a request asks to send. */
export type Send = {
  readonly to: string;
  readonly from: string;
  readonly body: string;
  /** A content that WhatsApp has approved: good outside of the window. */
  readonly approved: boolean;
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

function readWords(params: URLSearchParams, account: TwilioAccount): Pick<Send, 'body' | 'approved'> {
  const contentSid = params.get('ContentSid');
  if (contentSid !== null) return readContent(contentSid, params.get('ContentVariables'), account);
  const body = params.get('Body') ?? '';
  if (body.trim() === '' && !params.has('MediaUrl')) throw new TwilioError(21619);
  if (body.length > maxBodyChars) throw new TwilioError(21617);
  return { body, approved: false };
}

function readContent(
  sid: string,
  written: string | null,
  account: TwilioAccount,
): Pick<Send, 'body' | 'approved'> {
  const content = account.contents.find((each) => each.sid === sid);
  if (content === undefined) throw new TwilioError(21655);
  const values = readVariables(written ?? '{}');
  let { body } = content;
  for (let number = 1; number <= content.variables; number++) {
    const value = values.get(String(number));
    if (value === undefined || value === '' || value.length > maxBodyChars) throw new TwilioError(21656);
    body = body.replaceAll(`{{${number}}}`, () => value);
  }
  return { body, approved: content.approved };
}

function readVariables(written: string): ReadonlyMap<string, string> {
  let fields: unknown;
  try {
    fields = JSON.parse(written);
  } catch {
    throw new TwilioError(21656);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new TwilioError(21656);
  const entries = Object.entries(fields).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw new TwilioError(21656);
    return [name, value];
  });
  return new Map(entries);
}

/** Who stands behind an address; undefined where WhatsApp knows nobody. */
export function userAt(address: string, account: TwilioAccount): User | undefined {
  return account.users.find(
    ({ phone, userId }) => address === `whatsapp:+${phone}` || address === `whatsapp:${userId}`,
  );
}
