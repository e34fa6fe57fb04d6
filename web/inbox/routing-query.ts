import { queryOptions } from '@tanstack/react-query';
import { inbox } from '../api.ts';

/** How the practice routes: its codes, colleagues and limits. Changes with its configuration, so rarely. */
export const routingQuery = queryOptions({
  queryKey: ['routing'],
  queryFn: ({ signal }) => inbox.routing(signal),
  staleTime: 5 * 60_000,
});
