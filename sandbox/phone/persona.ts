import { EventEmitter, on } from 'node:events';
import type { Phone } from './index.ts';
import { answerTo, plainYes, type Reply } from './persona-answer.ts';
import { greetings } from './persona-words.ts';
import type { Bubble } from './transcript.ts';

/** A patient who plays by themselves: what they know and speak. */
export type Persona = {
  readonly language: 'pt' | 'es' | 'en';
  readonly name: string;
  /** `YYYY-MM-DD` */
  readonly birthDate: string;
  readonly sex: 'female' | 'male' | 'other';
  readonly phone: string;
  readonly address: string;
  readonly payer: string;
  /** Empty when there is none. */
  readonly memberNumber: string;
  readonly reason: string;
};

export type PersonaResult = {
  /** What was said from the persona's greeting on. */
  readonly transcript: readonly Bubble[];
  /** `until` came true before the time was up. */
  readonly done: boolean;
};

export type PersonaOptions = {
  readonly phone: Phone;
  readonly patientId: string;
  readonly accountId: string;
  readonly persona: Persona;
  /** Asked after every change of the chat, with what was said since the greeting. */
  readonly until: (transcript: readonly Bubble[]) => boolean | Promise<boolean>;
  /** Milliseconds of real time. */
  readonly timeoutMs: number;
  /** What the persona opens with; by default a greeting in its language. */
  readonly opening?: string;
  /** Ask `until` again, for what changes outside of the chat. */
  readonly recheck?: EventEmitter;
  /** Give up from outside. */
  readonly signal?: AbortSignal;
};

/** A question asked more often than this is not understood by the persona, or it is not understood by the practice. */
const maxRepeats = 3;

/**
 * Plays a patient: greets, then answers what the practice asks until `until` holds. It reacts to changes of the chat and
 * never sleeps; it gives up when the time is over, or when it cannot get past a question.
 */
export async function playPersona(options: PersonaOptions): Promise<PersonaResult> {
  const { phone, patientId, accountId, persona } = options;
  const already = phone.chat(patientId, accountId).messages.length;
  const transcript = () => phone.chat(patientId, accountId).messages.slice(already);
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const wakes = new EventEmitter();
  const wake = (change?: { patientId: string; accountId: string }) => {
    if (change === undefined || (change.patientId === patientId && change.accountId === accountId))
      wakes.emit('wake');
  };
  const recheck = () => wake();
  phone.events.on('change', wake);
  options.recheck?.on('recheck', recheck);
  const listening = on(wakes, 'wake', { signal });
  const react = reactions(options);
  try {
    phone.send(patientId, accountId, { kind: 'text', text: options.opening ?? greetings[persona.language] });
    for await (const _ of listening) {
      if (await options.until(transcript())) return { transcript: transcript(), done: true };
      if (!react(transcript())) return { transcript: transcript(), done: false };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    phone.events.off('change', wake);
    options.recheck?.off('recheck', recheck);
  }
  return { transcript: transcript(), done: await options.until(transcript()) };
}

/** Answers each message of the practice once. False when the persona is stuck. */
function reactions({
  phone,
  patientId,
  accountId,
  persona,
}: PersonaOptions): (transcript: readonly Bubble[]) => boolean {
  const answered = new Set<string>();
  const asked = new Map<Reply['topic'], number>();
  const repeats = new Map<string, number>();
  return (transcript) => {
    const fresh = transcript.filter(
      ({ id, side, status }) => side === 'practice' && status !== 'failed' && !answered.has(id),
    );
    for (const { id } of fresh) answered.add(id);
    if (fresh.length > 0) phone.seen(patientId, accountId);
    for (const message of fresh) {
      const text = message.text ?? '';
      const seen = (repeats.get(text) ?? 0) + 1;
      repeats.set(text, seen);
      if (seen > maxRepeats) return false;
      const reply = answerTo(message, persona, (topic) => asked.get(topic) ?? 0);
      if (reply !== undefined) {
        const times = (asked.get(reply.topic) ?? 0) + 1;
        asked.set(reply.topic, times);
        if (reply.topic !== 'choice' && times > maxRepeats) return false;
        phone.send(patientId, accountId, reply.content);
      } else if (text.trim().endsWith('?') && seen === 1) {
        phone.send(patientId, accountId, { kind: 'text', text: plainYes(persona) });
      }
    }
    return true;
  };
}
