import type { ConversationDetail, ThreadLine } from '#handoff/contract.ts';

/** What is known of an open conversation: its newest state, and every line that was ever asked for. */
export type Opened = {
  readonly detail: ConversationDetail;
  /** Oldest first. */
  readonly lines: readonly ThreadLine[];
  /** Asks for what was before the first line; null at the beginning. */
  readonly older: string | null;
};

/**
 * The newest state in the place of the one before. Lines that have left the newest page stay; where the two have no line in
 * common, something between them is missing, and the older lines are let go.
 */
export function withNewest(before: Opened | undefined, detail: ConversationDetail): Opened {
  const fresh = new Set(detail.thread.map(({ id }) => id));
  const isJoined = before?.lines.some(({ id }) => fresh.has(id)) === true;
  if (!before || !isJoined) return { detail, lines: detail.thread, older: detail.older };
  const kept = before.lines.filter(({ id }) => !fresh.has(id));
  return { detail, lines: [...kept, ...detail.thread], older: before.older };
}

/** A page of earlier lines, before those that are known. */
export function withOlder(before: Opened, page: Pick<ConversationDetail, 'thread' | 'older'>): Opened {
  const known = new Set(before.lines.map(({ id }) => id));
  return {
    ...before,
    lines: [...page.thread.filter(({ id }) => !known.has(id)), ...before.lines],
    older: page.older,
  };
}

export type Day = { readonly day: string; readonly lines: readonly ThreadLine[] };

/** The lines by day. `dayOf` names the day of an instant in the practice's zone. */
export function byDay(lines: readonly ThreadLine[], dayOf: (at: string) => string): Day[] {
  const days: { day: string; lines: ThreadLine[] }[] = [];
  for (const line of lines) {
    const day = dayOf(line.at);
    const last = days.at(-1);
    if (last?.day === day) last.lines.push(line);
    else days.push({ day, lines: [line] });
  }
  return days;
}

/** Whether the next message is of the same side and person, within moments: then it needs no name of its own. */
export function goesOn(before: ThreadLine | undefined, line: ThreadLine): boolean {
  const pauseMs = 5 * 60_000;
  return (
    before?.kind === 'message' &&
    line.kind === 'message' &&
    before.side === line.side &&
    before.by === line.by &&
    Date.parse(line.at) - Date.parse(before.at) < pauseMs
  );
}

/** How many of the patient's messages came after a line that one has seen. */
export function newFromPatient(lines: readonly ThreadLine[], seenId: string | undefined): number {
  const from = lines.findIndex(({ id }) => id === seenId);
  if (from < 0) return 0;
  return lines.slice(from + 1).filter((line) => line.kind === 'message' && line.side === 'patient').length;
}
