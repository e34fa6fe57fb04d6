import { readFileSync } from 'node:fs';

import { type MediaKind, mediaKinds } from '../provider/provider.ts';

export type SampleKind = MediaKind;

/** The small files that the phone sends: a drawn card, a second of silence, a one-page PDF, a sticker. */
const files = {
  image: { name: 'card.png', mimeType: 'image/png' },
  audio: { name: 'voice.ogg', mimeType: 'audio/ogg; codecs=opus' },
  document: { name: 'referral.pdf', mimeType: 'application/pdf' },
  sticker: { name: 'sticker.webp', mimeType: 'image/webp' },
} as const satisfies Record<SampleKind, { name: string; mimeType: string }>;

export const sampleKinds = mediaKinds;

export function sample(kind: SampleKind): { name: string; mimeType: string; bytes: Uint8Array } {
  const file = files[kind];
  return { ...file, bytes: readFileSync(new URL(`./samples/${file.name}`, import.meta.url)) };
}
