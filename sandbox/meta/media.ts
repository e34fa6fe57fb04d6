import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from './clock.ts';
import { newNodeId } from './ids.ts';
import type { Store } from './store.ts';

/** Meta: media. Ids that came in a webhook live seven days … */
const inboundLivesMs = 7 * 24 * 3_600_000;

/** … and a download URL five minutes. */
const urlLivesMs = 5 * 60_000;

export type MediaFile = {
  readonly id: string;
  readonly phoneNumberId: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly fileName?: string;
};

export type NewMedia = Pick<MediaFile, 'phoneNumberId' | 'mimeType' | 'bytes'> & {
  readonly fileName?: string;
};

export type Media = {
  readonly add: (file: NewMedia) => MediaFile;
  /** Undefined when unknown, deleted or older than seven days. */
  readonly get: (id: string) => MediaFile | undefined;
  readonly remove: (id: string) => boolean;
  /** Path and query of a download that works for five minutes. */
  readonly urlPath: (id: string) => string;
  /** The file that a download URL names; undefined when the URL is wrong or too old. */
  readonly byUrl: (query: { mid?: string; ext?: string; hash?: string }) => MediaFile | undefined;
};

export function createMedia({ db }: Store, clock: Clock): Media {
  const key = randomBytes(32);
  const add = db.prepare(`
    insert into media (id, phone_number_id, mime_type, bytes, sha256, created_at, file_name)
    values (?, ?, ?, ?, ?, ?, ?)`);
  const get = db.prepare('select * from media where id = ? and created_at > ?');
  const remove = db.prepare('delete from media where id = ?');
  const sign = (id: string, expires: string) =>
    createHmac('sha256', key).update(`${id}.${expires}`).digest('base64url');
  const find = (id: string): MediaFile | undefined => {
    const row = get.get(id, clock.now() - inboundLivesMs);
    if (row === undefined || !(row.bytes instanceof Uint8Array)) return undefined;
    return {
      id,
      phoneNumberId: String(row.phone_number_id),
      mimeType: String(row.mime_type),
      bytes: row.bytes,
      sha256: String(row.sha256),
      ...(typeof row.file_name === 'string' ? { fileName: row.file_name } : {}),
    };
  };
  return {
    add: (file) => {
      const id = newNodeId();
      const sha256 = createHash('sha256').update(file.bytes).digest('hex');
      add.run(id, file.phoneNumberId, file.mimeType, file.bytes, sha256, clock.now(), file.fileName ?? null);
      return { ...file, id, sha256 };
    },
    get: find,
    remove: (id) => remove.run(id).changes > 0,
    urlPath: (id) => {
      const expires = String(clock.now() + urlLivesMs);
      return `/whatsapp_business/attachments/?mid=${id}&ext=${expires}&hash=${sign(id, expires)}`;
    },
    byUrl: ({ mid = '', ext = '', hash = '' }) => {
      const expected = Buffer.from(sign(mid, ext));
      const given = Buffer.from(hash);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      return Number(ext) > clock.now() ? find(mid) : undefined;
    },
  };
}
