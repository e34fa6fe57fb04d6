import { advance } from './next-question.ts';
import { isIntakeOpen, note, record, type Turn } from './turn-in-progress.ts';
import { bookedVisit, takesBookings } from './visit.ts';

/** Staff are done. Resumed, the assistant goes on with what is right now, after one line of context. */
export function handBack(turn: Turn, resume: boolean): Turn {
  if (turn.conversation.owner !== 'staff') return turn;
  const { at } = turn.input;
  const back: Turn = {
    ...record(turn, { type: 'HandedBack', data: { by: 'staff', at } }),
    open: { what: 'none' },
    notes: [],
    reply: 'nothing',
    trouble: undefined,
  };
  return resume && mayGoOn(back)
    ? advance(note(back, 'note.handed-back', { where: whereOf(back) }), 'resumed')
    : back;
}

/** Not where the patient said no to messages, and not where the chat itself can do no more than call a person. */
function mayGoOn({ consent, input: { practice, form } }: Turn): boolean {
  const isWilling = consent.status !== 'declined' && consent.status !== 'withdrawn';
  return isWilling && practice.contentMode !== 'minimal' && form !== undefined && practice.phases.intake;
}

/** A value of the text's select. */
function whereOf(turn: Turn): string {
  if (turn.intake.status === 'reviewing') return 'review';
  if (isIntakeOpen(turn)) return 'form';
  const { appointment } = turn;
  const isLooking = appointment.status === 'open' && !appointment.booked && !appointment.cancelled;
  return isLooking && takesBookings(turn) && !bookedVisit(turn) ? 'visit' : 'other';
}
