import type { Bubble, PhoneContent } from '../../sandbox/phone/index.ts';
import { answerTo, plainYes, type Reply } from '../../sandbox/phone/persona-answer.ts';
import { choicesOf, dayThatSuits, timesOf } from '../../sandbox/walk/patient.ts';
import type { Random } from '../random.ts';
import type { OnReminder, Player, Wish } from './people.ts';
import { leadingTo, titleOf } from './words.ts';

/** What one patient says to one message of the practice. */

export type Mood = {
  readonly player: Player;
  /** What they want now; undefined when they have it all. */
  readonly wish: Wish | undefined;
  readonly asked: Map<Reply['topic'], number>;
  readonly random: Random;
  /** Milliseconds since the epoch, by the clock of the world. */
  readonly now: number;
};

export type Reaction = { readonly content: PhoneContent; readonly wish?: Wish };

const reminderWish: Readonly<Record<Exclude<OnReminder, 'ignore'>, Wish>> = {
  confirm: 'confirmed',
  move: 'moved',
  cancel: 'cancelled',
};
const reminderButton: Readonly<Record<Exclude<OnReminder, 'ignore'>, number>> = {
  confirm: 0,
  move: 1,
  cancel: 2,
};

/** Undefined where it asks nothing of this patient. */
export function reactTo(message: Bubble, mood: Mood): Reaction | undefined {
  if (message.kind === 'template') return reactToReminder(message, mood);
  const { player, wish } = mood;
  if (wish === undefined || wish === 'stopped') return undefined;
  const content = choiceFor(message, wish, mood) ?? bargainFor(message, mood) ?? answerFor(message, mood);
  if (content !== undefined) return { content };
  const isPlainQuestion = choicesOf(message).length === 0 && message.text?.trim().endsWith('?') === true;
  if (!isPlainQuestion || wish === 'answered') return undefined;
  return { content: { kind: 'text', text: plainYes(player.patient.persona) } };
}

function reactToReminder(message: Bubble, { player }: Mood): Reaction | undefined {
  const { onReminder } = player;
  if (onReminder === 'ignore') return undefined;
  const choice = choicesOf(message)[reminderButton[onReminder]];
  if (choice === undefined) return undefined;
  return {
    content: { kind: 'tap', messageId: message.id, choiceId: choice.id },
    wish: reminderWish[onReminder],
  };
}

/** A choice whose title leads to what the patient wants. */
function choiceFor(message: Bubble, wish: Wish, { player }: Mood): PhoneContent | undefined {
  const { language } = player.patient;
  const offered = choicesOf(message);
  for (const name of leadingTo[wish]) {
    const choice = offered.find(({ title }) => title === titleOf(language, name));
    if (choice !== undefined) return { kind: 'tap', messageId: message.id, choiceId: choice.id };
  }
  return undefined;
}

/** Free times: mostly the first, as others do; sometimes another, and now and then another day. */
function bargainFor(message: Bubble, { player, random, now }: Mood): PhoneContent | undefined {
  const times = timesOf(message);
  if (times.length === 0) return undefined;
  if (random.chance(0.15)) {
    return { kind: 'text', text: dayThatSuits(now, 'America/Sao_Paulo', player.patient.user.country) };
  }
  const choice = random.chance(0.5) ? (times[0] ?? random.pick(times)) : random.pick(times);
  return { kind: 'tap', messageId: message.id, choiceId: choice.id };
}

function answerFor(message: Bubble, { player, asked }: Mood): PhoneContent | undefined {
  const reply = answerTo(message, player.patient.persona, (topic) => asked.get(topic) ?? 0);
  if (reply === undefined) return undefined;
  asked.set(reply.topic, (asked.get(reply.topic) ?? 0) + 1);
  return reply.content;
}
