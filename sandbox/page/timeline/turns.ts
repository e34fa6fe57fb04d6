import type { TimelineEvent } from '../api.ts';

/** Events that one cause led to, without a break by another cause's. */
export type Turn = {
  /** Stable as events are added: the position of the first. */
  readonly key: string;
  readonly title: string;
  readonly at: string;
  /** True when an earlier turn has the same cause: work that came later, such as a retry. */
  readonly continued: boolean;
  readonly events: readonly TimelineEvent[];
};

/** In the order given. A cause that comes back after another makes a new turn, so that time only runs downwards. */
export function byTurn(events: readonly TimelineEvent[]): readonly Turn[] {
  const turns: { key: string; title: string; at: string; continued: boolean; events: TimelineEvent[] }[] = [];
  const causes = new Set<string>();
  let cause: string | undefined;
  for (const event of events) {
    const last = turns.at(-1);
    if (last && event.correlationId === cause) {
      last.events.push(event);
      continue;
    }
    cause = event.correlationId;
    const continued = causes.has(cause);
    turns.push({ key: event.position, title: title(event), at: event.at, continued, events: [event] });
    causes.add(cause);
  }
  return turns;
}

function title(first: TimelineEvent): string {
  const [aggregate] = first.stream.split('/');
  if (first.type === 'MessagesRead' || first.actor === 'patient') return 'The patient wrote';
  if (aggregate === 'message') return 'A message on its way';
  if (aggregate === 'intake') return 'Work with the practice system';
  if (first.actor === 'bot') return 'The assistant';
  return first.actor === 'system' ? 'In the background' : 'Staff';
}
