import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import type { InboundContent } from './channel.ts';

/**
 * Glossary of the media words.
 *
 * - **place**: where a provider keeps files: a host, as data. Nothing is fetched from anywhere else, whatever a delivery or a redirect
 *   says.
 * - **step**: what is to be done next about a file: ask where it lies, fetch it, wait, or give it up. A codec makes them and reads the
 *   answers; only the job that wants the file touches a socket.
 */

export type InboundMedia = Extract<InboundContent, { kind: 'media' }>;

/** Always `https`, without a port. A simulator is a place by the account's own base URL (`ownOrigins`). */
export type MediaPlace = {
  /** The whole host. */
  readonly host: string | RegExp;
  /** What the path begins with, where the host is shared with strangers; ends with a slash. */
  readonly path?: string;
  /** Whether the account's credentials may go there. */
  readonly credentials: boolean;
};

/** What the provider said of a file beforehand; what comes must be that. */
export type Announced = {
  /** Hexadecimal, lower case. */
  readonly sha256?: string;
  readonly bytes?: number;
  readonly mimeType?: string;
};

/**
 * Why a file is given up: it is not there any more (`GONE`), lies where nothing is fetched from (`NOT_ALLOWED`), has no address
 * (`NO_ADDRESS`), is larger than what is kept (`TOO_LARGE`), or the provider does not give it to us (`REFUSED`).
 */
export type MediaEnd = 'GONE' | 'NOT_ALLOWED' | 'NO_ADDRESS' | 'TOO_LARGE' | 'REFUSED';

type Call = {
  readonly request: HttpRequest;
  /** Whether what `authorize` of the channel makes, where it makes something, is to be added. Never so for another's host. */
  readonly withToken: boolean;
};

/** A short answer says where the file lies. */
export type AskStep = Call & { readonly kind: 'ask' };

/** The answer with status 200 is the file. */
export type FetchStep = Call & {
  readonly kind: 'fetch';
  readonly announced: Announced;
  /** The provider was asked for the address just now, so that asking again does not help. */
  readonly asked: boolean;
  /** How many redirects led here. */
  readonly hops: number;
};

export type MediaStep =
  | AskStep
  | FetchStep
  /** To be begun anew later. What came so `atMost` times ends it, as `endAs`. */
  | {
      readonly kind: 'wait';
      readonly code: string;
      readonly afterMs?: number;
      readonly atMost?: number;
      readonly endAs?: MediaEnd;
    }
  | { readonly kind: 'end'; readonly code: MediaEnd };

/** What of a channel fetches the files that came in. Pure, as the rest of the codec. */
export type MediaCodec<Account> = {
  /** Milliseconds after it was sent in which a file can be had; after that nobody asks any more. */
  readonly lifeMs: number;
  readonly begin: (media: InboundMedia, account: Account) => MediaStep;
  /** What follows from an answer: any to `ask`; to `fetch`, one that is not the file. */
  readonly next: (
    step: AskStep | FetchStep,
    answer: HttpResponse,
    media: InboundMedia,
    account: Account,
  ) => MediaStep;
  /** Whether anything may be fetched from there: asked again of every address, before a connection is made. */
  readonly allows: (url: string, account: Account) => boolean;
};

/** The providers say between seven days and for ever; what was not had in seven days will not be. */
export const weekMs = 7 * 24 * 3_600_000;

const minuteMs = 60_000;
const maxUrlChars = 4096;

/** A redirect to the storage, and one within it. */
const maxHops = 3;

/** Hosts named in an account's settings, for what a provider moved: they get no credentials. */
export type WithMediaHosts = { readonly mediaHosts?: readonly string[] };

type Judged = { readonly url: string; readonly credentials: boolean };

/**
 * Judges an address as the URL parser reads it, so that numbers as hosts, escapes and backslashes are what they are to the socket.
 * Undefined where nothing is fetched from there: another scheme, a port, credentials of its own, a host that is no place.
 * @param own base URLs of the account: their origins are places, whatever their scheme and port
 */
export function judge(
  value: string | undefined,
  own: readonly string[],
  places: readonly MediaPlace[],
): Judged | undefined {
  const url = value === undefined || value.length > maxUrlChars ? null : URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  url.hash = '';
  if (own.some((base) => URL.parse(base)?.origin === url.origin)) return { url: url.href, credentials: true };
  if (url.protocol !== 'https:' || url.port !== '') return undefined;
  const place = places.find(({ host, path = '/' }) => isHost(host, url.hostname) && isUnder(path, url));
  return place && { url: url.href, credentials: place.credentials };
}

function isHost(host: string | RegExp, hostname: string): boolean {
  return typeof host === 'string' ? host === hostname : host.test(hostname);
}

/** Escaped slashes and dots are read differently by different servers: where the path matters, there are none. */
function isUnder(path: string, { pathname }: URL): boolean {
  return pathname.startsWith(path) && (path === '/' || !/%2f|%2e|%5c/i.test(pathname));
}

/** Places of an account's own settings. */
export function placesNamed({ mediaHosts = [] }: WithMediaHosts): readonly MediaPlace[] {
  return mediaHosts.map((host) => ({ host: host.toLowerCase(), credentials: false }));
}

/** Hexadecimal or base64, as the provider likes; undefined where it is no SHA-256. */
export function readSha256(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : undefined;
}

/**
 * Where a redirect leads: to fetch from there, or nowhere. Credentials stay with the host that they were given to, and do not come
 * back once the way has left it.
 */
export function redirected(
  step: FetchStep,
  answer: HttpResponse,
  judgeUrl: (url: string) => Judged | undefined,
): MediaStep {
  const location = answer.headers.location;
  const target = location === undefined ? null : URL.parse(location, step.request.url);
  const judged = target === null ? undefined : judgeUrl(target.href);
  if (judged === undefined || step.hops >= maxHops) return { kind: 'end', code: 'NOT_ALLOWED' };
  const isSame = new URL(judged.url).origin === new URL(step.request.url).origin;
  const { authorization, ...plain } = step.request.headers;
  const headers = isSame && authorization !== undefined ? step.request.headers : plain;
  return {
    ...step,
    request: { method: 'GET', url: judged.url, headers },
    withToken: isSame && step.withToken,
    hops: step.hops + 1,
  };
}

export const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** Longer than this no header makes a file wait. */
const longestToldMs = 60 * minuteMs;

/** `Retry-After` in seconds; a date would need a clock. */
export function toldMs({ headers }: HttpResponse): number | undefined {
  const header = headers['retry-after'] ?? '';
  return /^\d{1,9}$/.test(header) ? Math.min(Number(header) * 1000, longestToldMs) : undefined;
}

/**
 * What an answer without the file means by its status alone.
 *
 * 404 is not final at once: a file may be told of before it can be had. 401 and 403 at the storage that a redirect led to mean that
 * its short-lived address has run out; at the provider itself, that somebody must mend the account.
 */
export function byStatus(answer: HttpResponse, hops: number): MediaStep {
  const { status } = answer;
  const code = `HTTP_${status}`;
  if (status === 410) return { kind: 'end', code: 'GONE' };
  if (status === 413) return { kind: 'end', code: 'TOO_LARGE' };
  if (status === 404) return { kind: 'wait', code, atMost: 6, endAs: 'GONE' };
  if (status === 401 || status === 402 || status === 403)
    return hops > 0
      ? { kind: 'wait', code, atMost: 6, endAs: 'REFUSED' }
      : { kind: 'wait', code, afterMs: 15 * minuteMs };
  const told = toldMs(answer);
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: 'wait', code, ...(told === undefined ? {} : { afterMs: told }) };
  return { kind: 'wait', code, atMost: 3, endAs: 'REFUSED' };
}

/** Where an account's files lie, and how it shows itself there. */
export type Storage<Account> = {
  readonly lifeMs: number;
  readonly places: readonly MediaPlace[];
  /** Base URLs of the account. */
  readonly own: (account: Account) => readonly string[];
  /** Headers with credentials that stand in the account. */
  readonly headers?: (account: Account) => Readonly<Record<string, string>>;
  /** The channel's `authorize` makes a token for each call. */
  readonly withToken?: boolean;
  /** Of an address at the provider: whether it is the account's own. */
  readonly isOwn?: (url: URL, account: Account) => boolean;
};

/** The codec for providers whose deliveries carry the file's address. */
export function mediaByUrl<Account extends WithMediaHosts>(storage: Storage<Account>): MediaCodec<Account> {
  const judgeFor = (account: Account) => (url: string | undefined) =>
    judge(url, storage.own(account), [...storage.places, ...placesNamed(account)]);
  return {
    lifeMs: storage.lifeMs,
    begin(media, account) {
      if (media.url === undefined) return { kind: 'end', code: 'NO_ADDRESS' };
      const judged = judgeFor(account)(media.url);
      if (judged === undefined) return { kind: 'end', code: 'NOT_ALLOWED' };
      const { url, credentials } = judged;
      if (credentials && storage.isOwn?.(new URL(url), account) === false)
        return { kind: 'end', code: 'NOT_ALLOWED' };
      return fetchFrom(url, credentials ? (storage.headers?.(account) ?? {}) : {}, {
        withToken: credentials && storage.withToken === true,
        announced: announcedIn(media),
        asked: false,
      });
    },
    next(step, answer, _media, account) {
      if (step.kind === 'ask') return { kind: 'end', code: 'REFUSED' };
      if (isRedirect(answer.status)) return redirected(step, answer, judgeFor(account));
      return byStatus(answer, step.hops);
    },
    allows: (url, account) => judgeFor(account)(url) !== undefined,
  };
}

/** Nothing compressed: a file is measured as it comes, and unpacks to no more than that. */
export function fetchFrom(
  url: string,
  headers: Readonly<Record<string, string>>,
  more: Pick<FetchStep, 'withToken' | 'announced' | 'asked'>,
): FetchStep {
  const plain = { accept: '*/*', 'accept-encoding': 'identity' };
  return {
    kind: 'fetch',
    request: { method: 'GET', url, headers: { ...plain, ...headers } },
    hops: 0,
    ...more,
  };
}

export function announcedIn({ sha256, mimeType }: Pick<InboundMedia, 'sha256' | 'mimeType'>): Announced {
  const hash = readSha256(sha256);
  return {
    ...(hash === undefined ? {} : { sha256: hash }),
    ...(mimeType === undefined ? {} : { mimeType }),
  };
}
