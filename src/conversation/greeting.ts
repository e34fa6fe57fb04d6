import { languageOf, note, record, type Turn, visitQuestions } from './turn-in-progress.ts';

/** Hours of silence after which one line says where the conversation had stopped. */
const silenceHours = 6;

/** Says, once per conversation, who answers and that a person can be had. */
export function greet(turn: Turn): Turn {
  if (turn.conversation.greeted) return turn;
  const { practice, form, at } = turn.input;
  const takesForm = practice.contentMode !== 'minimal' && form !== undefined && practice.phases.intake;
  const greeted = record(turn, { type: 'Greeted', data: { language: languageOf(turn), at } });
  return note(greeted, takesForm ? 'greeting.hello' : 'greeting.hello-minimal', { practice: practice.name });
}

/** One line of context for a patient who comes back to an open question after hours. */
export function resume(turn: Turn): Turn {
  const { lastAt, greeted } = turn.input.conversation;
  const { what } = turn.open;
  if (!greeted || lastAt === undefined || what === 'none' || what === 'offer') return turn;
  const silentHours = Math.floor((Date.parse(turn.input.at) - Date.parse(lastAt)) / 3_600_000);
  if (silentHours < silenceHours) return turn;
  const resumed = record(turn, { type: 'Resumed', data: { silentHours, at: turn.input.at } });
  const where =
    what === 'language' || what === 'opt-in'
      ? 'start'
      : turn.intake.status === 'reviewing'
        ? 'review'
        : visitQuestions.includes(what)
          ? 'visit'
          : 'form';
  const told = note(resumed, 'note.resumed', { where });
  // The line alone is no answer; it goes with whatever the turn comes to say.
  return { ...told, reply: turn.reply };
}
