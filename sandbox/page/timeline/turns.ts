import type { TimelineEvent } from '../api.ts';

/**
 * One line of the timeline. Usually one event; the uneventful life of an outbound message (queued, claimed, accepted,
 * delivered, read) is one line that fills up where the message began, since six lines per reply would bury the rest.
 */
export type Row = {
  readonly key: string;
  readonly first: TimelineEvent;
  readonly events: readonly TimelineEvent[];
};

/** Rows that one cause led to, without a break by another cause's. */
export type Turn = {
  /** Stable as events are added: the position of the first. */
  readonly key: string;
  readonly title: string;
  readonly at: string;
  readonly rows: readonly Row[];
};

/** What may join the line of its message. Trouble gets a line of its own, at its own time. */
const uneventful = new Set(['MessageQueued', 'MessageClaimed', 'MessageAccepted', 'MessageStatusChanged']);

function joinsItsMessage({ type, data }: TimelineEvent): boolean {
  const failed = typeof data === 'object' && data !== null && 'status' in data && data.status === 'failed';
  return uneventful.has(type) && !failed;
}

/** In the order given. A cause that comes back after another makes a new turn, so that time only runs downwards. */
export function byTurn(events: readonly TimelineEvent[]): readonly Turn[] {
  type OpenRow = { key: string; first: TimelineEvent; events: TimelineEvent[] };
  const turns: { key: string; cause: string; title: string; at: string; rows: OpenRow[] }[] = [];
  const messages = new Map<string, OpenRow>();
  for (const event of events) {
    const joins = joinsItsMessage(event);
    const begun = joins ? messages.get(event.stream) : undefined;
    if (begun) {
      begun.events.push(event);
      continue;
    }
    const row = { key: event.position, first: event, events: [event] };
    if (joins) messages.set(event.stream, row);
    const last = turns.at(-1);
    if (last?.cause === event.correlationId) last.rows.push(row);
    else {
      const { position: key, correlationId: cause, at } = event;
      turns.push({ key, cause, title: title(event), at, rows: [row] });
    }
  }
  return turns.map(({ rows, ...turn }) => ({ ...turn, rows: asTold(rows) }));
}

/** What a person would tell first, of things that are true from the same instant on. */
function rank({ first: { type, stream } }: Row): number {
  if (type === 'ConversationStarted') return 0;
  if (type === 'MessagesRead') return 1;
  if (stream.startsWith('message/')) return 4;
  return type === 'QuestionAsked' ? 3 : 2;
}

/** One transaction's facts have one instant and no order that means anything; rows of different instants keep theirs. */
function asTold(rows: readonly Row[]): readonly Row[] {
  const instants: Row[][] = [];
  for (const row of rows) {
    const last = instants.at(-1);
    if (last?.[0]?.first.at === row.first.at) last.push(row);
    else instants.push([row]);
  }
  return instants.flatMap((instant) => instant.toSorted((a, b) => rank(a) - rank(b)));
}

function title(first: TimelineEvent): string {
  const [aggregate] = first.stream.split('/');
  if (first.type === 'MessagesRead' || first.actor === 'patient') return 'The patient wrote';
  if (aggregate === 'message') return 'On the way to the patient';
  if (aggregate === 'intake' || aggregate === 'appointment') return 'In the practice system';
  if (aggregate === 'reminders') return 'When it is time';
  if (aggregate === 'handoff') return first.actor === 'system' ? 'In the background' : 'Staff';
  if (first.actor === 'bot') return 'The assistant';
  return first.actor === 'system' ? 'In the background' : 'Staff';
}
