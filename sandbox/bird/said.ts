import type { Body, Said, SaidFile } from '../provider/provider.ts';

export type Spoken = {
  /** Bird's `body`. */
  readonly body: object;
  readonly shown: Body;
  readonly replyTo?: { readonly id: string; readonly order?: number; readonly type?: string };
};

/** What a user says, as Bird names it. `store` keeps a file and gives back its URL. */
export function spokenBy(said: Said, store: (file: SaidFile) => string): Spoken {
  switch (said.kind) {
    case 'text': {
      const reply = said.replyTo === undefined ? {} : { replyTo: { id: said.replyTo } };
      return { body: textBody(said.text), shown: { kind: 'text', text: said.text }, ...reply };
    }
    // As integrations report a tap: the label as text, with the one action that was tapped.
    case 'tap': {
      const { id: payload, title: text } = said.choice;
      const actions = [{ type: 'postback', postback: { text, payload } }];
      return {
        body: { type: 'text', text: { text, actions } },
        shown: { kind: 'text', text },
        replyTo: { id: said.to, order: 0, type: 'click' },
      };
    }
    case 'location': {
      const { latitude, longitude, name, address } = said;
      const named = name === undefined ? {} : { name };
      const location = { coordinates: { latitude, longitude }, ...named, ...(address && { address }) };
      return {
        body: { type: 'location', location },
        shown: { kind: 'location', location: { latitude, longitude, ...named } },
      };
    }
    case 'contacts': {
      const text = said.contacts.map(({ name }) => name).join(', ');
      return { body: { type: 'contacts', contacts: said.contacts }, shown: { kind: 'contacts', text } };
    }
    case 'reaction': {
      const reaction = { messageId: said.messageId, ...(said.emoji && { emoji: said.emoji }) };
      return { body: { type: 'reaction', reaction }, shown: { kind: 'reaction', text: said.emoji } };
    }
    case 'unsupported':
      return { body: { type: 'unsupported' }, shown: { kind: 'unsupported' } };
    case 'raw':
      return { body: said.fields, shown: { kind: 'raw' } };
    default:
      return media(said, store(said.file));
  }
}

function textBody(text: string): object {
  return { type: 'text', text: { text } };
}

function media(
  { kind, caption, file }: Extract<Said, { readonly file: SaidFile }>,
  mediaUrl: string,
): Spoken {
  const one = { mediaUrl, contentType: file.mimeType };
  const text = caption === undefined ? {} : { text: caption };
  const isImage = kind === 'image' || kind === 'sticker';
  const body = isImage
    ? { type: 'image', image: { images: [one], ...text } }
    : { type: 'file', file: { files: [{ ...one, filename: file.name }], ...text } };
  return {
    body,
    shown: {
      kind,
      ...(caption === undefined ? {} : { caption }),
      ...(kind === 'document' ? { fileName: file.name } : {}),
    },
  };
}
