import type { EchoedBy } from '#channels/channel.ts';
import { dropHold } from './booking.ts';
import type { HandoverReason } from './conversation.ts';
import { ignore, type PatientMessage, record, type Turn } from './turn-in-progress.ts';

const reasons = {
  staff: 'answered-elsewhere',
  'another-app': 'another-app',
} as const satisfies Record<EchoedBy, HandoverReason>;

/**
 * Somebody else speaks to the patient from the practice's number. The assistant falls silent at once, also about what it was about to
 * say in this turn, and the conversation stands in the inbox until staff hand it back: two who answer are worse than none.
 */
export function fallSilent(turn: Turn, by: EchoedBy): Turn {
  if (turn.conversation.owner === 'staff') return turn;
  const { at } = turn.input;
  const quiet: Turn = { ...dropHold(turn, 'handed-over'), notes: [], reply: 'nothing', trouble: undefined };
  return record(quiet, { type: 'HandedOver', data: { reason: reasons[by], priority: 'normal', at } });
}

/** What the patient writes while another app has the chat. To answer would take the chat away from it. */
export function readOnStandby(turn: Turn, message: PatientMessage): Turn {
  return ignore(fallSilent(turn, 'another-app'), message, 'with-staff');
}
