import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { Mail } from './turn.ts';

/** The queue whose jobs take turns: "this conversation has mail". */
export const turnsQueue = 'turns';

/** The queue whose jobs carry news from inside (an intake was filed) to the conversation that waits for it. */
export const newsQueue = 'news';

/** The job "this conversation has mail". One waits per conversation. */
export function wake(practiceId: string, conversationId: string): OwedJob {
  return { queue: turnsQueue, data: { practiceId, conversationId }, key: `${practiceId}/${conversationId}` };
}

const newsOfFact: Readonly<Record<string, Exclude<Mail['kind'], 'message'>>> = {
  IntakeFiled: 'intake-filed',
  FilingDelayed: 'intake-delayed',
  IntakeRefused: 'intake-refused',
};

/** What became of an intake is told to the conversation that it came from. */
export function conversationReactions(event: StoredEvent): readonly OwedJob[] {
  const kind = newsOfFact[event.type];
  if (kind === undefined || !event.stream.startsWith('intake/')) return [];
  const intakeId = event.stream.slice('intake/'.length);
  return [{ queue: newsQueue, data: { practiceId: event.practiceId, intakeId, kind } }];
}
