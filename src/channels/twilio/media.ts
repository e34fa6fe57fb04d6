import type { InboundContent } from '../channel.ts';
import { filled, present } from '../json.ts';
import { type MediaCodec, mediaByUrl, weekMs } from '../media.ts';
import type { TwilioAccount } from './account.ts';
import { basic } from './auth.ts';
import type { Params } from './form.ts';

/** Twilio's own limit for any channel; WhatsApp has one file in a message. */
const maxFiles = 10;

type MediaAccount = Pick<TwilioAccount, 'baseUrl' | 'accountSid' | 'apiKey' | 'apiSecret' | 'mediaHosts'>;

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
 * Twilio keeps a file under the account's own path, behind its credentials, and answers with a redirect to a short-lived address of
 * its storage (four hours), which takes none: `mms.twiliocdn.com`, or Amazon's shared host where the account does not ask for
 * authentication of media.
 *
 * https://www.twilio.com/docs/messaging/api/media-resource
 * https://help.twilio.com/articles/223183748
 */
export const media: MediaCodec<MediaAccount> = mediaByUrl({
  lifeMs: weekMs,
  places: [
    { host: 'mms.twiliocdn.com', credentials: false },
    { host: 'media.twiliocdn.com', credentials: false },
    { host: 's3-external-1.amazonaws.com', path: '/media.twiliocdn.com/', credentials: false },
  ],
  own: ({ baseUrl }) => [baseUrl],
  headers: (account) => ({ authorization: basic(account) }),
  isOwn: ({ pathname }, { accountSid }) => pathname.startsWith(`/2010-04-01/Accounts/${accountSid}/`),
});
