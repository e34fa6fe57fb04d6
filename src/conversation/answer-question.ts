import { answerVisit } from './answer-visit.ts';
import { askCancellation, cancelVisit } from './booking.ts';
import { handOver } from './hand-over.ts';
import { advance, repeat, startForm } from './next-question.ts';
import { answerOptIn } from './opt-in.ts';
import { harmless, isolated } from './review.ts';
import { chooseLanguage, discard, newIntake, reopen, runCommand } from './run-command.ts';
import { stopAll } from './stop.ts';
import {
  ask,
  intakeDecides,
  isIntakeOpen,
  note,
  type PatientMessage,
  record,
  type Turn,
} from './turn-in-progress.ts';
import { bookedVisit, choiceOf, visitMark } from './visit.ts';

type Way = 'tapped' | 'typed';

/** Does what the chosen answer to one of the bot's own questions calls for. `code` is an option's of that question. */
export function answerOpen(turn: Turn, message: PatientMessage, code: string, how: Way): Turn {
  switch (turn.open.what) {
    case 'language':
      return chooseLanguage(turn, code, how);
    case 'opt-in':
      return answerConsent(turn, message, code, how);
    case 'summary':
      return code === 'send' ? send(turn) : (runCommand(turn, { command: 'change' }) ?? turn);
    case 'change-which':
      return reopen(turn, code);
    case 'start-over?':
      return code === 'yes' ? startForm(discard(turn, 'start-over'), 'next') : advance(turn, 'again');
    case 'stop-or-form?':
      return answerStop(turn, message, code);
    case 'offer':
      return code === 'new' ? newIntake(turn) : answerVisit(turn, code);
    case 'none':
    case 'step':
      return repeat(turn, 'again');
    default:
      return answerVisit(turn, code);
  }
}

function answerConsent(turn: Turn, message: PatientMessage, code: string, how: Way): Turn {
  const said = code === 'yes' ? 'GiveOptIn' : 'DeclineOptIn';
  const answered = answerOptIn(turn, message, said, how) ?? turn;
  return code === 'yes' ? advance(answered, 'next') : handOver(answered, 'declined');
}

function answerStop(turn: Turn, message: PatientMessage, code: string): Turn {
  if (code === 'all') return stopAll(turn, message, false);
  if (code.startsWith('visit/')) return endVisit(turn, code.slice('visit/'.length));
  if (code !== 'form') return goOn(turn);
  return ask(note(discard(turn, 'stopped'), 'form.stopped'), { what: 'offer' }, 'next');
}

/** `mark` says which visit was meant when it was asked. One that has moved since is asked about anew. */
function endVisit(turn: Turn, mark: string): Turn {
  const booked = bookedVisit(turn);
  if (booked === undefined) return answerVisit(turn, 'not-now');
  return visitMark(booked) === mark ? cancelVisit(turn) : askCancellation(turn, 'confirm-first');
}

/** Nothing was meant to end. */
function goOn(turn: Turn): Turn {
  const isSettled = !isIntakeOpen(turn) && bookedVisit(turn) !== undefined && choiceOf(turn) === undefined;
  return isSettled ? answerVisit(turn, 'keep') : advance(turn, 'again');
}

/** The details go to the clinic. What becomes of them is told when it is known. */
function send(turn: Turn): Turn {
  const { form, at } = turn.input;
  const decided = form && intakeDecides(turn, { type: 'ConfirmIntake', form, at });
  if (!decided || 'refused' in decided) return advance(turn, 'again');
  const name = firstName(decided.turn);
  const settled = record(decided.turn, { type: 'QuestionSettled', data: { asked: turn.open, at } });
  return note(
    { ...settled, open: { what: 'none' }, reply: 'nothing', trouble: undefined },
    'sent',
    { name: name === undefined ? 'none' : isolated(name) },
    name === undefined ? 'none' : 'identity',
  );
}

/** Longer given names are left out of the thanks. */
const longestName = 30;

/** The given name of the patient, where it is they who write. */
function firstName({ input, intake }: Turn): string | undefined {
  if (input.form === undefined || intake.status === 'none') return undefined;
  for (const step of input.form.steps) {
    const answer = intake.answers[step.linkId];
    if (
      step.lands === 'QuestionnaireResponse.source' &&
      answer?.kind === 'coding' &&
      answer.code !== 'self'
    ) {
      return undefined;
    }
  }
  const step = input.form.steps.find(({ lands }) => lands === 'Patient.name');
  const answer = step && intake.answers[step.linkId];
  const name = answer?.kind === 'name' ? harmless(answer.given[0] ?? '') : '';
  return name === '' || name.length > longestName ? undefined : name;
}
