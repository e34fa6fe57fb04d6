import { useCallback } from 'react';
import { api, type LiveEvent, type TimelineEvent } from '../api.ts';
import { type Loaded, useResource } from '../use-resource.ts';

/** What the page keeps: more would only slow it down, and nobody scrolls so far. */
const maxEvents = 1_000;

export type Timeline = { readonly events: readonly TimelineEvent[]; readonly next: string | undefined };

/** Every event of the practice so far, oldest first; only what is new is fetched. */
export function useTimeline(practiceId: string): Loaded<Timeline> {
  const load = useCallback(
    async (signal: AbortSignal, previous: Timeline | undefined): Promise<Timeline> => {
      let timeline = previous ?? { events: [], next: undefined };
      for (;;) {
        const page = await api.timeline(practiceId, timeline.next, signal);
        if (page.events.length === 0) return timeline;
        timeline = { events: merged(timeline.events, page.events), next: page.next };
      }
    },
    [practiceId],
  );
  const matches = useCallback(
    (event: LiveEvent) => event.type === 'timeline' && event.practiceId === practiceId,
    [practiceId],
  );
  return useResource(load, matches);
}

/** A page may repeat what we have when commits overlap; an event is shown once. */
export function merged(
  have: readonly TimelineEvent[],
  more: readonly TimelineEvent[],
): readonly TimelineEvent[] {
  const positions = new Set(have.map(({ position }) => position));
  return [...have, ...more.filter(({ position }) => !positions.has(position))].slice(-maxEvents);
}
