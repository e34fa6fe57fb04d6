import type { IgnoreReason, IntakeOutcome } from './conversation.ts';
import { handBack } from './hand-back.ts';
import { handOver } from './hand-over.ts';
import { repeat } from './next-question.ts';
import type { Mail } from './turn.ts';
import { note, record, type Turn } from './turn-in-progress.ts';
import { tellVisitNews } from './visit-news.ts';
import { sayFiled } from './visit-question.ts';

type News = Exclude<Mail, { kind: 'message' | 'echo' }>;
type IntakeNews = Extract<News, { intakeId: string }>;

const outcomes = {
  'intake-filed': 'filed',
  'intake-delayed': 'delayed',
  'intake-refused': 'refused',
} as const satisfies Record<IntakeNews['kind'], IntakeOutcome>;

/** What came from inside: of details that were sent, of an appointment, from staff. */
export function readNews(turn: Turn, mail: News): Turn {
  switch (mail.kind) {
    case 'appointment-news':
      return tellVisitNews(turn, mail);
    case 'reminded': {
      const { appointmentId } = mail;
      return record(turn, { type: 'Reminded', data: { appointmentId, at: turn.input.at } });
    }
    case 'staff-done':
      return handBack(turn, mail.resume);
    default:
      return tellIntakeNews(turn, mail);
  }
}

/** Tells what became of the details that were sent. Said once each; not while a person has the conversation. */
function tellIntakeNews(turn: Turn, { kind, intakeId }: IntakeNews): Turn {
  const { at } = turn.input;
  const outcome = outcomes[kind];
  const why = whyNotTold(turn, intakeId, outcome);
  if (why) {
    const untold = record(turn, { type: 'IntakeOutcomeNotTold', data: { intakeId, outcome, why, at } });
    // Nothing is said to a patient who stopped, but somebody must look at it all the same.
    if (why !== 'stopped' || outcome !== 'refused' || turn.conversation.owner === 'staff') return untold;
    return record(untold, { type: 'HandedOver', data: { reason: 'intake-refused', priority: 'normal', at } });
  }
  const told = () => record(turn, { type: 'IntakeOutcomeTold', data: { intakeId, outcome, at } });
  if (outcome === 'refused') return handOver(told(), 'intake-refused');
  const said =
    outcome === 'filed'
      ? sayFiled(turn, intakeId)
      : note(told(), outcome, { phone: turn.input.practice.phone });
  // A question that stands open must not be lost above the news.
  return said.open.what === 'none' || said.open.what === 'offer' ? said : repeat(said, 'again');
}

function whyNotTold(turn: Turn, intakeId: string, outcome: IntakeOutcome): IgnoreReason | undefined {
  const { owner, told } = turn.conversation;
  if (turn.consent.status === 'withdrawn') return 'stopped';
  if (owner === 'staff') return 'with-staff';
  if (turn.open.what === 'stop-or-form?') return 'stop-asked';
  if (told?.intakeId !== intakeId) return undefined;
  return told.outcome === outcome || outcome === 'delayed' ? 'told-before' : undefined;
}
