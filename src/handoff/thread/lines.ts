import { z } from 'zod';
import type { EchoedBy, InboundContent, OutboundContent } from '#channels/channel.ts';
import type { FileOfMail } from '#files/index.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { FileWord, ThreadEvent, ThreadLine } from '../contract.ts';

/** What was said and what happened, as lines for staff. Text of patients stays as it came: the browser shows it as text. */

/** UTF-16 units of one line's text; the providers' own limits lie below. */
const maxText = 8_000;

/** The beginning of a text that is longer than anybody writes, never ending within a character. */
export function capped(text: string): string {
  if (text.length <= maxText) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(maxText - 1)) ? maxText - 1 : maxText;
  return `${text.slice(0, end)}…`;
}

/** What staff may know of a file: where it stands; why it is missing only as far as somebody can do something about it. */
export function fileWord({ state, code }: FileOfMail): FileWord {
  return state === 'missing' && code === 'TOO_LARGE' ? 'too-large' : state;
}

type Said = { readonly what: string; readonly text: string; readonly choices: readonly string[] };

const said = (what: string, text = '', choices: readonly string[] = []): Said => ({
  what,
  text: capped(text),
  choices: choices.map(capped),
});

/** What a patient's message says. */
export function saidByPatient(content: InboundContent): Said {
  switch (content.kind) {
    case 'text':
      return said('text', content.text);
    case 'choice':
      return said('choice', content.title);
    case 'media':
      return said(content.media, content.caption ?? content.fileName ?? '');
    case 'location': {
      const place = [content.name, content.address].filter((part) => part !== undefined).join(', ');
      return said('location', place === '' ? `${content.latitude}, ${content.longitude}` : place);
    }
    case 'contacts':
      return said(
        'contacts',
        content.contacts.map(({ name, phones }) => [name, ...phones].join(' ')).join('\n'),
      );
    case 'form':
      return said('form', content.name);
    case 'reaction':
      return said('reaction', content.emoji ?? '');
    case 'edit':
      return said('edit', content.text ?? '');
    default:
      // revoked, an identity that changed, kinds that we do not know (yet)
      return said(content.kind);
  }
}

/** What a message of ours says. */
export function saidByUs(content: OutboundContent): Said {
  switch (content.kind) {
    case 'text':
      return said('text', content.text);
    case 'choices':
      return said(
        'choices',
        content.text,
        content.choices.map((choice) => choice.title),
      );
    case 'contact-request':
      return said('text', content.text);
    case 'template':
      return said('template', content.text, content.labels);
    default:
      return said(content.kind);
  }
}

/**
 * What was said as it lies in the mailbox: by the patient (`message`), or to them from the practice's number and not through us
 * (`echo`). The shape is ours: its seal proves that nobody changed it.
 */
export const saidLetter = z.object({
  kind: z.enum(['message', 'echo']),
  by: z.enum(['staff', 'another-app'] satisfies EchoedBy[]).optional(),
  content: z.custom<InboundContent>(
    (value) => typeof value === 'object' && value !== null && 'kind' in value,
  ),
});

type Status =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'blocked'
  | 'unsure'
  | 'expired';

/** What became of a message of ours, in one word. */
export function statusOf(state: string, status: string | null): Status {
  if (state === 'blocked') return 'blocked';
  if (state === 'rejected' || status === 'failed') return 'failed';
  if (status === 'read' || status === 'played') return 'read';
  if (status === 'delivered') return 'delivered';
  // Given up: no word of its arrival came.
  if (state === 'expired') return 'expired';
  if (status !== null || state === 'accepted') return 'sent';
  // Nobody knows whether it arrived.
  if (state === 'unresolved') return 'unsure';
  return state === 'queued' ? 'queued' : 'sending';
}

type EventLine = Extract<ThreadLine, { kind: 'event' }>;
type Happened = Pick<EventLine, 'what' | 'params'> & { readonly by?: string };

const data = z.record(z.string(), z.unknown());
const offer = z.object({ start: z.string() });

/** Names of staff by id. */
export type StaffNames = ReadonlyMap<string, string>;

/** What an event says to staff; undefined where it is no news to them. `by` and `to` are ids still. */
function happened(event: StoredEvent): Happened | undefined {
  const given = data.parse(event.data);
  const text = (key: string) => (typeof given[key] === 'string' ? given[key] : '');
  const tell = (what: ThreadEvent, params: Record<string, string> = {}, by?: string): Happened => ({
    what,
    params,
    ...(by === undefined ? {} : { by }),
  });
  const start = (key: string) => offer.safeParse(given[key]).data?.start ?? '';
  switch (event.type) {
    case 'LanguageChosen':
      return tell('language', { language: text('language') });
    case 'OptInGiven':
      return tell('consented');
    case 'OptInDeclined':
      return tell('declined');
    case 'OptedOut':
      return tell('stopped');
    case 'IntakeOpened':
      return tell('intake-started');
    case 'IntakeOutcomeTold': {
      const outcome = outcomes.find((known) => known === text('outcome'));
      return outcome === undefined ? undefined : tell(`intake-${outcome}`);
    }
    case 'HandedOver':
      return tell('handed-over', { reason: text('reason'), priority: text('priority') });
    case 'HandoffTaken':
      return tell(text('how') === 'taken-over' ? 'taken-over' : 'taken', {}, text('staffId'));
    case 'HandoffAssigned':
      return tell('assigned', { to: text('staffId') }, text('by'));
    case 'HandoffReleased':
      return tell('released', {}, text('staffId'));
    case 'HandoffResolved':
      return tell('resolved', { code: text('code') }, text('staffId'));
    case 'HandoffWithdrawn':
      return tell('handed-back');
    case 'HandoffNotFiled':
      return tell('not-filed', { code: text('code') });
    case 'AppointmentBooked':
      return tell('booked', { start: start('offer') });
    case 'AppointmentMoved':
      return tell('moved', { start: start('offer'), from: start('from') });
    case 'AppointmentFoundMoved':
      return tell('found-moved', { start: start('offer'), from: start('from') });
    case 'AppointmentConfirmed':
      return tell('confirmed', { whose: text('by') });
    case 'AppointmentCancelled':
      return tell('cancelled', { start: start('offer'), whose: text('by') });
    case 'Reminded':
      return tell('reminded');
    default:
      return undefined;
  }
}

const outcomes = ['filed', 'delayed', 'refused'] as const;

const note = z.object({ staffId: z.string(), noteId: z.string() });
const noteText = z.object({ text: z.string() });

/** The line of an event or a note; undefined where it is no news to staff. */
export function lineOf(event: StoredEvent, names: StaffNames): ThreadLine | undefined {
  const id = `${event.stream}@${event.version}`;
  const nameOf = (staffId: string) => names.get(staffId) ?? staffId;
  if (event.type === 'NoteAdded') {
    const { staffId, noteId } = note.parse(event.data);
    const text = noteText.safeParse(event.phi).data?.text ?? '';
    return { kind: 'note', id: noteId, at: event.at, by: nameOf(staffId), text: capped(text) };
  }
  const news = happened(event);
  if (news === undefined) return undefined;
  const params = news.params.to === undefined ? news.params : { ...news.params, to: nameOf(news.params.to) };
  return {
    kind: 'event',
    id,
    at: event.at,
    what: news.what,
    by: news.by === undefined ? null : nameOf(news.by),
    params,
  };
}

/** A line with its place in its own source, for the page after. */
export type Placed = {
  readonly line: ThreadLine;
  /**
   * Where it stands among the others, where its own time is too coarse: providers tell whole seconds, in which an answer of ours can
   * lie before the patient's next message.
   */
  readonly placedAt?: string;
  readonly source: 'letter' | 'message' | 'event';
  /** Grows with time: a letter's number, else the position that messages and events share. */
  readonly order: bigint;
};

/** Newest first. Of one instant, what the patient wrote came before what followed from it. */
export function newestFirst(a: Placed, b: Placed): number {
  const [atA, atB] = [a.placedAt ?? a.line.at, b.placedAt ?? b.line.at];
  if (atA !== atB) return atA < atB ? 1 : -1;
  if ((a.source === 'letter') !== (b.source === 'letter')) return a.source === 'letter' ? 1 : -1;
  return a.order < b.order ? 1 : -1;
}
