import type { HandoverReason } from './conversation.ts';
import type { TextKey } from './texts.ts';
import { note, record, type Turn } from './turn-in-progress.ts';

/** After these the patient may go on with the assistant by a word; the others are for a person alone. */
const resumable: readonly HandoverReason[] = [
  'asked',
  'three-misunderstandings',
  'declined',
  'change-after-sending',
];

export function isResumable(reason: HandoverReason): boolean {
  return resumable.includes(reason);
}

type Said = Exclude<HandoverReason, 'red-flag' | 'answered-elsewhere' | 'another-app'>;

/** The conversation goes to a person, and the patient is told when one answers and how else to reach one. */
export function handOver(turn: Turn, reason: Said): Turn {
  const { at } = turn.input;
  const greeting = turn.notes.filter(({ key }) => key.startsWith('greeting.'));
  const handed = record(turn, { type: 'HandedOver', data: { reason, priority: 'normal', at } });
  return sayWho({ ...handed, notes: greeting, reply: 'notes', trouble: undefined }, reason);
}

/** Who answers from here, and when. */
export function sayWho(turn: Turn, reason: Said): Turn {
  const key: TextKey = `handover.${reason}`;
  const { practice } = turn.input;
  const told = note(note(turn, key, { practice: practice.name }), 'handover.when', { phone: practice.phone });
  return isResumable(reason) ? note(told, 'handover.continue') : told;
}
