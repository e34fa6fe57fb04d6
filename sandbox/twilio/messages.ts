import { randomBytes } from 'node:crypto';

/** A message as the API shows it. */
export type Message = {
  readonly sid: string;
  readonly account_sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly direction: 'inbound' | 'outbound-api';
  readonly num_media: string;
  readonly num_segments: string;
  readonly date_created: string;
  readonly api_version: '2010-04-01';
  readonly uri: string;
  readonly status: string;
  readonly date_sent: string | null;
  readonly error_code: number | null;
  readonly error_message: string | null;
};

export type NewMessage = Pick<Message, 'account_sid' | 'to' | 'from' | 'body' | 'direction' | 'status'> & {
  readonly atMs: number;
  readonly media?: number;
};

/** As Twilio writes times: RFC 2822, GMT. */
export function rfc2822(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}

export function newMessage(given: NewMessage): Message {
  const { account_sid, to, from, body, direction, status, atMs, media = 0 } = given;
  const sid = `${media > 0 ? 'MM' : 'SM'}${randomBytes(16).toString('hex')}`;
  return {
    sid,
    account_sid,
    to,
    from,
    body,
    direction,
    num_media: String(media),
    num_segments: '1',
    date_created: rfc2822(atMs),
    api_version: '2010-04-01',
    uri: `/2010-04-01/Accounts/${account_sid}/Messages/${sid}.json`,
    status,
    date_sent: direction === 'inbound' ? rfc2822(atMs) : null,
    error_code: null,
    error_message: null,
  };
}

/** A page of the list, the newest first. */
export function listed(messages: readonly Message[], query: URLSearchParams, path: string): object {
  const size = Math.min(Math.max(Number(query.get('PageSize') ?? 50) || 50, 1), 1000);
  const page = Math.max(Number(query.get('Page') ?? 0) || 0, 0);
  const since = query.get('DateSent>');
  const found = messages
    .filter(({ to }) => !query.has('To') || to === query.get('To'))
    .filter(({ from }) => !query.has('From') || from === query.get('From'))
    .filter(({ date_created }) => since === null || Date.parse(date_created) >= Date.parse(since))
    .toReversed();
  const next = new URLSearchParams(query);
  next.set('Page', String(page + 1));
  return {
    messages: found.slice(page * size, (page + 1) * size),
    page,
    page_size: size,
    next_page_uri: (page + 1) * size < found.length ? `${path}?${next}` : null,
  };
}
