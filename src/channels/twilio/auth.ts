import type { TwilioAccount } from './account.ts';

/** https://www.twilio.com/docs/usage/requests-to-twilio */
export function basic({ apiKey, apiSecret }: Pick<TwilioAccount, 'apiKey' | 'apiSecret'>): string {
  return `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
}

/** The account's messages: to send one, or to list them. */
export function messagesUrl({ baseUrl, accountSid }: Pick<TwilioAccount, 'baseUrl' | 'accountSid'>): string {
  const base = baseUrl.replace(/\/+$/, '');
  return `${base}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
}

/** One of the account's messages. */
export function messageUrl(account: Pick<TwilioAccount, 'baseUrl' | 'accountSid'>, sid: string): string {
  return messagesUrl(account).replace(/\.json$/, `/${encodeURIComponent(sid)}.json`);
}
