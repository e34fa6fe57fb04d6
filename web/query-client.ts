import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './request.ts';

const maxRetries = 2;

/** What may pass by itself: no answer, or a server that is busy. A refusal stays one. */
const mayPass = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'NO_ANSWER' || error.status >= 500);

/** Patient data lives in memory only, and goes when nothing shows it any more. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < maxRetries && mayPass(error),
      // The event stream says what has changed.
      staleTime: 30_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
