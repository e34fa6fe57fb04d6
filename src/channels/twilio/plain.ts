import type { RenderRefusal } from '../channel.ts';
import { tooLong } from '../refusal.ts';
import { capabilities } from './capabilities.ts';
import type { Said } from './said.ts';

/** A text as it stands. */
export function plain(text: string): Said | RenderRefusal {
  const Body = text.toWellFormed();
  if (Body.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (Body.length > capabilities.textChars) return tooLong('text', capabilities.textChars, Body.length);
  return { Body };
}
