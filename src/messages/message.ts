import type { MessageStatus, OutboundContent } from '#channels/channel.ts';
import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { About, BlockReason, MessageEvent, Purpose } from './events.ts';
import { isDueToExpire, stateAfter, untilOf } from './life.ts';

export type MessageState = {
  /**
   * - `queued`: waits for its turn to leave.
   * - `claimed`: a call is under way, or a process died in one.
   * - `unknown`: it may have left; those behind it wait a stated time for a sign of it.
   * - `unresolved`: no sign came. It is not sent again by itself; a sign that comes late settles it still.
   * - `accepted`, `rejected`, `blocked`: settled. Of what was accepted, `status` tells how far it came.
   * - `expired`: accepted, and its life went by without a word of its arrival. A status that comes late corrects it.
   */
  readonly state:
    | 'none'
    | 'queued'
    | 'claimed'
    | 'unknown'
    | 'unresolved'
    | 'accepted'
    | 'expired'
    | 'rejected'
    | 'blocked';
  readonly attempts: number;
  /**
   * Attempts that do not count against `maxAttempts`: those before a person asked for another one, calls that were not made, and
   * those that found the account paused.
   */
  readonly forgiven: number;
  /** How often each code has put the message off, since a person last asked for it. */
  readonly deferredBy: Readonly<Record<string, number>>;
  readonly status?: MessageStatus;
  /** When the provider gives up delivering what was claimed last. */
  readonly until?: string;
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
  | {
      readonly type: 'ClaimMessage';
      /** When the provider gives up delivering it. */
      readonly until?: string;
      readonly at: string;
    }
  /** A limit of the day leaves no place for it before `until`. */
  | {
      readonly type: 'HoldMessage';
      readonly code: Extract<BlockReason, 'DAY_LIMIT' | 'SPEND_LIMIT'>;
      readonly until: string;
      readonly at: string;
    }
  | {
      readonly type: 'BlockMessage';
      readonly reason: BlockReason;
      readonly field?: string;
      readonly limit?: number;
      readonly at: string;
    }
  | {
      readonly type: 'RecordOutcome';
      readonly outcome: Outcome<{ externalId: string }>;
      /** Whose outcome it is: a slow call can end after its claim was doubted, or after another attempt began. */
      readonly attempt: number;
      readonly at: string;
    }
  /** A job finds a claim without an outcome: the process that made it died. */
  | { readonly type: 'DoubtClaim'; readonly at: string }
  /** `MessageOutcomeUnknown` was long enough ago, and no status came. */
  | { readonly type: 'StopWaiting'; readonly waitedSeconds: number; readonly at: string }
  /** The provider has given it up by now, if it keeps to its word. */
  | { readonly type: 'ExpireMessage'; readonly at: string }
  /** A member of staff wants it sent again, knowing that it may have arrived. */
  | { readonly type: 'SendAgain'; readonly by: string; readonly at: string }
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
  NOT_ON_ITS_WAY: 'the message is not on its way, or its life is not over',
  NOT_UNRESOLVED: 'it is known what became of this message, or it is being found out',
} as const;

export type MessageRefusal = keyof typeof messageRefusals;

export const message: Aggregate<MessageState, MessageCommand, MessageEvent, MessageRefusal> = {
  initial: { state: 'none', attempts: 0, forgiven: 0, deferredBy: {} },
  decide,
  evolve,
};

/** Attempts after which a message that the provider keeps deferring is given up. */
export const maxAttempts = 8;

/** The code of a call that was not made, because its process was held up since the claim. It says nothing of the message. */
export const heldUp = 'HELD_UP';

/** Milliseconds; what a deferred message waits when the provider named no time. Doubles with each attempt. */
const firstDeferMs = 2_000;
const longestDeferMs = 300_000;

type Decided = Decision<MessageEvent, MessageRefusal>;

function decide(command: MessageCommand, state: MessageState): Decided {
  const { at } = command;
  switch (command.type) {
    case 'QueueMessage':
      return state.state === 'none' ? queue(command) : { refused: 'ALREADY_QUEUED' };
    case 'ClaimMessage': {
      if (state.state !== 'queued') return { refused: 'NOT_QUEUED' };
      const { until } = command;
      return [
        {
          type: 'MessageClaimed',
          data: { attempt: state.attempts + 1, ...(until === undefined ? {} : { until }), at },
        },
      ];
    }
    case 'HoldMessage': {
      if (state.state !== 'queued') return { refused: 'NOT_QUEUED' };
      const { code, until } = command;
      return [{ type: 'MessageDeferred', data: { code, notBefore: until, held: true, at } }];
    }
    case 'BlockMessage': {
      if (state.state !== 'queued') return { refused: 'NOT_QUEUED' };
      const { type: _, ...data } = command;
      return [{ type: 'MessageBlocked', data }];
    }
    case 'RecordOutcome':
      return recordOutcome(command, state);
    case 'DoubtClaim':
      if (state.state !== 'claimed') return { refused: 'NOT_CLAIMED' };
      return [{ type: 'MessageOutcomeUnknown', data: { code: 'NO_OUTCOME', at } }];
    case 'StopWaiting':
      if (state.state !== 'unknown') return { refused: 'NOT_UNKNOWN' };
      return [{ type: 'MessageUnresolved', data: { waitedSeconds: command.waitedSeconds, at } }];
    case 'ExpireMessage':
      if (!isDueToExpire(state, at)) return { refused: 'NOT_ON_ITS_WAY' };
      return [{ type: 'MessageExpired', data: { at } }];
    case 'SendAgain':
      if (state.state !== 'unresolved') return { refused: 'NOT_UNRESOLVED' };
      return [{ type: 'MessageSendAgainAsked', data: { by: command.by, at } }];
    case 'RecordStatus':
      return recordStatus(command, state);
    default:
      return unreachable(command);
  }
}

function queue(command: Extract<MessageCommand, { type: 'QueueMessage' }>): Decided {
  const { conversationId, purpose, dataClass, content, answers, about, at } = command;
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

/**
 * What became of a call. Its answer can come late: after a status settled the message, after its claim was doubted, after the wait
 * was over, or after a person had it sent again. That it was taken is true whenever it is learned; all else is about its own
 * attempt alone.
 */
function recordOutcome(
  { outcome, attempt, at }: Extract<MessageCommand, { type: 'RecordOutcome' }>,
  state: MessageState,
): Decided {
  if (state.state === 'accepted' || state.state === 'expired') return [];
  if (state.attempts === 0) return { refused: 'NOT_CLAIMED' };
  if (outcome.kind === 'accepted') {
    return [{ type: 'MessageAccepted', data: { at }, phi: { externalId: outcome.value.externalId } }];
  }
  if (state.state === 'rejected') return [];
  if (!isInDoubt(state) || attempt !== state.attempts) return { refused: 'NOT_CLAIMED' };
  switch (outcome.kind) {
    case 'rejected':
      return [{ type: 'MessageRejected', data: { code: outcome.code, at } }];
    case 'retry': {
      const tries = state.attempts - state.forgiven;
      const isPaused = outcome.scope === 'account';
      const same = (state.deferredBy[outcome.code] ?? 0) + 1;
      const isEnough = tries >= maxAttempts || same >= (outcome.atMost ?? Number.POSITIVE_INFINITY);
      if (isEnough && outcome.code !== heldUp && !isPaused)
        return [{ type: 'MessageRejected', data: { code: outcome.code, at } }];
      const wait = outcome.afterMs ?? Math.min(longestDeferMs, firstDeferMs * 2 ** (tries - 1));
      const notBefore = new Date(Date.parse(at) + wait).toISOString();
      const paused = isPaused ? { paused: true as const } : {};
      return [{ type: 'MessageDeferred', data: { code: outcome.code, notBefore, ...paused, at } }];
    }
    case 'unknown':
      return state.state === 'claimed'
        ? [{ type: 'MessageOutcomeUnknown', data: { code: outcome.code, at } }]
        : [];
    default:
      return unreachable(outcome);
  }
}

/** A call was made, or begun, and what it did is not known (yet). */
export function isInDoubt({ state }: Pick<MessageState, 'state'>): boolean {
  return state === 'claimed' || state === 'unknown' || state === 'unresolved';
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
 * A status that carries our id also proves that the provider took a message whose answer we never saw, however late it comes; and
 * that it did not arrive, where it says so. `failed` can follow `sent`, but not undo a delivery.
 *
 * What becomes of a message is told by which statuses came, and not by their order: also a lower one may prove that it was taken.
 */
function recordStatus(
  { status, externalId, code, at }: Extract<MessageCommand, { type: 'RecordStatus' }>,
  state: MessageState,
): Decided {
  if (state.state === 'none' || (state.state === 'blocked' && state.attempts === 0)) return [];
  const taken: MessageEvent = { type: 'MessageAccepted', data: { at }, phi: { externalId } };
  if (state.status !== undefined && rank[status] <= rank[state.status])
    return state.state === 'rejected' && status !== 'failed' ? [taken] : [];
  const changed: MessageEvent = {
    type: 'MessageStatusChanged',
    data: { status, ...(code === undefined ? {} : { code }), at },
  };
  if (state.state === 'accepted' || state.state === 'expired') return [changed];
  if (status !== 'failed') return [taken, changed];
  // The attempt that it speaks of is over, and another one is due.
  if (state.state === 'queued') return [];
  if (!isInDoubt(state)) return [changed];
  return [{ type: 'MessageRejected', data: { code: code ?? 'UNDELIVERED', at } }, changed];
}

function evolve(state: MessageState, event: MessageEvent): MessageState {
  switch (event.type) {
    case 'MessageQueued':
      return { ...state, state: 'queued', since: event.data.at };
    case 'MessageClaimed':
      return {
        ...state,
        state: 'claimed',
        attempts: event.data.attempt,
        until: untilOf(event.data),
        since: event.data.at,
      };
    case 'MessageBlocked':
      return { ...state, state: 'blocked', since: event.data.at };
    case 'MessageAccepted':
      return { ...state, state: 'accepted', since: event.data.at };
    case 'MessageRejected':
      return { ...state, state: 'rejected', since: event.data.at };
    case 'MessageDeferred': {
      if (event.data.held === true) return { ...state, since: event.data.at };
      const isForgiven = event.data.code === heldUp || event.data.paused === true;
      const forgiven = state.forgiven + (isForgiven ? 1 : 0);
      const { code } = event.data;
      const deferredBy = { ...state.deferredBy, [code]: (state.deferredBy[code] ?? 0) + 1 };
      return { ...state, state: 'queued', forgiven, deferredBy, since: event.data.at };
    }
    case 'MessageGivenUpWaiting':
      return { ...state, state: 'queued', since: event.data.at };
    case 'MessageOutcomeUnknown':
      return { ...state, state: 'unknown', since: event.data.at };
    case 'MessageUnresolved':
      return { ...state, state: 'unresolved', since: event.data.at };
    case 'MessageExpired':
      return { ...state, state: 'expired', since: event.data.at };
    case 'MessageSendAgainAsked':
      return { ...state, state: 'queued', forgiven: state.attempts, deferredBy: {}, since: event.data.at };
    case 'MessageStatusChanged':
      return { ...state, state: stateAfter(state.state, event.data.status), status: event.data.status };
    default:
      return state;
  }
}
