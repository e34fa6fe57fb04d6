import type { Body, Said, SaidFile } from '../provider/provider.ts';
import type { SaidParams } from './params.ts';

/** What a user says, as Twilio's parameters name it, and as it stands on their own phone. */
export type Spoken = { readonly params: SaidParams; readonly shown: Body; readonly replyTo?: string };

/** `store` keeps a file and gives back its URL. */
export function spokenBy(said: Said, store: (file: SaidFile) => string): Spoken {
  switch (said.kind) {
    case 'text':
      return {
        params: { MessageType: 'text', Body: said.text, ...quoting(said.replyTo) },
        shown: { kind: 'text', text: said.text },
        ...(said.replyTo === undefined ? {} : { replyTo: said.replyTo }),
      };
    case 'tap':
      return tapped(said);
    case 'location':
      return location(said);
    // Twilio hands a card on as a file.
    case 'contacts': {
      const bytes = Buffer.from(said.contacts.map(card).join('\r\n'));
      const file = { name: 'contact.vcf', mimeType: 'text/vcard', bytes };
      const names = said.contacts.map(({ name }) => name).join(', ');
      return {
        params: { MessageType: 'contacts', ...oneFile(store(file), file.mimeType) },
        shown: { kind: 'contacts', text: names },
      };
    }
    case 'reaction':
      return {
        params: { MessageType: 'reaction', Body: said.emoji, OriginalRepliedMessageSid: said.messageId },
        shown: { kind: 'reaction', text: said.emoji },
      };
    case 'unsupported':
      return { params: { MessageType: 'unsupported' }, shown: { kind: 'unsupported' } };
    case 'raw': {
      const fields = Object.entries(said.fields).map(([name, value]) => [name, String(value)]);
      return { params: Object.fromEntries(fields), shown: { kind: 'raw' } };
    }
    default: {
      const { kind, caption, file } = said;
      return {
        params: {
          MessageType: kind,
          ...oneFile(store(file), file.mimeType),
          ...(caption === undefined ? {} : { Body: caption }),
        },
        shown: {
          kind,
          ...(caption === undefined ? {} : { caption }),
          ...(kind === 'document' ? { fileName: file.name } : {}),
        },
      };
    }
  }
}

function quoting(sid: string | undefined): SaidParams {
  return sid === undefined ? {} : { OriginalRepliedMessageSid: sid };
}

/** A template's button is a `button`; what was asked within the window is `interactive`. */
function tapped({ to, via, choice }: Extract<Said, { kind: 'tap' }>): Spoken {
  const { id, title, description } = choice;
  const chosen =
    via === 'list'
      ? { ListId: id, ListTitle: title, ...(description && { ListDescription: description }) }
      : { ButtonPayload: id, ButtonText: title };
  const MessageType = via === 'template' ? 'button' : 'interactive';
  return {
    params: { MessageType, Body: title, ...chosen, ...quoting(to) },
    shown: { kind: 'text', text: title },
    replyTo: to,
  };
}

function location({ latitude, longitude, name, address }: Extract<Said, { kind: 'location' }>): Spoken {
  return {
    params: {
      MessageType: 'location',
      Latitude: String(latitude),
      Longitude: String(longitude),
      ...(name === undefined ? {} : { Label: name }),
      ...(address === undefined ? {} : { Address: address }),
    },
    shown: {
      kind: 'location',
      location: { latitude, longitude, ...(name === undefined ? {} : { name }) },
    },
  };
}

function oneFile(url: string, mimeType: string): SaidParams {
  return { NumMedia: '1', MediaUrl0: url, MediaContentType0: mimeType };
}

function card({ name, phone }: { readonly name: string; readonly phone: string }): string {
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `N:;${name};;;`, `FN:${name}`];
  return [...lines, `TEL;type=CELL;waid=${phone.replace(/\D/g, '')}:${phone}`, 'END:VCARD'].join('\r\n');
}
