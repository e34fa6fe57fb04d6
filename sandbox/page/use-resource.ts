import { useCallback, useEffect, useRef, useState } from 'react';
import type { LiveEvent } from './api.ts';
import { useLiveReload } from './live.ts';

export type Loaded<T> = {
  /** The last good answer; it stays while a reload runs or fails. */
  readonly data: T | undefined;
  /** Why the last load failed; undefined once one succeeds. */
  readonly error: string | undefined;
  readonly reload: () => void;
};

/** A failed load is tried again: what was down (a product still starting) comes back without telling us. */
const retryMs = 4_000;

/**
 * Loads, and loads again whenever the live stream says that it changed. Loads never overlap: however many events
 * arrive during one, a single further load follows, so a burst cannot pile requests up and answers cannot cross.
 *
 * @param load stable between renders (`useCallback`); a new one starts over. Gets the last answer, for paging on.
 * @param matches stable between renders: is this event about what we show?
 */
export function useResource<T>(
  load: (signal: AbortSignal, previous: T | undefined) => Promise<T>,
  matches: (event: LiveEvent) => boolean,
): Loaded<T> {
  const [data, setData] = useState<T>();
  const [error, setError] = useState<string>();
  const wake = useRef<() => void>(() => undefined);

  useEffect(() => {
    const stop = new AbortController();
    let previous: T | undefined;
    let running = false;
    let again = false;
    let retry: ReturnType<typeof setTimeout> | undefined;
    setData(undefined);
    setError(undefined);

    const run = async (): Promise<void> => {
      again = running;
      if (running) return;
      running = true;
      clearTimeout(retry);
      try {
        previous = await load(stop.signal, previous);
        if (!stop.signal.aborted) {
          setData(previous);
          setError(undefined);
        }
      } catch (problem) {
        if (stop.signal.aborted) return;
        setError(problem instanceof Error ? problem.message : 'It could not be loaded.');
        retry = setTimeout(() => void run(), retryMs);
      } finally {
        running = false;
        if (again && !stop.signal.aborted) void run();
      }
    };

    wake.current = () => void run();
    void run();
    return () => {
      stop.abort();
      clearTimeout(retry);
    };
  }, [load]);

  const reload = useCallback(() => wake.current(), []);
  useLiveReload(matches, reload);
  return { data, error, reload };
}
