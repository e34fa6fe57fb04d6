import type { Said, SaidFile } from '../provider/provider.ts';
import type { Json } from './fields.ts';

export type Spoken = { readonly type: string; readonly content: Json; readonly replyTo?: string };

/**
 * What a user says, as MessageBird names it; undefined for what it does not tell of: reactions. `store` keeps a file and gives back
 * its URL.
 */
export function spokenBy(said: Said, store: (file: SaidFile) => string): Spoken | undefined {
  switch (said.kind) {
    case 'text':
      return text(said);
    case 'tap':
      return tapped(said);
    case 'location': {
      const { kind: type, ...location } = said;
      return { type, content: { location } };
    }
    // Not in its types: that something came is told, not what.
    case 'contacts':
      return { type: 'contacts', content: {} };
    case 'reaction':
      return undefined;
    case 'unsupported':
      return { type: 'unsupported', content: {} };
    case 'raw':
      return { type: String(said.fields.type), content: said.fields };
    default: {
      const { kind, caption, file } = said;
      const url = store(file);
      if (kind === 'sticker') return { type: 'whatsappSticker', content: { whatsappSticker: { link: url } } };
      const type = kind === 'document' ? 'file' : kind;
      return { type, content: { [type]: { url, ...(caption === undefined ? {} : { caption }) } } };
    }
  }
}

function text({ text: said, replyTo }: Extract<Said, { kind: 'text' }>): Spoken {
  if (replyTo === undefined) return { type: 'text', content: { text: said } };
  const whatsappText = { text: { body: said }, context: { id: replyTo } };
  return { type: 'whatsappText', content: { whatsappText }, replyTo };
}

/** Documented for buttons. That a list's is named after Meta's, and a template's too, is not confirmed. */
function tapped({ to, via, choice }: Extract<Said, { kind: 'tap' }>): Spoken {
  const { id, title, description } = choice;
  if (via === 'template') {
    return { type: 'button', content: { button: { payload: id, text: title } }, replyTo: to };
  }
  const reply = { id, text: title, ...(description === undefined ? {} : { description }) };
  const type = via === 'list' ? 'list_reply' : 'button_reply';
  return { type: 'interactive', content: { interactive: { type, reply } }, replyTo: to };
}
