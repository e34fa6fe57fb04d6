import type { MessageStatus, OutboundContent } from '#channels/channel.ts';
import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { About, BlockReason, MessageEvent, Purpose } from './events.ts';

export type MessageState = {
  /**
   * - `queued`: waits for its turn to leave.
   * - `claimed`: a call is under way, or a process died in one.
   * - `unknown`: it may have left; not sent again before a stated wait.
   * - `accepted`, `rejected`, `blocked`: settled.
   */
  readonly state: 'none' | 'queued' | 'claimed' | 'unknown' | 'accepted' | 'rejected' | 'blocked';
  readonly attempts: number;
  readonly status?: MessageStatus;
  readonly since?: string;
};

export type MessageCommand =
  | {
      readonly type: 'QueueMessage';
      readonly conversationId: string;
      readonly purpose: Purpose;
      readonly dataClass: DataClass;
      readonly content: OutboundContent;
      /** The provider's id of the patient's message that this one answers. */
      readonly answers?: string;
      readonly about?: About;
      readonly at: string;
    }
  | { readonly type: 'ClaimMessage'; readonly at: string }
  | {
      readonly type: 'BlockMessage';
      readonly reason: BlockReason;
      readonly field?: string;
      readonly limit?: number;
      readonly at: string;
    }
  | { readonly type: 'RecordOutcome'; readonly outcome: Outcome<{ externalId: string }>; readonly at: string }
  /** A job finds a claim without an outcome: the process that made it died. */
  | { readonly type: 'DoubtClaim'; readonly at: string }
  /** `MessageOutcomeUnknown` was long enough ago, and no status came. */
  | { readonly type: 'StopWaiting'; readonly waitedSeconds: number; readonly at: string }
  | {
      readonly type: 'RecordStatus';
      readonly status: MessageStatus;
      readonly externalId: string;
      readonly code?: string;
      readonly at: string;
    };

export const messageRefusals = {
  ALREADY_QUEUED: 'this message exists',
  NOT_QUEUED: 'the message is not waiting to be sent',
  NOT_CLAIMED: 'no call is under way for this message',
  NOT_UNKNOWN: 'the outcome of this message is known',
} as const;

export type MessageRefusal = keyof typeof messageRefusals;

export const message: Aggregate<MessageState, MessageCommand, MessageEvent, MessageRefusal> = {
  initial: { state: 'none', attempts: 0 },
  decide,
  evolve,
};

/** Attempts after which a message that the provider keeps deferring is given up. */
export const maxAttempts = 8;

/** Milliseconds; what a deferred message waits when the provider named no time. Doubles with each attempt. */
const firstDeferMs = 2_000;
const longestDeferMs = 300_000;

type Decided = Decision<MessageEvent, MessageRefusal>;

function decide(command: MessageCommand, state: MessageState): Decided {
  const { at } = command;
  switch (command.type) {
    case 'QueueMessage': {
      if (state.state !== 'none') return { refused: 'ALREADY_QUEUED' };
      const { conversationId, purpose, dataClass, content, answers, about } = command;
      return [
        {
          type: 'MessageQueued',
          data: {
            conversationId,
            purpose,
            dataClass,
            kind: content.kind,
            ...(about === undefined ? {} : { about }),
            at,
          },
          phi: { content, ...(answers === undefined ? {} : { answers }) },
        },
      ];
    }
    case 'ClaimMessage':
      if (state.state !== 'queued') return { refused: 'NOT_QUEUED' };
      return [{ type: 'MessageClaimed', data: { attempt: state.attempts + 1, at } }];
    case 'BlockMessage': {
      if (state.state !== 'queued') return { refused: 'NOT_QUEUED' };
      const { type: _, ...data } = command;
      return [{ type: 'MessageBlocked', data }];
    }
    case 'RecordOutcome':
      return recordOutcome(command.outcome, state, at);
    case 'DoubtClaim':
      if (state.state !== 'claimed') return { refused: 'NOT_CLAIMED' };
      return [{ type: 'MessageOutcomeUnknown', data: { code: 'NO_OUTCOME', at } }];
    case 'StopWaiting':
      if (state.state !== 'unknown') return { refused: 'NOT_UNKNOWN' };
      if (state.attempts >= maxAttempts) return [{ type: 'MessageRejected', data: { code: 'GAVE_UP', at } }];
      return [{ type: 'MessageGivenUpWaiting', data: { waitedSeconds: command.waitedSeconds, at } }];
    case 'RecordStatus':
      return recordStatus(command, state);
    default:
      return unreachable(command);
  }
}

/** A status may have settled the message while its own call was still waiting for the answer. */
function recordOutcome(outcome: Outcome<{ externalId: string }>, state: MessageState, at: string): Decided {
  if (state.state === 'accepted' || state.state === 'rejected') return [];
  if (state.state !== 'claimed' && state.state !== 'unknown') return { refused: 'NOT_CLAIMED' };
  switch (outcome.kind) {
    case 'accepted':
      return [{ type: 'MessageAccepted', data: { at }, phi: { externalId: outcome.value.externalId } }];
    case 'rejected':
      return [{ type: 'MessageRejected', data: { code: outcome.code, at } }];
    case 'retry': {
      if (state.attempts >= maxAttempts)
        return [{ type: 'MessageRejected', data: { code: outcome.code, at } }];
      const wait = outcome.afterMs ?? Math.min(longestDeferMs, firstDeferMs * 2 ** (state.attempts - 1));
      const notBefore = new Date(Date.parse(at) + wait).toISOString();
      return [{ type: 'MessageDeferred', data: { code: outcome.code, notBefore, at } }];
    }
    case 'unknown':
      return state.state === 'unknown'
        ? []
        : [{ type: 'MessageOutcomeUnknown', data: { code: outcome.code, at } }];
    default:
      return unreachable(outcome);
  }
}

/** Statuses arrive in any order and repeat; they only ever go up. */
const rank: Readonly<Record<MessageStatus, number>> = {
  sent: 1,
  failed: 2,
  delivered: 3,
  read: 4,
  played: 5,
};

/**
 * A status that carries our id also proves that the provider took a message whose answer we never saw. `failed` can follow
 * `sent`, but not undo a delivery.
 */
function recordStatus(
  { status, externalId, code, at }: Extract<MessageCommand, { type: 'RecordStatus' }>,
  state: MessageState,
): Decided {
  if (state.state === 'none' || state.state === 'blocked') return [];
  if (state.status !== undefined && rank[status] <= rank[state.status]) return [];
  const changed: MessageEvent = {
    type: 'MessageStatusChanged',
    data: { status, ...(code === undefined ? {} : { code }), at },
  };
  const settles = state.state !== 'accepted' && state.state !== 'rejected';
  return settles ? [{ type: 'MessageAccepted', data: { at }, phi: { externalId } }, changed] : [changed];
}

function evolve(state: MessageState, event: MessageEvent): MessageState {
  switch (event.type) {
    case 'MessageQueued':
      return { ...state, state: 'queued', since: event.data.at };
    case 'MessageClaimed':
      return { ...state, state: 'claimed', attempts: event.data.attempt, since: event.data.at };
    case 'MessageBlocked':
      return { ...state, state: 'blocked', since: event.data.at };
    case 'MessageAccepted':
      return { ...state, state: 'accepted', since: event.data.at };
    case 'MessageRejected':
      return { ...state, state: 'rejected', since: event.data.at };
    case 'MessageDeferred':
    case 'MessageGivenUpWaiting':
      return { ...state, state: 'queued', since: event.data.at };
    case 'MessageOutcomeUnknown':
      return { ...state, state: 'unknown', since: event.data.at };
    case 'MessageStatusChanged':
      return { ...state, status: event.data.status };
    default:
      return state;
  }
}
