import type { Json } from '../meta/fields.ts';
import { type PhoneContent, PhoneError } from './content.ts';
import { type SampleKind, sampleKinds } from './samples.ts';
import type { Bubble } from './transcript.ts';

/** A file as the provider keeps it, for the message that refers to it. */
export type StoredFile = {
  readonly id: string;
  readonly mimeType: string;
  readonly sha256: string;
  readonly url: string;
};

type Media = Extract<PhoneContent, { kind: SampleKind }>;

export function isMedia(content: PhoneContent): content is Media {
  return sampleKinds.some((kind) => kind === content.kind);
}

/** Everything but files and taps: the fields of a `messages[]` entry, as Meta's webhook reference has them. */
export function fieldsOf(
  content: Exclude<PhoneContent, Media | { kind: 'tap' }>,
  businessPhone: string,
): Json {
  switch (content.kind) {
    case 'text':
      return {
        ...(content.replyTo === undefined ? {} : { context: { from: businessPhone, id: content.replyTo } }),
        type: 'text',
        text: { body: content.text },
      };
    case 'location': {
      const { kind: _, ...location } = content;
      return { type: 'location', location };
    }
    case 'contacts':
      return { type: 'contacts', contacts: content.contacts.map(sharedContact) };
    case 'reaction':
      return {
        type: 'reaction',
        reaction: {
          message_id: content.messageId,
          ...(content.emoji === '' ? {} : { emoji: content.emoji }),
        },
      };
    case 'unsupported':
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
        unsupported: { type: content.what },
      };
    case 'raw':
      return content.fields;
  }
}

function sharedContact({ name, phone }: { name: string; phone: string }): Json {
  const [first = name, ...rest] = name.split(' ');
  return {
    name: {
      formatted_name: name,
      first_name: first,
      ...(rest.length === 0 ? {} : { last_name: rest.join(' ') }),
    },
    phones: [{ phone, wa_id: phone.replace(/\D/g, ''), type: 'CELL' }],
    origin: 'other',
  };
}

/** A tap on a choice of a message that lies in the chat. Throws `PhoneError` when there is no such choice. */
export function tapFields(message: Bubble | undefined, choiceId: string, businessPhone: string): Json {
  if (message === undefined) throw new PhoneError('messageId', 'the id of a message in this chat', 'wamid.…');
  const context = { from: businessPhone, id: message.id };
  const button = message.buttons?.find(({ id }) => id === choiceId);
  if (button !== undefined && message.kind === 'template') {
    return { context, type: 'button', button: { payload: button.id, text: button.title } };
  }
  if (button !== undefined) {
    return { context, type: 'interactive', interactive: { type: 'button_reply', button_reply: button } };
  }
  const row = message.list?.sections.flatMap(({ rows }) => rows).find(({ id }) => id === choiceId);
  if (row !== undefined) {
    return { context, type: 'interactive', interactive: { type: 'list_reply', list_reply: row } };
  }
  const choices = [...(message.buttons ?? []), ...(message.list?.sections.flatMap(({ rows }) => rows) ?? [])];
  throw new PhoneError('choiceId', 'the id of a choice of this message', choices[0]?.id ?? 'yes');
}

/** A message with a file. Meta: `sha256` is base64 here, and the URL works for five minutes behind the token. */
export function mediaFields(content: Media, file: StoredFile, fileName: string): Json {
  const { kind, caption } = content;
  return {
    type: kind,
    [kind]: {
      ...(caption === undefined || kind === 'audio' || kind === 'sticker' ? {} : { caption }),
      ...(kind === 'document' ? { filename: fileName } : {}),
      mime_type: file.mimeType,
      sha256: Buffer.from(file.sha256, 'hex').toString('base64'),
      id: file.id,
      url: file.url,
      ...(kind === 'audio' ? { voice: true } : {}),
      ...(kind === 'sticker' ? { animated: false } : {}),
    },
  };
}
