import { useQuery } from '@tanstack/react-query';
import { figures } from '../api.ts';
import { useLiveQuery } from '../live.ts';

/** Days that the reports tell of, today included. */
export const reportDays = 14;

/** Milliseconds. Nearly everything that happens changes a figure, and nobody reads that fast. */
const gatherMs = 5_000;

/** The figures of the last days, as they are now; the same for the strip and the reports. */
export function useFigures() {
  const queryKey = ['figures'];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => figures.ofDays(reportDays, signal),
    // What happened while no screen showed them was not heard of; an alarm must not wait for the next event.
    staleTime: 0,
  });
  useLiveQuery(queryKey, (event) => event.type === 'figures' || event.type === 'failures', gatherMs, 2);
  return query;
}
