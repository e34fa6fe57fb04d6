import { useEffect, useSyncExternalStore } from 'react';
import { type LiveEvent, liveEventsUrl } from './api.ts';

export type LiveState = 'connecting' | 'live' | 'reconnecting';

const firstRetryMs = 500;
const maxRetryMs = 15_000;

type Listener = {
  readonly onEvent: (event: LiveEvent) => void;
  /** The stream was cut and is back: anything may have been missed. */
  readonly onResume: () => void;
};

/**
 * One server-sent event stream for the whole page. The browser's own reconnecting gives up on an HTTP error (a
 * restarting server behind a proxy), so it is closed and opened again here, with a growing pause.
 */
const listeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
let state: LiveState = 'connecting';
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

function setState(next: LiveState): void {
  state = next;
  for (const changed of stateListeners) changed();
}

function connect(): void {
  clearTimeout(retry);
  const stream = new EventSource(liveEventsUrl);
  source = stream;
  stream.onopen = () => {
    const resumed = failures > 0;
    failures = 0;
    setState('live');
    if (resumed) for (const { onResume } of [...listeners]) onResume();
  };
  stream.onmessage = (message: MessageEvent<string>) => {
    const event = parse(message.data);
    if (event) for (const { onEvent } of [...listeners]) onEvent(event);
  };
  stream.onerror = () => {
    stream.close();
    failures += 1;
    setState('reconnecting');
    retry = setTimeout(connect, Math.min(maxRetryMs, firstRetryMs * 2 ** (failures - 1)));
  };
}

function parse(data: string): LiveEvent | undefined {
  try {
    // The world's own stream; a type that this release does not know matches no listener.
    return JSON.parse(data) as LiveEvent;
  } catch {
    return undefined;
  }
}

function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (!source) connect();
  return () => listeners.delete(listener);
}

/** Whether the page hears of changes at once. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    () => state,
  );
}

/** Calls `reload` when an event matches, and after every gap in the stream. Both must be stable between renders. */
export function useLiveReload(matches: (event: LiveEvent) => boolean, reload: () => void): void {
  useEffect(
    () => listen({ onEvent: (event) => matches(event) && reload(), onResume: reload }),
    [matches, reload],
  );
}
