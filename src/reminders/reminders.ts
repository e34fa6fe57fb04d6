import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { PlannedReminder } from './due.ts';
import type { PutOffReason, ReminderEvent, SkipReason } from './events.ts';

/** The reminders of one appointment. */
export type RemindersState = {
  /** The time of the visit that the plan is for; undefined before the first plan. */
  readonly start: string | undefined;
  /** Those that are still to be sent, the nearest to the visit last. */
  readonly waiting: readonly Waiting[];
  /** `keyOf` every reminder that was sent or skipped for good, of whatever time of the visit: none is planned again. */
  readonly done: readonly string[];
};

export type Waiting = PlannedReminder & {
  /** How often it was put off. */
  readonly putOffs: number;
};

export function keyOf({ reminderId, start }: Which): string {
  return `${reminderId}@${start}`;
}

type Which = { readonly reminderId: string; readonly start: string };

export type RemindersCommand =
  /** The visit stands at `start`; `reminders` is what it is owed there. */
  | {
      readonly type: 'PlanReminders';
      readonly appointmentId: string;
      readonly conversationId: string;
      readonly start: string;
      readonly reminders: readonly PlannedReminder[];
      readonly at: string;
    }
  /** There is no visit any more, or it is not reminded of. */
  | {
      readonly type: 'DropReminders';
      readonly appointmentId: string;
      readonly why: SkipReason;
      readonly at: string;
    }
  | ({
      readonly type: 'SendReminder';
      readonly appointmentId: string;
      readonly messageId: string;
      readonly at: string;
    } & Which)
  | ({
      readonly type: 'SkipReminder';
      readonly appointmentId: string;
      readonly why: SkipReason;
      readonly at: string;
    } & Which)
  | ({
      readonly type: 'PutOffReminder';
      readonly appointmentId: string;
      readonly why: PutOffReason;
      readonly until: string;
      readonly at: string;
    } & Which);

export const remindersRefusals = {
  NOT_PLANNED: 'this reminder is not waiting to be sent for this time of the visit',
} as const;

export type RemindersRefusal = keyof typeof remindersRefusals;

export const reminders: Aggregate<RemindersState, RemindersCommand, ReminderEvent, RemindersRefusal> = {
  initial: { start: undefined, waiting: [], done: [] },
  decide,
  evolve,
};

type Decided = Decision<ReminderEvent, RemindersRefusal>;

function decide(command: RemindersCommand, state: RemindersState): Decided {
  const { appointmentId, at } = command;
  switch (command.type) {
    case 'PlanReminders':
      return plan(command, state);
    case 'DropReminders':
      return skipped(state, state.waiting, { appointmentId, why: command.why, at });
    case 'SendReminder': {
      const { reminderId, start, messageId } = command;
      if (waitingFor(state, command) === undefined) return { refused: 'NOT_PLANNED' };
      return [{ type: 'ReminderSent', data: { appointmentId, reminderId, start, messageId, at } }];
    }
    case 'SkipReminder': {
      const { reminderId, start, why } = command;
      if (waitingFor(state, command) === undefined) return { refused: 'NOT_PLANNED' };
      return [{ type: 'ReminderSkipped', data: { appointmentId, reminderId, start, why, at } }];
    }
    case 'PutOffReminder': {
      const { reminderId, start, why, until } = command;
      if (waitingFor(state, command) === undefined) return { refused: 'NOT_PLANNED' };
      return [{ type: 'ReminderPutOff', data: { appointmentId, reminderId, start, why, until, at } }];
    }
    default:
      return unreachable(command);
  }
}

/** The reminder, where it waits to be sent for this very time of the visit. */
export function waitingFor(state: RemindersState, { reminderId, start }: Which): Waiting | undefined {
  if (state.start !== start) return undefined;
  return state.waiting.find((each) => each.reminderId === reminderId);
}

/** Skipped because of how the visit stood, and owed again if it stands so once more. */
const mayComeBack: readonly SkipReason[] = ['cancelled', 'moved', 'not-planned'];

/** What was planned for another time is over; what was sent for this one is not sent again, though the visit had been away. */
function plan(command: Extract<RemindersCommand, { type: 'PlanReminders' }>, state: RemindersState): Decided {
  const { appointmentId, conversationId, start, at } = command;
  const owed = command.reminders.filter(
    ({ reminderId }) => !state.done.includes(keyOf({ reminderId, start })),
  );
  const isMoved = state.start !== undefined && state.start !== start;
  if (!isMoved && isSamePlan(owed, state.waiting)) return [];
  const gone = isMoved
    ? state.waiting
    : state.waiting.filter((each) => !owed.some(({ reminderId }) => reminderId === each.reminderId));
  return [
    ...skipped(state, gone, { appointmentId, why: isMoved ? 'moved' : 'not-planned', at }),
    { type: 'RemindersPlanned', data: { appointmentId, conversationId, start, reminders: owed, at } },
  ];
}

function isSamePlan(owed: readonly PlannedReminder[], waiting: readonly Waiting[]): boolean {
  const key = ({ reminderId, template, due, last }: PlannedReminder) =>
    JSON.stringify([reminderId, template, due, last]);
  return owed.map(key).join() === waiting.map(key).join();
}

function skipped(
  { start }: RemindersState,
  gone: readonly Waiting[],
  data: { readonly appointmentId: string; readonly why: SkipReason; readonly at: string },
): readonly ReminderEvent[] {
  if (start === undefined) return [];
  return gone.map(({ reminderId }) => ({ type: 'ReminderSkipped', data: { ...data, reminderId, start } }));
}

function evolve(state: RemindersState, event: ReminderEvent): RemindersState {
  switch (event.type) {
    case 'RemindersPlanned': {
      const { start, reminders: planned } = event.data;
      return { ...state, start, waiting: planned.map((each) => ({ ...each, putOffs: 0 })) };
    }
    case 'ReminderPutOff': {
      const { reminderId } = event.data;
      const waiting = state.waiting.map((each) =>
        each.reminderId === reminderId ? { ...each, putOffs: each.putOffs + 1 } : each,
      );
      return { ...state, waiting };
    }
    case 'ReminderSent':
      return done(without(state, event.data.reminderId), event.data);
    case 'ReminderSkipped': {
      const rest = without(state, event.data.reminderId);
      return mayComeBack.includes(event.data.why) ? rest : done(rest, event.data);
    }
    default:
      return state; // an event from a newer release
  }
}

function done(state: RemindersState, which: Which): RemindersState {
  return { ...state, done: [...state.done, keyOf(which)] };
}

function without(state: RemindersState, reminderId: string): RemindersState {
  return { ...state, waiting: state.waiting.filter((each) => each.reminderId !== reminderId) };
}
