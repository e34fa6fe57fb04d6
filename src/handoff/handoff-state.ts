import type { HandoffEvent } from './events.ts';

/** The assignee's hold on a conversation. */
export type Lease = {
  readonly staffId: string;
  readonly token: number;
  /** Instant from which on a colleague may take the conversation. */
  readonly until: string;
  /** Of the last recorded sign of life. */
  readonly since: string;
};

/** How far one handoff is in the practice system. */
export type Filing = {
  readonly filed?: readonly string[];
  readonly closed?: readonly string[];
  /** Refused there, for good. */
  readonly failed?: string;
};

export type HandoffState = {
  readonly status: 'none' | 'waiting' | 'taken' | 'resolved' | 'withdrawn';
  /** The handoff that is open, or the last one. */
  readonly handoffId?: string;
  readonly reason?: string;
  readonly priority?: 'top' | 'normal';
  readonly openedAt?: string;
  /** The last token given, over the conversation's whole life; 0 before the first. */
  readonly token: number;
  /** Of the owner; there while `taken`. It stays when it lapses, until somebody else takes the conversation. */
  readonly lease?: Lease;
  /** True once staff answered in the handoff that is open. */
  readonly answered: boolean;
  readonly code?: string;
  /** Acts that were done, so that the same one twice is one. */
  readonly done: ReadonlySet<string>;
  /** By handoff. */
  readonly filings: ReadonlyMap<string, Filing>;
};

export const initial: HandoffState = {
  status: 'none',
  token: 0,
  answered: false,
  done: new Set(),
  filings: new Map(),
};

export function isOpen(state: HandoffState): boolean {
  return state.status === 'waiting' || state.status === 'taken';
}

/** True while the lease keeps colleagues out. */
export function holds(lease: Lease | undefined, at: string): lease is Lease {
  return lease !== undefined && lease.until > at;
}

/**
 * Whether this person may answer the patient with this token. For every state that is true of one pair at most. A lease that has
 * lapsed takes nothing from its owner until somebody else takes the conversation.
 */
export function maySpeak(state: HandoffState, staffId: string, token: number): boolean {
  return state.status === 'taken' && state.lease?.token === token && state.lease.staffId === staffId;
}

export function evolve(state: HandoffState, event: HandoffEvent): HandoffState {
  switch (event.type) {
    case 'HandoffOpened':
      return opened(state, event.data);
    case 'HandoffTaken':
    case 'HandoffAssigned': {
      const { staffId, token, until, at } = event.data;
      return { ...state, status: 'taken', token, lease: { staffId, token, until, since: at } };
    }
    case 'LeaseRenewed': {
      const { staffId, token, until, at } = event.data;
      return { ...state, lease: { staffId, token, until, since: at } };
    }
    case 'HandoffReleased':
      return { ...withoutLease(state), status: 'waiting' };
    case 'NoteAdded':
      return { ...state, done: new Set([...state.done, event.data.noteId]) };
    case 'StaffReplied':
      return { ...state, answered: true, done: new Set([...state.done, event.data.messageId]) };
    case 'HandoffResolved':
      return { ...withoutLease(state), status: 'resolved', code: event.data.code };
    case 'HandoffWithdrawn':
      return { ...withoutLease(state), status: 'withdrawn' };
    case 'HandoffFiled':
      return filed(state, event.data.handoffId, { filed: event.data.resources });
    case 'HandoffClosedInPractice':
      return filed(state, event.data.handoffId, { closed: event.data.resources });
    case 'HandoffNotFiled':
      return filed(state, event.data.handoffId, { failed: event.data.code });
    default:
      return state; // `MessagesSeen` matters to the list alone; others are of a newer release
  }
}

function opened(
  state: HandoffState,
  { handoffId, reason, priority, at }: Extract<HandoffEvent, { type: 'HandoffOpened' }>['data'],
): HandoffState {
  if (isOpen(state)) return { ...state, reason, priority };
  const { code: _, ...rest } = state;
  return {
    ...filed(rest, handoffId, {}),
    status: 'waiting',
    handoffId,
    reason,
    priority,
    openedAt: at,
    answered: false,
  };
}

function withoutLease({ lease: _, ...rest }: HandoffState): HandoffState {
  return rest;
}

function filed(state: HandoffState, handoffId: string, change: Filing): HandoffState {
  const filings = new Map(state.filings);
  filings.set(handoffId, { ...state.filings.get(handoffId), ...change });
  return { ...state, filings };
}
