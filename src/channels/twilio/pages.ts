import type { HttpRequest } from '#kernel/http.ts';
import type { TwilioAccount } from './account.ts';
import { basic, messagesUrl } from './auth.ts';

export function get(url: string, account: TwilioAccount): HttpRequest {
  return { method: 'GET', url, headers: { authorization: basic(account), accept: 'application/json' } };
}

/** The next page of a list. Only of the account's own list: with our credentials, nothing else is asked for. */
export function nextPage(uri: unknown, account: TwilioAccount): HttpRequest | undefined {
  if (typeof uri !== 'string' || !URL.canParse(uri, account.baseUrl)) return undefined;
  const next = new URL(uri, account.baseUrl);
  const own = new URL(messagesUrl(account));
  return next.origin === own.origin && next.pathname === own.pathname && next.username === ''
    ? get(next.href, account)
    : undefined;
}
