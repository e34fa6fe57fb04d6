import type { Said } from '../provider/provider.ts';
import type { WhatsAppUser } from '../provider/users.ts';
import { type PhoneContent, PhoneError } from './content.ts';
import { type SampleKind, sample, sampleKinds } from './samples.ts';
import type { Bubble } from './transcript.ts';

type Media = Extract<PhoneContent, { kind: SampleKind }>;

function isMedia(content: PhoneContent): content is Media {
  return sampleKinds.some((kind) => kind === content.kind);
}

/** What the patient says, with the file and the message that it is about. Throws `PhoneError` where the phone cannot say it. */
export function saidOf(content: PhoneContent, user: WhatsAppUser, chat: () => readonly Bubble[]): Said {
  if (content.kind === 'tap') {
    const message = chat().find(({ id, side }) => id === content.messageId && side === 'practice');
    const said = tapOn(message, content.choiceId);
    return message?.kind === 'contact-request' ? ownNumberOf(user) : said;
  }
  return isMedia(content) ? { ...content, file: content.file ?? sample(content.kind) } : content;
}

/** WhatsApp's own button sends the user's own card. */
function ownNumberOf({ profileName, phone }: WhatsAppUser): Said {
  return { kind: 'contacts', contacts: [{ name: profileName, phone: `+${phone}` }], requested: true };
}

/** A tap on a choice of a message that lies in the chat. Throws `PhoneError` when there is no such choice. */
function tapOn(message: Bubble | undefined, choiceId: string): Said {
  if (message === undefined) throw new PhoneError('messageId', 'the id of a message in this chat', 'wamid.…');
  const to = message.id;
  const button = message.buttons?.find(({ id }) => id === choiceId);
  if (button !== undefined) {
    return { kind: 'tap', to, via: message.kind === 'template' ? 'template' : 'button', choice: button };
  }
  const rows = message.list?.sections.flatMap((section) => section.rows) ?? [];
  const row = rows.find(({ id }) => id === choiceId);
  if (row !== undefined) return { kind: 'tap', to, via: 'list', choice: row };
  const choices = [...(message.buttons ?? []), ...rows];
  throw new PhoneError('choiceId', 'the id of a choice of this message', choices[0]?.id ?? 'yes');
}
