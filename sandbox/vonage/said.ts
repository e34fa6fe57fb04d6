import type { Json } from '../meta/fields.ts';
import { sharedContact } from '../meta/said.ts';
import type { Said, SaidFile } from '../provider/provider.ts';

/** What a user says, as Vonage names it. `store` keeps a file and gives back its URL. */
export function contentOf(said: Said, store: (file: SaidFile) => string): Json {
  switch (said.kind) {
    case 'text':
      return { message_type: 'text', text: said.text, ...quoting(said.replyTo) };
    case 'tap': {
      const { id, title, description } = said.choice;
      const context = quoting(said.to);
      if (said.via === 'template')
        return { message_type: 'button', button: { payload: id, text: title }, ...context };
      const reply = { id, title, ...(description === undefined ? {} : { description }) };
      return { message_type: 'reply', reply, ...context };
    }
    case 'location': {
      const { latitude: lat, longitude: long, name, address } = said;
      const more = { ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) };
      return { message_type: 'location', location: { lat, long, ...more } };
    }
    // The shape is not documented; Meta's is the likely one.
    case 'contacts':
      return {
        message_type: 'contact',
        contact: { contacts: said.contacts.map((each) => sharedContact(each, said.requested)) },
      };
    case 'reaction': {
      const { emoji } = said;
      const reaction = emoji === '' ? { action: 'unreact' } : { action: 'react', emoji };
      return { message_type: 'reaction', reaction, ...quoting(said.messageId) };
    }
    case 'unsupported':
      return {
        message_type: 'unsupported',
        provider_message: 'Message type is currently not supported.',
      };
    case 'raw':
      return said.fields;
    default: {
      const { kind, caption, file } = said;
      const url = store(file);
      const more = caption === undefined ? {} : { caption };
      if (kind === 'document') return { message_type: 'file', file: { url, name: file.name, ...more } };
      return { message_type: kind, [kind]: { url, ...more } };
    }
  }
}

function quoting(uuid: string | undefined): Json {
  return uuid === undefined ? {} : { context: { message_uuid: uuid } };
}
