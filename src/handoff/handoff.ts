import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { HandoffContext } from './context.ts';
import type { HandoffEvent } from './events.ts';
import { evolve, type HandoffState, holds, initial, isOpen, maySpeak } from './handoff-state.ts';

type Act = { readonly staffId: string; readonly token: number; readonly at: string };

export type HandoffCommand =
  | { readonly type: 'OpenHandoff'; readonly context: HandoffContext; readonly at: string }
  | {
      readonly type: 'TakeHandoff';
      readonly staffId: string;
      /** Also from a colleague whose lease stands. */
      readonly over: boolean;
      readonly until: string;
      readonly at: string;
    }
  | {
      readonly type: 'AssignHandoff';
      /** Who assigns, with the token if they own the conversation. */
      readonly by: string;
      readonly token: number | null;
      readonly staffId: string;
      readonly until: string;
      readonly at: string;
    }
  | ({ readonly type: 'RenewLease'; readonly until: string } & Act)
  | ({ readonly type: 'ReleaseHandoff' } & Act)
  | {
      readonly type: 'AddNote';
      readonly staffId: string;
      readonly noteId: string;
      readonly text: string;
      readonly at: string;
    }
  | ({
      readonly type: 'Reply';
      readonly messageId: string;
      readonly template: string | null;
      /** An answer is a sign of life as well. */
      readonly until: string;
    } & Act)
  | { readonly type: 'SeeMessages'; readonly staffId: string; readonly at: string }
  | ({ readonly type: 'ResolveHandoff'; readonly code: string; readonly resume: boolean } & Act)
  | { readonly type: 'WithdrawHandoff'; readonly why: 'patient'; readonly at: string }
  | {
      readonly type: 'RecordFiled' | 'RecordClosed';
      readonly handoffId: string;
      readonly resources: readonly string[];
      readonly at: string;
    }
  | {
      readonly type: 'RecordNotFiled';
      readonly handoffId: string;
      readonly code: string;
      readonly at: string;
    };

export const handoffRefusals = {
  NOT_OPEN: 'no person is needed in this conversation',
  LEASE_HELD: 'a colleague has this conversation',
  STALE_TOKEN: 'the conversation has another owner by now',
} as const;

export type HandoffRefusal = keyof typeof handoffRefusals;

export const handoff: Aggregate<HandoffState, HandoffCommand, HandoffEvent, HandoffRefusal> = {
  initial,
  decide,
  evolve,
};

/** Milliseconds. Signs of life within this time of the last are not recorded. */
export const signOfLifeMs = 60_000;

type Decided = Decision<HandoffEvent, HandoffRefusal>;

function decide(command: HandoffCommand, state: HandoffState): Decided {
  switch (command.type) {
    case 'OpenHandoff':
      return open(command, state);
    case 'TakeHandoff':
      return take(command, state);
    case 'AssignHandoff':
      return assign(command, state);
    case 'RenewLease':
      return owns(state, command) ?? renewal(state, command);
    case 'ReleaseHandoff': {
      const { staffId, token, at } = command;
      return owns(state, command) ?? [{ type: 'HandoffReleased', data: { staffId, token, at } }];
    }
    case 'AddNote': {
      const { staffId, noteId, text, at } = command;
      if (state.done.has(noteId)) return [];
      return [{ type: 'NoteAdded', data: { staffId, noteId, at }, phi: { text } }];
    }
    case 'Reply':
      return reply(command, state);
    case 'SeeMessages': {
      const { staffId, at } = command;
      // While a colleague is on it, it is theirs to see; who only looks in leaves no trace on the list.
      if (isOpen(state) && holds(state.lease, at) && state.lease.staffId !== staffId) return [];
      return isOpen(state) ? [{ type: 'MessagesSeen', data: { staffId, at } }] : [];
    }
    case 'ResolveHandoff': {
      const { staffId, token, code, resume, at } = command;
      return (
        owns(state, command) ?? [{ type: 'HandoffResolved', data: { staffId, token, code, resume, at } }]
      );
    }
    case 'WithdrawHandoff':
      if (!isOpen(state)) return [];
      return [{ type: 'HandoffWithdrawn', data: { why: command.why, at: command.at } }];
    case 'RecordFiled':
    case 'RecordClosed':
    case 'RecordNotFiled':
      return recordFiling(command, state);
    default:
      return unreachable(command);
  }
}

type Command<T extends HandoffCommand['type']> = Extract<HandoffCommand, { readonly type: T }>;

function owns(state: HandoffState, act: Act): { readonly refused: 'STALE_TOKEN' } | undefined {
  return maySpeak(state, act.staffId, act.token) ? undefined : { refused: 'STALE_TOKEN' };
}

/**
 * Opens a handoff. While one is open a second reason changes nothing unless it is more urgent: then the same handoff is raised,
 * with the newer context, and whoever has it keeps it.
 */
function open({ context, at }: Command<'OpenHandoff'>, state: HandoffState): Decided {
  const { reason, priority, language } = context;
  const handoffId = isOpen(state) ? (state.handoffId ?? context.handoffId) : context.handoffId;
  if (isOpen(state) && !(priority === 'top' && state.priority === 'normal')) return [];
  return [
    {
      type: 'HandoffOpened',
      data: { handoffId, reason, priority, language, at },
      phi: { context: { ...context, handoffId } },
    },
  ];
}

function take(command: Command<'TakeHandoff'>, state: HandoffState): Decided {
  const { staffId, over, until, at } = command;
  if (!isOpen(state)) return { refused: 'NOT_OPEN' };
  const token = state.token + 1;
  const taken = (how: 'waiting' | 'lapsed' | 'taken-over'): Decided => [
    { type: 'HandoffTaken', data: { staffId, token, until, how, at } },
  ];
  if (state.lease === undefined) return taken('waiting');
  // Another window of the same person goes on with the same token.
  if (state.lease.staffId === staffId) return renewal(state, command);
  if (!holds(state.lease, at)) return taken('lapsed');
  return over ? taken('taken-over') : { refused: 'LEASE_HELD' };
}

/** The owner hands it to a colleague; what waits, or whose lease has lapsed, anybody does. */
function assign(command: Command<'AssignHandoff'>, state: HandoffState): Decided {
  const { by, token, staffId, until, at } = command;
  if (!isOpen(state)) return { refused: 'NOT_OPEN' };
  if (token !== null && !maySpeak(state, by, token)) return { refused: 'STALE_TOKEN' };
  if (token === null && holds(state.lease, at)) return { refused: 'LEASE_HELD' };
  if (holds(state.lease, at) && state.lease.staffId === staffId) return [];
  return [{ type: 'HandoffAssigned', data: { staffId, token: state.token + 1, until, by, at } }];
}

function renewal(state: HandoffState, { until, at }: { until: string; at: string }): HandoffEvent[] {
  const { lease } = state;
  if (lease === undefined || Date.parse(at) - Date.parse(lease.since) < signOfLifeMs) return [];
  return [{ type: 'LeaseRenewed', data: { staffId: lease.staffId, token: lease.token, until, at } }];
}

function reply(command: Command<'Reply'>, state: HandoffState): Decided {
  const { staffId, token, messageId, template, at } = command;
  // Said already: a repeat is answered as the first was, whoever has the conversation by now.
  if (state.done.has(messageId)) return [];
  const first = !state.answered;
  return (
    owns(state, command) ?? [
      { type: 'StaffReplied', data: { staffId, token, messageId, template, first, at } },
      ...renewal(state, command),
    ]
  );
}

function recordFiling(
  command: Command<'RecordFiled' | 'RecordClosed' | 'RecordNotFiled'>,
  state: HandoffState,
): Decided {
  const { handoffId, at } = command;
  const filing = state.filings.get(handoffId);
  if (filing === undefined || filing.failed !== undefined) return [];
  switch (command.type) {
    case 'RecordFiled':
      if (filing.filed !== undefined) return [];
      return [{ type: 'HandoffFiled', data: { handoffId, resources: command.resources, at } }];
    case 'RecordClosed':
      if (filing.closed !== undefined) return [];
      return [{ type: 'HandoffClosedInPractice', data: { handoffId, resources: command.resources, at } }];
    case 'RecordNotFiled':
      if (filing.closed !== undefined) return [];
      return [{ type: 'HandoffNotFiled', data: { handoffId, code: command.code, at } }];
    default:
      return unreachable(command);
  }
}
