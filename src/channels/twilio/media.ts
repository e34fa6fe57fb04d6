import type { HttpRequest } from '#kernel/http.ts';
import type { InboundContent } from '../channel.ts';
import { filled, present } from '../meta/json.ts';
import type { TwilioAccount } from './account.ts';
import { basic } from './auth.ts';
import type { Params } from './form.ts';

/** Twilio's own limit for any channel; WhatsApp has one file in a message. */
const maxFiles = 10;

type Media = Extract<InboundContent, { kind: 'media' }>;

/** The files of a message, in order; the caption goes with the first. A file without a usable address is `unknown`. */
export function readMedia(params: Params): readonly InboundContent[] {
  const files: InboundContent[] = [];
  for (let index = 0; index < maxFiles; index++) {
    const url = filled(params.get(`MediaUrl${index}`));
    if (url === undefined) break;
    files.push(readFile(url, params, index));
  }
  const announced = params.get('NumMedia') ?? '0';
  // Announced, and not there: that a file was sent must not be lost.
  if (files.length === 0 && /^[1-9]\d{0,2}$/.test(announced))
    return [{ kind: 'unknown', what: 'media.malformed' }];
  return files;
}

function readFile(url: string, params: Params, index: number): InboundContent {
  const mediaId = URL.canParse(url) ? idIn(new URL(url)) : undefined;
  if (mediaId === undefined) return { kind: 'unknown', what: 'media.malformed' };
  const mimeType = filled(params.get(`MediaContentType${index}`));
  return present({
    kind: 'media' as const,
    media: kindOf(mimeType, params.get('MessageType')),
    mediaId,
    mimeType,
    url,
    caption: index === 0 ? filled(params.get('Body')) : undefined,
  });
}

/** `…/Messages/MM…/Media/ME…`; of another form, the last part of the path. */
function idIn(url: URL): string | undefined {
  const last = url.pathname.split('/').findLast((part) => part !== '');
  return last !== undefined && /^[\w.-]{1,200}$/.test(last) ? last : undefined;
}

function kindOf(mimeType: string | undefined, messageType: string | undefined): Media['media'] {
  if (messageType === 'sticker') return 'sticker';
  const [type] = (mimeType ?? '').toLowerCase().split('/');
  return type === 'image' || type === 'audio' || type === 'video' ? type : 'document';
}

/**
 * The request that fetches a file, or undefined where its address is not the account's own at Twilio: nothing is ever fetched from
 * elsewhere. Twilio answers with a redirect to a short-lived address of its storage; the credentials must not go there.
 *
 * https://www.twilio.com/docs/messaging/api/media-resource
 */
export function mediaRequest(
  url: string,
  account: Pick<TwilioAccount, 'baseUrl' | 'accountSid' | 'apiKey' | 'apiSecret'>,
): HttpRequest | undefined {
  if (!URL.canParse(url)) return undefined;
  const { origin, pathname, username } = new URL(url);
  const isOwn = pathname.includes(`/Accounts/${account.accountSid}/`);
  if (origin !== new URL(account.baseUrl).origin || username !== '' || !isOwn) return undefined;
  return { method: 'GET', url, headers: { authorization: basic(account) } };
}
