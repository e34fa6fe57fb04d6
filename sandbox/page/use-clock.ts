import { useCallback, useEffect, useRef, useState } from 'react';

/** How often what shows the time is drawn again. */
const tickMs = 10_000;

/**
 * The world's time, running on from what the world last said; it may be days ahead of ours.
 *
 * @param worldNow ISO 8601, as of the latest answer; undefined before the first.
 */
export function useClock(worldNow: string | undefined): () => number {
  const offset = useRef(0);
  const [, tick] = useState(0);
  useEffect(() => {
    if (worldNow === undefined) return;
    offset.current = Date.parse(worldNow) - Date.now();
    tick((count) => count + 1);
  }, [worldNow]);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), tickMs);
    return () => clearInterval(timer);
  }, []);
  return useCallback(() => Date.now() + offset.current, []);
}
