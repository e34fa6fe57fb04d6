import { sameQuestion } from './conversation.ts';
import { fallSilent, readOnStandby } from './elsewhere.ts';
import { findAlarm, raise, sayEmergency } from './emergency.ts';
import { resume } from './greeting.ts';
import { handOver } from './hand-over.ts';
import { readIdentityChange } from './identity-change.ts';
import { readNews } from './news.ts';
import { asRequest, type Question, questionOf } from './question-text.ts';
import { readMessage } from './read-message.ts';
import { highest } from './review.ts';
import { findStop, ignoreAround, stopAll, whileStopped } from './stop.ts';
import { text, textClass } from './texts.ts';
import type { Mail, Say, TakeTurn, TurnInput } from './turn.ts';
import {
  begin,
  ignore,
  languageOf,
  messagesOf,
  type Note,
  type PatientMessage,
  record,
  type Turn,
} from './turn-in-progress.ts';

/** Misunderstandings of one question in a row after which a person takes over. */
const patience = 3;

/**
 * Takes a turn: a stop is obeyed before anything else is read, then a sign of danger, then all mail in order. However
 * much came, one answer is said. The same input leads to the same result.
 */
export const takeTurn: TakeTurn = (input) => {
  const turn = read(markRead(begin(input)));
  const { turn: done, say } = compose(turn);
  return { ...done.result, say };
};

function markRead(turn: Turn): Turn {
  const kinds = messagesOf(turn.input).map(({ content }) => content.kind);
  if (kinds.length === 0) return turn;
  return record(turn, { type: 'MessagesRead', data: { kinds, at: turn.input.at } });
}

function read(turn: Turn): Turn {
  const alarm = findAlarm(turn);
  const stop = findStop(turn);
  const alarmed = alarm ? raise(turn, alarm) : turn;
  if (stop) return stopped(alarmed, stop, alarm !== undefined);
  if (alarm) return sayEmergency(alarmed, alarm);
  const isPatientBack = messagesOf(turn.input).length > 0 && turn.conversation.owner === 'bot';
  const back = isPatientBack && turn.consent.status !== 'withdrawn' ? resume(turn) : turn;
  return turn.input.mail.reduce(readMail, back);
}

/** A stop is obeyed wherever it was said; confirmed where the chat is ours, or where it was a call for help as well. */
function stopped(turn: Turn, stop: PatientMessage, emergency: boolean): Turn {
  const done = ignoreAround(stopAll(turn, stop, emergency), stop);
  return stop.standby && !emergency ? { ...fallSilent(done, 'another-app'), last: undefined } : done;
}

function readMail(turn: Turn, mail: Mail): Turn {
  if (mail.kind === 'echo') return fallSilent(turn, mail.by);
  if (mail.kind !== 'message') return turn.last ? turn : readNews(turn, mail);
  if (mail.content.kind === 'identity-change') return readIdentityChange(turn, mail);
  if (mail.standby) return readOnStandby(turn, mail);
  if (turn.consent.status === 'withdrawn') {
    // A stop in this very turn: nothing after it is answered. An earlier one: START may undo it.
    const stoppedNow = turn.input.consent.status !== 'withdrawn';
    return stoppedNow ? ignore(turn, mail, 'after-stop') : whileStopped(turn, mail);
  }
  return readMessage(turn, mail);
}

/** What is said in the end, with the facts about it. */
function compose(turn: Turn): { readonly turn: Turn; readonly say: readonly Say[] } {
  if (turn.last) return { turn, say: [turn.last] };
  if (turn.reply === 'nothing') return { turn, say: [] };
  if (turn.reply === 'notes') return { turn, say: [sayNotes(turn)] };
  const { turn: troubled, times } = settleTrouble(turn);
  if (troubled.reply === 'notes') return { turn: troubled, say: [sayNotes(troubled)] };
  const asked = record(troubled, {
    type: 'QuestionAsked',
    data: { asked: troubled.open, why: troubled.why, at: turn.input.at },
  });
  return { turn: asked, say: [sayQuestion(asked, times)] };
}

/**
 * Counts what was not understood, once per turn: a burst was written before our answer could help. At the third time in
 * a row a person takes over. `times` is 0 where the question is simply put.
 */
function settleTrouble(turn: Turn): { readonly turn: Turn; readonly times: number } {
  const { trouble, open } = turn;
  if (!trouble) return { turn, times: 0 };
  const { at, conversation } = turn.input;
  const before = sameQuestion(open, conversation.asked) ? conversation : { misunderstood: 0, notRead: 0 };
  const seen =
    trouble.kind === 'not-readable'
      ? record(turn, { type: 'ContentNotRead', data: { asked: open, kind: trouble.came, at } })
      : turn;
  // One photo is no misunderstanding; the next one is.
  if (trouble.kind === 'not-readable' && before.notRead === 0) return { turn: seen, times: 0 };
  const times = before.misunderstood + 1;
  const problem = trouble.kind === 'not-readable' ? 'NEEDS_TEXT' : trouble.problem;
  const counted = record(seen, { type: 'AnswerNotUnderstood', data: { asked: open, problem, times, at } });
  return { turn: times < patience ? counted : handOver(counted, 'three-misunderstandings'), times };
}

function sayNotes(turn: Turn): Say {
  return say(turn, linesOf(turn, turn.notes), noQuestion, classesOf(turn.notes));
}

const noQuestion: Question = { lines: [], choices: [], dataClass: 'none' };

function sayQuestion(turn: Turn, times: number): Say {
  const question = questionOf(turn, times);
  const notes = [...turn.notes, ...troubleNotes(turn)];
  const lines = [...linesOf(turn, notes), ...question.lines];
  return say(turn, lines, question, [question.dataClass, ...classesOf(notes)]);
}

function say(
  turn: Turn,
  lines: readonly string[],
  question: Question,
  classes: Parameters<typeof highest>[0],
): Say {
  return {
    content: asRequest(lines, question, languageOf(turn)),
    purpose: turn.consent.status === 'given' ? 'reply' : 'consent',
    dataClass: highest(classes),
  };
}

/** What is said of the message that was no answer, before the question is put again. */
function troubleNotes({ trouble, open, input }: Turn): readonly Note[] {
  if (!trouble) return [];
  if (trouble.kind === 'not-understood') {
    const isProblem = open.what === 'step' && trouble.problem !== 'NOT_A_CHOICE';
    // The codes of the intake's list are keys of the texts; a test holds the two together.
    return isProblem ? [{ key: `problem.${trouble.problem}` as Note['key'], params: trouble.params }] : [];
  }
  if (['form', 'unsupported', 'unknown', 'choice'].includes(trouble.came))
    return [{ key: 'note.unreadable', params: {} }];
  if (isMinimal(input)) return [{ key: 'note.media-minimal', params: {} }];
  return [{ key: 'note.media', params: { kind: trouble.came } }];
}

function isMinimal({ practice }: TurnInput): boolean {
  return practice.contentMode === 'minimal';
}

function linesOf(turn: Turn, notes: readonly Note[]): readonly string[] {
  const { openingHours } = turn.input.practice;
  const language = languageOf(turn);
  // The practice's own words may end in a full stop; ours follows.
  const hours = (openingHours[language] ?? Object.values(openingHours)[0] ?? '').replace(/\.$/, '');
  return notes.map(({ key, params }) => text(key, language, { hours, ...params }));
}

function classesOf(notes: readonly Note[]) {
  return notes.flatMap(({ key, dataClass }) => [textClass(key), ...(dataClass ? [dataClass] : [])]);
}
