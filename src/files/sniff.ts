/**
 * What a file is by its first bytes, whatever its sender says. A look, and no proof: a file can be several things at once, so what is
 * shown to anybody is made anew from it later.
 */

/** Bytes of the beginning that are looked at. */
export const sniffBytes = 4096;

type Mark = readonly [at: number, bytes: string | readonly number[]];

type Kind = { readonly type: string; readonly marks: readonly Mark[] };

/**
 * The first row all of whose marks are there counts.
 * Sources: IANA media types; WHATWG, "MIME Sniffing"; ISO/IEC 14496-12 (`ftyp`); RFC 4867 (AMR); RFC 3533 (Ogg).
 */
const kinds: readonly Kind[] = [
  { type: 'image/jpeg', marks: [[0, [0xff, 0xd8, 0xff]]] },
  { type: 'image/png', marks: [[0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]] },
  { type: 'image/gif', marks: [[0, 'GIF87a']] },
  { type: 'image/gif', marks: [[0, 'GIF89a']] },
  {
    type: 'image/webp',
    marks: [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  },
  {
    type: 'audio/wav',
    marks: [
      [0, 'RIFF'],
      [8, 'WAVE'],
    ],
  },
  { type: 'image/tiff', marks: [[0, [0x49, 0x49, 0x2a, 0x00]]] },
  { type: 'image/tiff', marks: [[0, [0x4d, 0x4d, 0x00, 0x2a]]] },
  {
    type: 'image/bmp',
    marks: [
      [0, 'BM'],
      [6, [0, 0, 0, 0]],
    ],
  },
  { type: 'image/heic', marks: [[4, 'ftyphei']] },
  { type: 'image/heic', marks: [[4, 'ftyphev']] },
  { type: 'image/heic', marks: [[4, 'ftypmif1']] },
  { type: 'image/avif', marks: [[4, 'ftypavif']] },
  { type: 'audio/mp4', marks: [[4, 'ftypM4A']] },
  { type: 'video/3gpp', marks: [[4, 'ftyp3g']] },
  { type: 'video/quicktime', marks: [[4, 'ftypqt']] },
  { type: 'video/mp4', marks: [[4, 'ftyp']] },
  { type: 'video/webm', marks: [[0, [0x1a, 0x45, 0xdf, 0xa3]]] },
  { type: 'audio/ogg', marks: [[0, 'OggS']] },
  { type: 'audio/amr', marks: [[0, '#!AMR']] },
  { type: 'audio/mpeg', marks: [[0, 'ID3']] },
  { type: 'audio/aac', marks: [[0, [0xff, 0xf1]]] },
  { type: 'audio/aac', marks: [[0, [0xff, 0xf9]]] },
  { type: 'audio/mpeg', marks: [[0, [0xff, 0xfb]]] },
  { type: 'audio/mpeg', marks: [[0, [0xff, 0xf3]]] },
  { type: 'audio/mpeg', marks: [[0, [0xff, 0xf2]]] },
  { type: 'application/pdf', marks: [[0, '%PDF-']] },
  { type: 'application/zip', marks: [[0, [0x50, 0x4b, 0x03, 0x04]]] },
  { type: 'application/zip', marks: [[0, [0x50, 0x4b, 0x05, 0x06]]] },
  { type: 'application/x-ole-storage', marks: [[0, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]]] },
  { type: 'application/rtf', marks: [[0, '{\\rtf']] },
  { type: 'application/gzip', marks: [[0, [0x1f, 0x8b]]] },
  { type: 'application/x-7z-compressed', marks: [[0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]]] },
  { type: 'application/vnd.rar', marks: [[0, 'Rar!']] },
  { type: 'application/x-msdownload', marks: [[0, 'MZ']] },
  { type: 'application/x-elf', marks: [[0, [0x7f, 0x45, 0x4c, 0x46]]] },
  { type: 'application/x-mach-binary', marks: [[0, [0xcf, 0xfa, 0xed, 0xfe]]] },
  { type: 'application/java-vm', marks: [[0, [0xca, 0xfe, 0xba, 0xbe]]] },
  { type: 'application/x-sh', marks: [[0, '#!']] },
];

function hasMark(head: Uint8Array, [at, bytes]: Mark): boolean {
  const wanted = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
  return Buffer.from(head.subarray(at, at + wanted.length)).equals(wanted);
}

/**
 * The media type by the first bytes (`sniffBytes` of them are enough); undefined where it is none that we know.
 * @param isWhole these are all bytes there are
 */
export function sniff(head: Uint8Array, isWhole = head.length < sniffBytes): string | undefined {
  return (
    kinds.find(({ marks }) => marks.every((mark) => hasMark(head, mark)))?.type ?? sniffText(head, isWhole)
  );
}

/** Bytes that no text has: what tells a file of bytes from one of letters. Tab, line ends, form feed and escape may stand in one. */
const isNoText = (byte: number) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27);

function readText(head: Uint8Array, isWhole: boolean): string | undefined {
  if (head.length === 0 || head.some(isNoText)) return undefined;
  try {
    // The last character may be cut.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

function sniffText(head: Uint8Array, isWhole: boolean): string | undefined {
  const text = readText(head, isWhole);
  if (text === undefined) return undefined;
  const start = text.trimStart().slice(0, 1024).toLowerCase();
  if (/^<(!doctype html|html|head|body|script|iframe)\b/.test(start)) return 'text/html';
  if (start.includes('<svg')) return 'image/svg+xml';
  if (start.startsWith('<?xml')) return 'application/xml';
  return 'text/plain';
}

/** Types that are one and the same thing to their first bytes. */
const families: readonly RegExp[] = [
  /^(audio|video)\/(mp4|3gpp2?|quicktime|x-m4a|m4a|aac)$/,
  /^audio\/(mpeg|mp3|aac|x-mpeg)$/,
  /^(audio|video|application)\/(ogg|opus)$/,
  /^(application\/(zip|x-zip-compressed|epub\+zip)|application\/vnd\.(openxmlformats-officedocument|oasis\.opendocument)\..+)$/,
  /^application\/(x-ole-storage|msword|vnd\.ms-(excel|powerpoint|outlook))$/,
  /^image\/(heic|heif)$/,
  /^(application|text)\/rtf$/,
  /^(text\/(plain|csv|vcard|x-vcard|calendar|markdown)|application\/json)$/,
  /^(application|text)\/xml$/,
];

/** `IMAGE/JPEG; charset=x` as `image/jpeg`; undefined where it is no media type. */
export function readMimeType(value: string | undefined): string | undefined {
  const type = value?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,99}$/.test(type) ? type : undefined;
}

/** Whether a file is what it was said to be. Of what nothing was said, or nothing is known, nobody can tell: it is not. */
export function agrees(sniffed: string | undefined, declared: string | undefined): boolean {
  const said = readMimeType(declared);
  if (sniffed === undefined || said === undefined) return false;
  return sniffed === said || families.some((family) => family.test(sniffed) && family.test(said));
}
