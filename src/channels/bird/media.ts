import type { MediaKind } from '../capabilities.ts';
import type { InboundContent } from '../channel.ts';
import { filled, id, isRecord, type Json, list, present, record, word } from '../json.ts';
import { type MediaCodec, mediaByUrl, weekMs } from '../media.ts';
import type { BirdAccount } from './account.ts';

type MediaAccount = Pick<BirdAccount, 'baseUrl' | 'accessKey' | 'mediaHosts'>;

/** More files than one message of WhatsApp ever holds; what lies beyond is one more, unread. */
const maxFiles = 30;

const mimeShape = /^[\w.+-]{1,100}\/[\w.+-]{1,100}(?:;.{0,100})?$/;

/**
 * The files of a message: `image.images` (pictures and stickers) or `file.files` (everything else), each under a URL that the
 * account's access key opens. Bird gives them no ids, so ours are the message's id and the place. A caption stands beside the list
 * and is told with the first.
 */
export function readMedia(body: Json, payload: Json): readonly InboundContent[] {
  const isImage = body.type === 'image';
  const content = record(isImage ? body.image : body.file);
  const files = list(isImage ? content.images : content.files);
  const caption = filled(content.text);
  const messageId = id(payload.id) ?? '';
  return files.slice(0, maxFiles).map((value, index): InboundContent => {
    const file = record(value);
    const url = webAddress(file.mediaUrl);
    if (!isRecord(value) || url === undefined)
      return { kind: 'unknown', what: `${word(body.type)}.malformed` };
    const mimeType = readMime(file.contentType);
    return present({
      kind: 'media' as const,
      media: isImage ? kindOfImage(mimeType) : kindOfFile(mimeType),
      mediaId: `${messageId}/${index}`,
      mimeType,
      url,
      caption: index === 0 ? caption : undefined,
      fileName: filled(file.filename),
    });
  });
}

/** Pictures of WhatsApp are JPEG or PNG; only stickers are WebP. */
function kindOfImage(mimeType: string | undefined): MediaKind {
  return mimeType?.startsWith('image/webp') ? 'sticker' : 'image';
}

function kindOfFile(mimeType: string | undefined): MediaKind {
  if (mimeType?.startsWith('audio/')) return 'audio';
  if (mimeType?.startsWith('video/')) return 'video';
  return mimeType?.startsWith('image/') ? kindOfImage(mimeType) : 'document';
}

function readMime(value: unknown): string | undefined {
  const mime = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return mimeShape.test(mime) ? mime : undefined;
}

/** Whether its host may be fetched from is decided where it is fetched. */
function webAddress(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 4096 || !URL.canParse(value)) return undefined;
  return ['https:', 'http:'].includes(new URL(value).protocol) ? value : undefined;
}

/**
 * Bird's media hosts want the access key, and answer with a redirect to an address in its bucket at Amazon that runs out after fifteen
 * minutes and takes no credentials. The bucket's name is from Bird's own page; that other regions name theirs alike is not confirmed
 * (`mediaHosts` of the account).
 *
 * https://docs.bird.com/api/conversations-api/api-reference/conversations-messaging/create-pre-signed-upload
 */
export const media: MediaCodec<MediaAccount> = mediaByUrl({
  lifeMs: weekMs,
  places: [
    { host: 'media.api.bird.com', credentials: true },
    { host: 'media.nest.messagebird.com', credentials: true },
    {
      host: /^channels--message-media--151603429280--[a-z0-9]{2,12}\.s3\.[a-z]{2}-[a-z]{4,12}-\d\.amazonaws\.com$/,
      credentials: false,
    },
  ],
  own: ({ baseUrl }) => [baseUrl],
  headers: ({ accessKey }) => ({ authorization: `AccessKey ${accessKey}` }),
});
