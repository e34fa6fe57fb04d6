import { isStart, stopKind } from '#consent/stop-words.ts';
import { readChoice, readTapId } from '#intake/read-choice.ts';
import { ownNumberTap } from '#intake/read-phone.ts';
import { answerOpen } from './answer-question.ts';
import {
  answerTapped,
  joinToText,
  kindOf,
  openStep,
  problemWith,
  skip,
  staleTap,
  takesAnyWords,
  tryAnswer,
} from './answer-step.ts';
import { isAboutVisit, readVisitWords, tapVisit } from './answer-visit.ts';
import { cancelVisit } from './booking.ts';
import { asksNothing, commandIn, misspeltCommandIn } from './commands-in-text.ts';
import type { CommandName } from './conversation.ts';
import { greet } from './greeting.ts';
import { handOver, isResumable } from './hand-over.ts';
import { advance, repeat } from './next-question.ts';
import { answerOptIn } from './opt-in.ts';
import { optionsOf } from './options.ts';
import { confirmQuietly, readReminder, readReminderWords } from './reminder-answer.ts';
import { chooseLanguage, runCommand, understood } from './run-command.ts';
import { cancelIsAmbiguous } from './stop.ts';
import { readBotTap } from './tap-ids.ts';
import {
  ask,
  ignore,
  isSeen,
  isSent,
  languageOf,
  notReadable,
  notUnderstood,
  type PatientMessage,
  record,
  type Turn,
} from './turn-in-progress.ts';

/** Kinds of message that say nothing to be answered. */
const silent: readonly string[] = ['reaction', 'edit', 'revoke', 'identity-change'];

/** Reads one message: what it changes, and what stands open after it. */
export function readMessage(turn: Turn, message: PatientMessage): Turn {
  const { content } = message;
  if (turn.conversation.owner === 'staff') return whileWithStaff(turn, message);
  if (silent.includes(content.kind)) return ignore(turn, message, 'nothing-to-answer');
  if (!turn.conversation.greeted) return firstMessage(greet(turn), message);
  switch (content.kind) {
    case 'text':
      return readText(turn, message, content.text);
    case 'choice':
      return readTap(turn, message, content.id, content.title);
    default:
      return readOther(turn, message);
  }
}

/** The opener is no answer; but a language, "person" or "help" in it is heard. */
function firstMessage(turn: Turn, message: PatientMessage): Turn {
  const { content } = message;
  const asked = advance(turn, 'next');
  if (content.kind === 'media') return notReadable(asked, kindOf(content));
  const typed = content.kind === 'text' ? commandIn(content.text) : undefined;
  const isHeard = typed && ['language', 'person', 'help'].includes(typed.command);
  return (isHeard ? runCommand(asked, typed) : undefined) ?? asked;
}

/** A person has the conversation. One word gives it back, unless the person came for a reason that needs them. */
function whileWithStaff(turn: Turn, message: PatientMessage): Turn {
  const { content } = message;
  const { handover } = turn.conversation;
  const confirmed = content.kind === 'choice' ? confirmQuietly(turn, content.id) : undefined;
  if (confirmed) return ignore(confirmed, message, 'with-staff');
  if (!handover || !isResumable(handover.reason)) return ignore(turn, message, 'with-staff');
  const back = () => {
    const { at } = turn.input;
    const cleared = { ...turn, notes: [], reply: 'nothing' as const };
    return {
      ...record(cleared, { type: 'HandedBack', data: { by: 'patient', at } }),
      open: { what: 'none' as const },
    };
  };
  if (content.kind === 'text' && commandIn(content.text)?.command === 'assistant') {
    return advance(understood(back(), 'assistant'), 'resumed');
  }
  const tap = content.kind === 'choice' ? readBotTap(content.id) : undefined;
  if (
    tap?.kind === 'answer' &&
    tap.question === 'opt-in' &&
    tap.code === 'yes' &&
    handover.reason === 'declined'
  ) {
    const given = answerOptIn(back(), message, 'GiveOptIn', 'tapped');
    if (given) return advance(given, 'resumed');
  }
  return ignore(turn, message, 'with-staff');
}

function readText(turn: Turn, message: PatientMessage, text: string): Turn {
  if (stopKind(text) === 'cancel') {
    if (turn.open.what === 'cancel-visit?' && isSeen(turn)) return cancelVisit(turn);
    if (cancelIsAmbiguous(turn)) return askWhatToStop(turn);
  }
  const reminded = readReminderWords(turn, text);
  if (reminded) return reminded;
  const typed = commandIn(text);
  const isFirst = typed === undefined || !isAboutVisit(turn) || beforeAnswers.includes(typed.command);
  const chosen = isFirst ? undefined : readVisitWords(turn, text);
  const stopped = typed && chooseWhatToStop(turn, message, typed.command, text);
  if (stopped) return stopped;
  const done = chosen ?? (typed && runCommand(turn, typed));
  if (done) return done;
  if (isStart(text) && turn.open.what !== 'step') return repeat(understood(turn, 'start'), 'greeting');
  const isSettled = turn.open.what === 'offer' || (turn.open.what === 'none' && isSent(turn));
  if (isSettled && asksNothing(text)) {
    return ignore(turn, message, 'nothing-to-answer');
  }
  const step = openStep(turn);
  return step ? answerInWords(turn, message, text) : chooseInWords(turn, message, text);
}

/** What these say is meant under a list of times too; "next" and "another one" are rather about the times. */
const beforeAnswers: readonly CommandName[] = [
  'language',
  'help',
  'person',
  'assistant',
  'greeting',
  'start-over',
];

/** "The visit" and "go on", in answer to what is to be stopped, are no commands. */
function chooseWhatToStop(
  turn: Turn,
  message: PatientMessage,
  command: CommandName,
  text: string,
): Turn | undefined {
  if (turn.open.what !== 'stop-or-form?' || !isSeen(turn)) return undefined;
  if (!['assistant', 'book-visit', 'move-visit', 'cancel-visit'].includes(command)) return undefined;
  const read = readChoice(text, optionsOf(turn), languageOf(turn));
  return 'option' in read ? answerOpen(turn, message, read.option.code, 'typed') : undefined;
}

function askWhatToStop(turn: Turn): Turn {
  const asked = record(understood(turn, 'cancel'), {
    type: 'StopMeaningAsked',
    data: { at: turn.input.at },
  });
  return ask(asked, { what: 'stop-or-form?' }, 'confirm-first');
}

function answerInWords(turn: Turn, message: PatientMessage, text: string): Turn {
  const step = openStep(turn);
  if (!step) return turn;
  // What was typed next to a text, before the next question was seen, is more of that text.
  if (!isSeen(turn) && takesAnyWords(step)) {
    const joined = joinToText(turn, text);
    if (joined) return joined;
  }
  const tried = tryAnswer(turn, message, step);
  if ('turn' in tried) return tried.turn;
  const misspelt = takesAnyWords(step) ? undefined : misspeltCommandIn(text);
  const done = misspelt && runCommand(turn, misspelt);
  if (done) return done;
  const joined = isSeen(turn) ? undefined : joinToText(turn, text);
  return joined ?? problemWith(turn, message, tried);
}

/** Reads words as the choice under one of the bot's own questions. */
function chooseInWords(turn: Turn, message: PatientMessage, text: string): Turn {
  if (turn.open.what === 'none') return advance(turn, 'greeting');
  if (!isSeen(turn)) {
    const joined = turn.open.what === 'summary' ? joinToText(turn, text) : undefined;
    // Nobody agrees to what they have not read.
    return joined ?? ignore(turn, message, 'before-its-question');
  }
  const visit = isAboutVisit(turn) ? readVisitWords(turn, text) : undefined;
  if (visit) return visit;
  const read = readChoice(text, optionsOf(turn), languageOf(turn));
  if ('option' in read) return answerOpen(turn, message, read.option.code, 'typed');
  const misspelt = misspeltCommandIn(text);
  const done = misspelt && runCommand(turn, misspelt);
  if (done) return done;
  if (turn.open.what === 'language' && turn.guess.sure) {
    return chooseLanguage(turn, turn.guess.language, 'guessed');
  }
  return notUnderstood(turn, 'NOT_A_CHOICE');
}

function readTap(turn: Turn, message: PatientMessage, id: string, title: string): Turn {
  const answer = readTapId(id);
  if (answer) return answerTapped(turn, message, answer.linkId);
  const reminded = readReminder(turn, message, id);
  if (reminded) return reminded;
  const tap = readBotTap(id);
  if (tap?.kind === 'answer') return tapAnswered(turn, message, tap.question, tap.code);
  if (tap?.kind === 'command') return tapCommanded(turn, message, tap.command, tap.linkId);
  if (id === ownNumberTap) {
    const step = openStep(turn);
    const tried = step?.kind === 'phone' ? tryAnswer(turn, message, step) : undefined;
    if (!tried) return staleTap(turn, message);
    return 'turn' in tried ? tried.turn : problemWith(turn, message, tried);
  }
  // A template's button comes back with an id of its own; what counts is what it says.
  return readText(turn, { ...message, content: { kind: 'text', text: title } }, title);
}

function tapAnswered(
  turn: Turn,
  message: PatientMessage,
  question: Turn['open']['what'],
  code: string,
): Turn {
  if (question === 'language') return chooseLanguage(turn, code, 'tapped');
  const visit = tapVisit(turn, message, question, code);
  if (visit) return visit;
  if (turn.open.what === question && isSeen(turn)) return answerOpen(turn, message, code, 'tapped');
  // "Change something", tapped further up, still says what is wanted.
  const wanted =
    question === 'summary' && code === 'change' ? runCommand(turn, { command: 'change' }) : undefined;
  return wanted ?? staleTap(turn, message);
}

function tapCommanded(
  turn: Turn,
  message: PatientMessage,
  command: 'skip' | 'back' | 'person',
  linkId: string,
): Turn {
  if (command === 'person') return handOver(understood(turn, 'person'), 'asked');
  const step = openStep(turn);
  if (step?.linkId !== linkId) return staleTap(turn, message);
  return command === 'skip'
    ? skip(understood(turn, 'skip'), step, 'tap')
    : (runCommand(turn, { command: 'back' }) ?? turn);
}

/** A photo, voice note, place, contact card, or something that cannot be shown. */
function readOther(turn: Turn, message: PatientMessage): Turn {
  const step = openStep(turn);
  if (step) {
    const tried = tryAnswer(turn, message, step);
    return 'turn' in tried ? tried.turn : problemWith(turn, message, tried);
  }
  const asked = turn.open.what === 'none' ? advance(turn, 'not-readable') : turn;
  return asked.conversation.owner === 'staff' ? asked : notReadable(asked, kindOf(message.content));
}
