import { readThread, type Thread } from '#channels/index.ts';
import { type ConsentEvent, type ConsentState, consent } from '#consent/index.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Append, EventStore } from '#platform/eventstore/store.ts';
import { newShortId } from '#platform/ids.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { Sealer } from '#security/index.ts';
import type { HandoffContext } from './context.ts';
import type { HandoffEvent } from './events.ts';
import { type HandoffCommand, type HandoffRefusal, handoff } from './handoff.ts';
import type { HandoffState, Lease } from './handoff-state.ts';

export function handoffStream(conversationId: string): string {
  return `handoff/${conversationId}`;
}

/** The stream's name says whose events these are. */
export const asHandoff = (events: readonly StoredEvent[]) => events as unknown as readonly HandoffEvent[];
const asConsent = (events: readonly StoredEvent[]) => events as unknown as readonly ConsentEvent[];

/** How the last handoff was resolved; undefined while one is open, and where staff resolved none. */
export function resolvedWith(past: readonly StoredEvent[]): { readonly resume: boolean } | undefined {
  const last = asHandoff(past).findLast(
    ({ type }) => type === 'HandoffOpened' || type === 'HandoffResolved' || type === 'HandoffWithdrawn',
  );
  return last?.type === 'HandoffResolved' ? { resume: last.data.resume } : undefined;
}

/** What a turn of the conversation did about a person, in order. */
export type HandoffChange =
  /** The assistant stopped. */
  | { readonly context: HandoffContext }
  /** The patient goes on with the assistant, or stopped everything. */
  | { readonly withdrawn: 'patient' };

/**
 * What a turn must append, with its own facts and in its own transaction, when it handed over or took back.
 *
 * @param past the events of `handoffStream(conversationId)`
 * @param turn `subject`: whose key seals what the conversation says
 * @returns undefined where it changes nothing: a second reason while a person is awaited already, or no handoff to withdraw
 */
export function handoffAppends(
  past: readonly StoredEvent[],
  turn: {
    readonly conversationId: string;
    readonly subject: string;
    readonly changes: readonly HandoffChange[];
    readonly at: string;
  },
): Append | undefined {
  const { conversationId, subject, changes, at } = turn;
  const facts: HandoffEvent[] = [];
  let state = fold(handoff, asHandoff(past));
  for (const change of changes) {
    const command: HandoffCommand =
      'context' in change
        ? { type: 'OpenHandoff', context: change.context, at }
        : { type: 'WithdrawHandoff', why: change.withdrawn, at };
    const decision = handoff.decide(command, state);
    if (isRefusal(decision)) throw new Error(`a turn cannot be refused: ${decision.refused}`);
    facts.push(...decision);
    state = decision.reduce(handoff.evolve, state);
  }
  if (facts.length === 0) return undefined;
  return { stream: handoffStream(conversationId), expectedVersion: past.length, subject, facts };
}

export type HandoffActDeps = {
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
};

/** Why an act was not done. */
export type ActRefusal = HandoffRefusal | 'UNKNOWN_CONVERSATION' | 'WINDOW_CLOSED' | 'NOT_CONSENTED';

export type Acted =
  | { readonly refused: ActRefusal }
  | { readonly state: HandoffState; readonly facts: readonly HandoffEvent[]; readonly at: string };

type Standing = {
  readonly state: HandoffState;
  readonly consent: ConsentState;
  readonly thread: Thread;
  readonly at: string;
};

/** What goes along with the facts of an act, or why it may not be done. */
type Along = readonly Append[] | { readonly refused: ActRefusal };

/**
 * One act of a member of staff, or of the machinery: waits for the conversation's lock, so that acts and turns never overlap; decides; appends.
 * A refusal changes nothing.
 *
 * @param along called where the act changes something
 */
export async function act(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  staffId: string,
  command: (at: string) => HandoffCommand,
  along: (standing: Standing) => Along = () => [],
): Promise<Acted> {
  await lockMailbox(tx, conversationId);
  const thread = await readThread(tx, deps.sealer, conversationId);
  if (thread === undefined) return { refused: 'UNKNOWN_CONVERSATION' };
  const at = isoNow(deps.clock);
  const streams = [handoffStream(conversationId), `consent/${conversationId}`] as const;
  const events = await deps.store.load(tx, streams);
  const past = events.get(streams[0]) ?? [];
  const state = fold(handoff, asHandoff(past));
  const facts = handoff.decide(command(at), state);
  if (isRefusal(facts)) return facts;
  if (facts.length === 0) return { state, facts, at };
  const given = fold(consent, asConsent(events.get(streams[1]) ?? []));
  const others = along({ state, consent: given, thread, at });
  if ('refused' in others) return others;
  const own = { stream: streams[0], expectedVersion: past.length, subject: thread.subject, facts };
  const id = newShortId();
  await deps.store.append(tx, [own, ...others], {
    at,
    actor: staffId,
    correlationId: id,
    causationId: id,
  });
  return { state: facts.reduce(handoff.evolve, state), facts, at };
}

/** Until when a lease runs that begins, or is renewed, at `at`. */
export const leaseEnd = (at: string, leaseMinutes: number) =>
  new Date(Date.parse(at) + leaseMinutes * 60_000).toISOString();

export type LeaseAnswer = { readonly refused: ActRefusal } | { readonly lease: Lease };

function leaseOf(acted: Acted): LeaseAnswer {
  if ('refused' in acted) return acted;
  return acted.state.lease === undefined ? { refused: 'STALE_TOKEN' } : { lease: acted.state.lease };
}

/** Takes a conversation that waits, or whose lease has lapsed; with `over` from a colleague as well. */
export async function takeHandoff(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  wish: { readonly staffId: string; readonly over: boolean; readonly leaseMinutes: number },
): Promise<LeaseAnswer> {
  const { staffId, over, leaseMinutes } = wish;
  return leaseOf(
    await act(tx, deps, conversationId, staffId, (at) => ({
      type: 'TakeHandoff',
      staffId,
      over,
      until: leaseEnd(at, leaseMinutes),
      at,
    })),
  );
}

/** A sign of life. */
export async function renewLease(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  owner: { readonly staffId: string; readonly token: number; readonly leaseMinutes: number },
): Promise<LeaseAnswer> {
  const { staffId, token, leaseMinutes } = owner;
  return leaseOf(
    await act(tx, deps, conversationId, staffId, (at) => ({
      type: 'RenewLease',
      staffId,
      token,
      until: leaseEnd(at, leaseMinutes),
      at,
    })),
  );
}

/** Gives the conversation to a colleague, with a lease and a token of their own. */
export function assignHandoff(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  wish: {
    readonly by: string;
    readonly token: number | null;
    readonly staffId: string;
    readonly leaseMinutes: number;
  },
): Promise<Acted> {
  const { by, token, staffId, leaseMinutes } = wish;
  return act(tx, deps, conversationId, by, (at) => ({
    type: 'AssignHandoff',
    by,
    token,
    staffId,
    until: leaseEnd(at, leaseMinutes),
    at,
  }));
}

type Owner = { readonly staffId: string; readonly token: number };

export function releaseHandoff(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  { staffId, token }: Owner,
): Promise<Acted> {
  return act(tx, deps, conversationId, staffId, (at) => ({ type: 'ReleaseHandoff', staffId, token, at }));
}

/** Ends the handoff. What follows in the conversation is its own reaction to `HandoffResolved`. */
export function resolveHandoff(
  tx: Tx,
  deps: HandoffActDeps,
  conversationId: string,
  end: Owner & { readonly code: string; readonly resume: boolean },
): Promise<Acted> {
  return act(tx, deps, conversationId, end.staffId, (at) => ({ type: 'ResolveHandoff', ...end, at }));
}

/** The handoffs of a conversation, as they stand. */
export async function loadHandoff(
  tx: Tx,
  store: EventStore,
  conversationId: string,
): Promise<{ readonly state: HandoffState; readonly past: readonly StoredEvent[] }> {
  const stream = handoffStream(conversationId);
  const past = (await store.load(tx, [stream])).get(stream) ?? [];
  return { state: fold(handoff, asHandoff(past)), past };
}
