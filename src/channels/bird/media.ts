import type { MediaKind } from '../capabilities.ts';
import type { InboundContent } from '../channel.ts';
import { filled, id, isRecord, type Json, list, present, record, word } from '../meta/json.ts';

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
  return new URL(value).protocol === 'https:' ? value : undefined;
}
