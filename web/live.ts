import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { type LiveEvent, liveEvent } from '#platform/contract.ts';
import { sessionEnded } from './session/ended.ts';

/**
 * The server's event stream: what has changed, by id. One for the whole page, open while somebody is signed in.
 *
 * - `live`: changes are heard of at once.
 * - `reconnecting`: the stream was cut; when it is back, everything that is shown is asked for again.
 */
export type LiveState = 'off' | 'connecting' | 'live' | 'reconnecting';

type Listener = {
  readonly onEvent: (event: LiveEvent) => void;
  /** The stream was cut and is back: anything may have been missed. */
  readonly onResume: () => void;
};

const firstRetryMs = 500;
const maxRetryMs = 15_000;

const listeners = new Set<Listener>();
const stateListeners = new Set<() => void>();
let state: LiveState = 'off';
let source: EventSource | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

function setState(next: LiveState): void {
  state = next;
  for (const changed of [...stateListeners]) changed();
}

/** The browser's own reconnecting gives up on an HTTP error (a restarting server behind a proxy), so it is done here. */
function connect(): void {
  const stream = new EventSource('/api/events');
  source = stream;
  stream.onopen = () => {
    const resumed = failures > 0;
    failures = 0;
    setState('live');
    if (resumed) for (const { onResume } of [...listeners]) onResume();
  };
  stream.onmessage = (message: MessageEvent<string>) => hear(message.data);
  stream.onerror = () => {
    stream.close();
    failures += 1;
    setState('reconnecting');
    retry = setTimeout(connect, Math.min(maxRetryMs, firstRetryMs * 2 ** (failures - 1)));
  };
}

function hear(data: string): void {
  const event = parse(data);
  if (event === undefined) return;
  if (event.type === 'signed-out') {
    disconnect();
    sessionEnded();
    return;
  }
  for (const { onEvent } of [...listeners]) onEvent(event);
}

/** Undefined for what this release does not know. */
function parse(data: string): LiveEvent | undefined {
  try {
    return liveEvent.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

function disconnect(): void {
  clearTimeout(retry);
  source?.close();
  source = undefined;
  setState('off');
}

/** Keeps the stream open while `isOn`; a stream that comes back after a pause counts as one that was cut. */
export function useLiveStream(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    setState('connecting');
    connect();
    return () => {
      failures += 1;
      disconnect();
    };
  }, [isOn]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (changed) => {
      stateListeners.add(changed);
      return () => stateListeners.delete(changed);
    },
    () => state,
  );
}

/** Milliseconds in which further changes are asked for together, where nothing else is said. */
const gatherMs = 250;

/**
 * Asks again for what the query shows when an event matches, and after every gap in the stream. The first change at once, those
 * that follow within moments together. `matches` may change with every render.
 * @param everyMs milliseconds from one asking to the next, at least: longer for what changes with everything
 * @param times how often is asked after the last change: twice for what the server counts a moment after it happened
 */
export function useLiveQuery(
  queryKey: QueryKey,
  matches: (event: LiveEvent) => boolean,
  everyMs = gatherMs,
  times = 1,
): void {
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  const latest = useRef({ queryKey, matches });
  useEffect(() => {
    latest.current = { queryKey, matches };
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key's content says when to listen anew
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let owed = 0;
    const ask = () => {
      owed -= 1;
      void client.invalidateQueries({ queryKey: latest.current.queryKey });
      timer = setTimeout(() => {
        timer = undefined;
        if (owed > 0) ask();
      }, everyMs);
    };
    const change = () => {
      owed = times;
      if (timer === undefined) ask();
    };
    const listener: Listener = {
      onEvent: (event) => latest.current.matches(event) && change(),
      onResume: change,
    };
    listeners.add(listener);
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
    };
  }, [client, key, everyMs, times]);
}
