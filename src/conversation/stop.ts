import { isStart, stopKind } from '#consent/stop-words.ts';
import { readReminderTap } from '#scheduling/reminder-tap.ts';
import { dropHold } from './booking.ts';
import { greet } from './greeting.ts';
import { sayWho } from './hand-over.ts';
import { advance } from './next-question.ts';
import { answerOptIn, askOptIn } from './opt-in.ts';
import { discard } from './run-command.ts';
import { readBotTap } from './tap-ids.ts';
import { text } from './texts.ts';
import type { Say } from './turn.ts';
import {
  consentDecides,
  ignore,
  isIntakeOpen,
  languageOf,
  messagesOf,
  type PatientMessage,
  record,
  type Turn,
  textOf,
} from './turn-in-progress.ts';
import { hasVisit } from './visit.ts';

/** Milliseconds between two reminders that messages are stopped. */
const reminderEveryMs = 24 * 60 * 60 * 1000;

/** The first message of the turn that stops everything. It is looked for before anything else is read. */
export function findStop(turn: Turn): PatientMessage | undefined {
  if (turn.consent.status === 'withdrawn') return undefined;
  return messagesOf(turn.input).find((message) => stops(turn, message));
}

function stops(turn: Turn, message: PatientMessage): boolean {
  const { content } = message;
  // "Cancel", on a button of a reminder, is the visit.
  if (content.kind === 'choice' && readReminderTap(content.id)) return false;
  const tap = content.kind === 'choice' ? readBotTap(content.id) : undefined;
  if (tap) return tap.kind === 'answer' && tap.question === 'stop-or-form?' && tap.code === 'all';
  const kind = stopKind(textOf(message));
  if (kind !== 'cancel') return kind === 'stop';
  // Under "Cancel your visit?" it is the answer.
  if (turn.open.what === 'cancel-visit?') return false;
  // It may mean the form or the visit. That is asked once; said again, it means everything.
  return !cancelIsAmbiguous(turn) || turn.open.what === 'stop-or-form?';
}

/** True where "cancel" may mean something else than all messages. */
export function cancelIsAmbiguous(turn: Turn): boolean {
  return isIntakeOpen(turn) || hasVisit(turn);
}

/** Obeys a stop: nothing else of the turn is read, and one confirmation is said. */
export function stopAll(turn: Turn, stop: PatientMessage, emergency: boolean): Turn {
  const { externalId, at } = stop;
  const stopped = consentDecides(turn, { type: 'OptOut', channel: 'whatsapp', externalId, at }) ?? turn;
  // A visit that is booked stands: only what is said about it ends. A slot that is merely held is given back.
  const discarded = dropHold(discard(stopped, 'stopped'), 'stopped');
  return { ...discarded, last: confirmation(discarded, emergency) };
}

/** Marks the messages that a stop left unread. */
export function ignoreAround(turn: Turn, stop: PatientMessage): Turn {
  const messages = messagesOf(turn.input);
  const place = messages.indexOf(stop);
  return messages.reduce(
    (so, message, index) =>
      message === stop ? so : ignore(so, message, index < place ? 'stopped' : 'after-stop'),
    turn,
  );
}

function confirmation(turn: Turn, emergency: boolean): Say {
  const { practice } = turn.input;
  const language = languageOf(turn);
  const confirmed = text('stop.confirmed', language, { practice: practice.name, phone: practice.phone });
  const urgent = text('stop.emergency', language, { number: practice.emergency.number });
  const said = emergency ? `${confirmed}\n${urgent}` : confirmed;
  return { content: { kind: 'text', text: said }, purpose: 'stop-confirmation', dataClass: 'none' };
}

/** While messages are stopped only START is read; anything else is told so, at most once a day. */
export function whileStopped(turn: Turn, message: PatientMessage): Turn {
  const { content } = message;
  if (content.kind === 'text' && isStart(content.text)) {
    const started = startAgain(turn, message);
    if (started) return started;
  }
  const ignored = ignore(turn, message, 'stopped');
  const isWritten = content.kind !== 'reaction' && content.kind !== 'edit' && content.kind !== 'revoke';
  return isWritten && content.kind !== 'identity-change' ? remind(ignored) : ignored;
}

function startAgain(turn: Turn, message: PatientMessage): Turn | undefined {
  const { consent } = turn;
  const asked = consent.status === 'withdrawn' && consent.wording !== undefined;
  const started = asked
    ? answerOptIn(turn, message, 'GiveOptIn', 'start-word')
    : askOptIn(turn, 'start-word');
  if (!started) return undefined;
  const known = record(started, { type: 'CommandUnderstood', data: { command: 'start', at: turn.input.at } });
  if (known.conversation.owner === 'staff') return sayWho({ ...known, reply: 'notes' }, 'no-form');
  return advance(greet(known), 'next');
}

function remind(turn: Turn): Turn {
  const { practice, at } = turn.input;
  const before = turn.conversation.stopRemindedAt;
  if (before !== undefined && Date.parse(at) - Date.parse(before) < reminderEveryMs) return turn;
  const said = text('stop.reminder', languageOf(turn), { phone: practice.phone });
  const say: Say = { content: { kind: 'text', text: said }, purpose: 'consent', dataClass: 'none' };
  return { ...record(turn, { type: 'StopReminded', data: { at } }), last: say };
}
