import { nearDays, windowDays } from './calendar.ts';
import type { WorldPractice } from './options.ts';
import { seedPractice } from './seed.ts';

/** The calendars of the simulated practice systems, kept filled from the present day on. */
export type Calendars = {
  /** Resolves once the coming days have their slots; the rest of the window follows when nobody waits. */
  readonly ready: () => Promise<void>;
  /** Fills all of the window that begins now: call it when the clock was moved. */
  readonly fill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type CalendarsOptions = {
  /** FHIR base URL of a practice's system; undefined where it is not one of ours. */
  readonly baseUrl: (practiceId: string) => string | undefined;
  readonly practices: readonly WorldPractice[];
  readonly clock: { readonly now: () => number };
};

/** Milliseconds after the near days are there; a start, or a short test, is over by then. */
const restAfterMs = 5_000;

export function keepCalendars({ baseUrl, practices, clock }: CalendarsOptions): Calendars {
  const stopping = new AbortController();
  const { signal } = stopping;
  let timer: NodeJS.Timeout | undefined;
  const fillAll = async (ahead: number) => {
    for (const practice of practices) {
      const { visitTypes = [] } = practice;
      const url = baseUrl(practice.id);
      if (url === undefined || signal.aborted) continue;
      const seeded = { ...practice, visitTypes };
      await seedPractice({ baseUrl: url, practice: seeded, now: clock.now(), ahead, signal });
    }
  };
  // One after the other: two at once would make the same slots.
  let last = fillAll(nearDays);
  const ready = last;
  const fill = () => {
    clearTimeout(timer);
    last = last.catch(() => undefined).then(() => fillAll(windowDays));
    return last;
  };
  // Whoever waits for it is told what went wrong; a start that was given up waits for nothing.
  ready.then(
    () => {
      if (!signal.aborted) timer = setTimeout(() => fill().catch(() => undefined), restAfterMs).unref();
    },
    () => undefined,
  );
  return {
    ready: () => ready,
    fill,
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await last.catch(() => undefined);
    },
  };
}
