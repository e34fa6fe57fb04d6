import { findRedFlag, type RedFlag } from './red-flags.ts';
import { text } from './texts.ts';
import { messagesOf, record, type Turn, textOf } from './turn-in-progress.ts';

export type Alarm = { readonly flag: RedFlag; readonly language: string };

/**
 * A red flag in what the patient writes in this turn, each message alone and all of them together: a burst may be one
 * sentence. None while a person has the conversation because of one already.
 */
export function findAlarm(turn: Turn): Alarm | undefined {
  const { owner, handover } = turn.conversation;
  if (owner === 'staff' && handover?.reason === 'red-flag') return undefined;
  const texts = messagesOf(turn.input).map(textOf);
  for (const each of texts) {
    const found = findRedFlag(each);
    if (found) return found;
  }
  return texts.length > 1 ? findRedFlag(texts.join(' ')) : undefined;
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

/** The emergency text, in the patient's language; where none was chosen, in the one they called for help in. */
export function sayEmergency(turn: Turn, { language }: Alarm): Turn {
  const { practice } = turn.input;
  const params = { number: practice.emergency.number, practice: practice.name };
  const said = text('emergency', turn.conversation.language ?? language, params);
  return {
    ...turn,
    last: { content: { kind: 'text', text: said }, purpose: 'emergency', dataClass: 'none' },
  };
}
