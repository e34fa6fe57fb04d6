import type { MediaKind, Row, Said } from '../provider/provider.ts';
import type { Json } from './fields.ts';

/** A file as Meta keeps it, for the message that refers to it. */
export type StoredFile = {
  readonly id: string;
  readonly mimeType: string;
  readonly sha256: string;
  readonly url: string;
};

type Media = Extract<Said, { kind: MediaKind }>;

/** The fields of a `messages[]` entry, as Meta's webhook reference has them. `store` keeps the file of a message with one. */
export function fieldsOf(
  said: Said,
  businessPhone: string,
  store: (file: Media['file']) => StoredFile,
): Json {
  switch (said.kind) {
    case 'text':
      return {
        ...(said.replyTo === undefined ? {} : { context: { from: businessPhone, id: said.replyTo } }),
        type: 'text',
        text: { body: said.text },
      };
    case 'tap':
      return { context: { from: businessPhone, id: said.to }, ...tapFields(said.via, said.choice) };
    case 'location': {
      const { kind: _, ...location } = said;
      return { type: 'location', location };
    }
    case 'contacts':
      return { type: 'contacts', contacts: said.contacts.map((each) => sharedContact(each, said.requested)) };
    case 'reaction':
      return {
        type: 'reaction',
        reaction: {
          message_id: said.messageId,
          ...(said.emoji === '' ? {} : { emoji: said.emoji }),
        },
      };
    case 'unsupported':
      return unsupported(said.what);
    case 'raw':
      return said.fields;
    default:
      return mediaFields(said, store(said.file));
  }
}

function unsupported(what: string): Json {
  return {
    type: 'unsupported',
    errors: [
      {
        code: 131051,
        title: 'Message type unknown',
        message: 'Message type unknown',
        error_data: { details: 'Message type is currently not supported.' },
      },
    ],
    unsupported: { type: what },
  };
}

/** One card, as Meta has it; `requested` as in `Said`. */
export function sharedContact({ name, phone }: { name: string; phone: string }, requested?: true): Json {
  const [first = name, ...rest] = name.split(' ');
  return {
    name: {
      formatted_name: name,
      first_name: first,
      ...(rest.length === 0 ? {} : { last_name: rest.join(' ') }),
    },
    phones: [{ phone, wa_id: phone.replace(/\D/g, ''), type: 'CELL' }],
    origin: requested ? 'contact_request' : 'other',
  };
}

function tapFields(via: 'button' | 'list' | 'template', { id, title, description }: Row): Json {
  if (via === 'template') return { type: 'button', button: { payload: id, text: title } };
  if (via === 'button') {
    return { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } };
  }
  const row = { id, title, ...(description === undefined ? {} : { description }) };
  return { type: 'interactive', interactive: { type: 'list_reply', list_reply: row } };
}

/** A message with a file. Meta: `sha256` is base64 here, and the URL works for five minutes behind the token. */
function mediaFields({ kind, caption, file }: Media, stored: StoredFile): Json {
  return {
    type: kind,
    [kind]: {
      ...(caption === undefined || kind === 'audio' || kind === 'sticker' ? {} : { caption }),
      ...(kind === 'document' ? { filename: file.name } : {}),
      mime_type: stored.mimeType,
      sha256: Buffer.from(stored.sha256, 'hex').toString('base64'),
      id: stored.id,
      url: stored.url,
      ...(kind === 'audio' ? { voice: true } : {}),
      ...(kind === 'sticker' ? { animated: false } : {}),
    },
  };
}
