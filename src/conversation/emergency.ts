import { findRedFlag, type RedFlag } from './red-flags.ts';
import { text } from './texts.ts';
import { messagesOf, type PatientMessage, record, type Turn, textOf } from './turn-in-progress.ts';

export type Alarm = { readonly flag: RedFlag; readonly language: string };

/**
 * A red flag in what the patient writes in this turn, each message alone and all of them together: a burst may be one
 * sentence. None while a person has the conversation because of one already.
 */
export function findAlarm(turn: Turn): Alarm | undefined {
  const { owner, handover } = turn.conversation;
  if (owner === 'staff' && handover?.reason === 'red-flag') return undefined;
  const texts = messagesOf(turn.input).flatMap(writtenIn);
  for (const each of texts) {
    const found = findRedFlag(each);
    if (found) return found;
  }
  return texts.length > 1 ? findRedFlag(texts.join(' ')) : undefined;
}

/** All that the patient wrote: what `textOf` knows, and what stands in the answers of a form. */
function writtenIn(message: PatientMessage): readonly string[] {
  const { content } = message;
  return content.kind === 'form' ? stringsIn(content.response) : [textOf(message)];
}

/** Of a form's answers; the codec lets no more than 32 levels pass. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** To a person at top priority. */
export function raise(turn: Turn, { flag }: Alarm): Turn {
  const { at } = turn.input;
  return record(
    turn,
    { type: 'RedFlagSeen', data: { at }, phi: { flag } },
    { type: 'HandedOver', data: { reason: 'red-flag', priority: 'top', at } },
  );
}

/**
 * The emergency text, the practice's own where it has one, in the patient's language; where none was chosen, in the one they
 * called for help in.
 */
export function sayEmergency(turn: Turn, { language }: Alarm): Turn {
  const { practice } = turn.input;
  const { number, text: own } = practice.emergency;
  const params = { number, practice: practice.name };
  const spoken = turn.conversation.language ?? language;
  const said = filledIn(ownText(own, spoken), params) ?? text('emergency', spoken, params);
  return {
    ...turn,
    last: { content: { kind: 'text', text: said }, purpose: 'emergency', dataClass: 'none' },
  };
}

/** By the tag as it is, else by its language: `pt-BR` finds `pt`. */
function ownText(texts: Readonly<Record<string, string>> | undefined, tag: string): string | undefined {
  const found = texts && [tag, tag.split('-')[0] ?? tag].find((each) => Object.hasOwn(texts, each));
  return found === undefined ? undefined : texts?.[found];
}

function filledIn(
  source: string | undefined,
  params: { readonly number: string; readonly practice: string },
): string | undefined {
  return source?.replaceAll('{number}', () => params.number).replaceAll('{practice}', () => params.practice);
}
