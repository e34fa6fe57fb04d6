import { dropHold } from './booking.ts';
import { handOver } from './hand-over.ts';
import { ignore, type PatientMessage, record, type Turn } from './turn-in-progress.ts';

/**
 * The provider says that the patient writes from another number, id or device. The conversation stays theirs, but a number is not
 * an identity: a person verifies who it is before anything of the patient is said, asked or reminded there. Where nothing was said
 * yet, nothing can be told to the wrong one.
 */
export function readIdentityChange(turn: Turn, message: PatientMessage): Turn {
  const { conversation, consent, input } = turn;
  if (!conversation.greeted) return ignore(turn, message, 'nothing-to-answer');
  const changed = record(turn, { type: 'IdentityChanged', data: { at: input.at } });
  const { at } = input;
  if (conversation.owner === 'staff') {
    // Who called for help is answered first; that person sees the change as well.
    if (conversation.handover?.reason === 'red-flag') return changed;
    return record(changed, {
      type: 'HandedOver',
      data: { reason: 'identity-changed', priority: 'normal', at },
    });
  }
  const free = dropHold(changed, 'handed-over');
  if (consent.status === 'withdrawn' || turn.last)
    return record(free, { type: 'HandedOver', data: { reason: 'identity-changed', priority: 'normal', at } });
  return handOver(free, 'identity-changed');
}
