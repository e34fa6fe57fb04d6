import type { AskedWhat } from './conversation.ts';

/** The ids of the choices under the bot's own questions; those under a form's questions are `tapId`'s of `intake/`. */

export type BotTap =
  | { readonly kind: 'answer'; readonly question: AskedWhat; readonly code: string }
  /** A command offered as a choice, for the question `linkId` where there is one. */
  | { readonly kind: 'command'; readonly command: 'skip' | 'back' | 'person'; readonly linkId: string };

export function answerTap(question: AskedWhat, code: string): string {
  return `q:${question}:${encodeURIComponent(code)}`;
}

export function commandTap(command: 'skip' | 'back' | 'person', linkId: string): string {
  return `c:${command}:${encodeURIComponent(linkId)}`;
}

const questions: readonly string[] = [
  'language',
  'opt-in',
  'summary',
  'change-which',
  'start-over?',
  'stop-or-form?',
  'offer',
  'slots',
  'slot-day',
  'slot-clinician',
  'book?',
  'cancel-visit?',
  'visit?',
] satisfies readonly AskedWhat[];

/** Undefined where the id is none of ours. */
export function readBotTap(id: string): BotTap | undefined {
  const [, prefix, name = '', rest = ''] = /^([qc]):([^:]*):([^:]*)$/.exec(id) ?? [];
  const value = decoded(rest);
  if (prefix === undefined || value === undefined) return undefined;
  if (prefix === 'q') {
    // The list above holds nothing but names of questions.
    return questions.includes(name)
      ? { kind: 'answer', question: name as AskedWhat, code: value }
      : undefined;
  }
  return name === 'skip' || name === 'back' || name === 'person'
    ? { kind: 'command', command: name, linkId: value }
    : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
