import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import { evolveAppointment } from './appointment-state.ts';
import type {
  AppointmentEvent,
  ChangedBy,
  DropReason,
  LossReason,
  RefusedChange,
  SlotOffer,
  SlotSearch,
} from './events.ts';

/** One appointment, from the wish to the visit. */
export type AppointmentState = { readonly status: 'none' } | OpenAppointment;

export type OpenAppointment = {
  readonly status: 'open';
  readonly appointmentId: string;
  readonly conversationId: string;
  readonly intakeId: string;
  /** Ours: whose key seals. */
  readonly patientId: string;
  readonly visitType: string;
  /** The last search and what it found. */
  readonly search: SlotSearch;
  readonly round: number;
  /** `searching` until the answer to `round` is there. */
  readonly found: 'searching' | 'delayed' | 'refused' | readonly SlotOffer[];
  /** scheduleId → name, of the last answer. */
  readonly clinicians: Readonly<Record<string, string>>;
  /** The slot that is being held or booked now. */
  readonly choice: Choice | undefined;
  /** The visit as it stands in the practice system. */
  readonly booked: Booked | undefined;
  /** A change of the booked visit that is under way. */
  readonly changing: 'cancel' | 'confirm' | undefined;
  readonly cancelled: { readonly by: ChangedBy; readonly offer: SlotOffer; readonly at: string } | undefined;
  /** The patient was told that the practice system does not answer, for what is under way now. */
  readonly delayTold: boolean;
};

export type Choice = {
  readonly holdId: string;
  readonly offer: SlotOffer;
  readonly phase: 'holding' | 'held' | 'booking';
  /** Of a held one. */
  readonly expiresAt: string | undefined;
};

export type Booked = {
  readonly pmsAppointmentId: string;
  readonly pmsPatientId: string;
  readonly offer: SlotOffer;
  readonly holdId: string;
  readonly confirmed: boolean;
};

export type AppointmentCommand =
  /** The patient's (or staff's) wishes, decided in a turn. */
  | {
      readonly type: 'RequestSlots';
      readonly appointmentId: string;
      readonly conversationId: string;
      readonly intakeId: string;
      readonly patientId: string;
      readonly visitType: string;
      readonly search: SlotSearch;
      readonly at: string;
    }
  | { readonly type: 'ChooseSlot'; readonly slotId: string; readonly holdId: string; readonly at: string }
  | { readonly type: 'DropHold'; readonly why: DropReason; readonly at: string }
  | { readonly type: 'RequestBooking'; readonly at: string }
  | { readonly type: 'RequestConfirmation'; readonly by: ChangedBy; readonly at: string }
  | { readonly type: 'RequestCancellation'; readonly by: ChangedBy; readonly at: string }
  /** What the practice system answered. */
  | {
      readonly type: 'RecordSlots';
      readonly round: number;
      readonly slots: readonly SlotOffer[];
      readonly clinicians: Readonly<Record<string, string>>;
      readonly at: string;
    }
  | {
      readonly type: 'RecordSearchDelayed';
      readonly round: number;
      readonly code: string;
      readonly at: string;
    }
  | {
      readonly type: 'RecordSearchRefused';
      readonly round: number;
      readonly code: string;
      readonly at: string;
    }
  | { readonly type: 'RecordHeld'; readonly holdId: string; readonly expiresAt: string; readonly at: string }
  | { readonly type: 'RecordLost'; readonly holdId: string; readonly why: LossReason; readonly at: string }
  | { readonly type: 'RecordBookingDelayed'; readonly code: string; readonly at: string }
  | {
      readonly type: 'RecordBooked';
      readonly holdId: string;
      readonly pmsAppointmentId: string;
      readonly pmsPatientId: string;
      readonly at: string;
    }
  | { readonly type: 'RecordMoved'; readonly holdId: string; readonly at: string }
  | { readonly type: 'RecordConfirmed'; readonly by: ChangedBy; readonly at: string }
  | { readonly type: 'RecordCancelled'; readonly by: ChangedBy; readonly at: string }
  | {
      readonly type: 'RecordChangeRefused';
      readonly what: RefusedChange;
      readonly code: string;
      readonly at: string;
    }
  /** Read back, it stands at another time than we knew. */
  | { readonly type: 'RecordFoundMoved'; readonly offer: SlotOffer; readonly at: string };

export const appointmentRefusals = {
  NOT_OPEN: 'nobody asked for slots yet',
  NOT_OFFERED: 'the slot is not among those that were offered last',
  CHOICE_UNDER_WAY: 'a slot is being booked at this moment',
  NO_HOLD: 'no slot is held',
  HOLD_EXPIRED: 'the hold has ended',
  NOTHING_BOOKED: 'no visit is booked',
  CHANGE_UNDER_WAY: 'a change of the visit is under way',
} as const;

export type AppointmentRefusal = keyof typeof appointmentRefusals;

export const appointment: Aggregate<
  AppointmentState,
  AppointmentCommand,
  AppointmentEvent,
  AppointmentRefusal
> = { initial: { status: 'none' }, decide, evolve: evolveAppointment };

type Decided = Decision<AppointmentEvent, AppointmentRefusal>;
type Of<Type extends AppointmentCommand['type']> = Extract<AppointmentCommand, { type: Type }>;

function decide(command: AppointmentCommand, state: AppointmentState): Decided {
  if (command.type === 'RequestSlots') return requestSlots(command, state);
  if (state.status === 'none') return { refused: 'NOT_OPEN' };
  switch (command.type) {
    case 'ChooseSlot':
      return chooseSlot(command, state);
    case 'DropHold':
      if (state.choice?.phase === 'booking') return { refused: 'CHOICE_UNDER_WAY' };
      return dropped(state.choice, command.why, command.at);
    case 'RequestBooking':
      return requestBooking(command, state);
    case 'RequestConfirmation':
      return requestConfirmation(command, state);
    case 'RequestCancellation':
      return requestCancellation(command, state);
    case 'RecordSlots':
    case 'RecordSearchDelayed':
    case 'RecordSearchRefused':
      return recordSearch(command, state);
    case 'RecordHeld':
    case 'RecordLost':
    case 'RecordBooked':
    case 'RecordMoved':
      return recordChoice(command, state);
    case 'RecordBookingDelayed': {
      const isUnderWay =
        state.changing !== undefined || (state.choice !== undefined && state.choice.phase !== 'held');
      if (!isUnderWay || state.delayTold) return [];
      return [{ type: 'BookingDelayed', data: { code: command.code, at: command.at } }];
    }
    case 'RecordChangeRefused':
      return recordRefusal(command, state);
    case 'RecordConfirmed':
    case 'RecordCancelled':
    case 'RecordFoundMoved':
      return recordVisit(command, state);
    default:
      return unreachable(command);
  }
}

/** Also while a visit is booked: then what is chosen will replace it. */
function requestSlots({ type: _, ...wish }: Of<'RequestSlots'>, state: AppointmentState): Decided {
  if (state.status === 'none') return [{ type: 'SlotsRequested', data: { ...wish, round: 1 } }];
  if (state.choice?.phase === 'booking') return { refused: 'CHOICE_UNDER_WAY' };
  return [
    ...dropped(state.choice, 'other-time', wish.at),
    { type: 'SlotsRequested', data: { ...wish, round: state.round + 1 } },
  ];
}

function dropped(choice: Choice | undefined, why: DropReason, at: string): readonly AppointmentEvent[] {
  if (choice === undefined) return [];
  return [{ type: 'HoldDropped', data: { holdId: choice.holdId, offer: choice.offer, why, at } }];
}

function chooseSlot({ slotId, holdId, at }: Of<'ChooseSlot'>, state: OpenAppointment): Decided {
  const { choice, booked, found } = state;
  if (choice?.offer.slotId === slotId) return [];
  if (choice?.phase === 'booking') return { refused: 'CHOICE_UNDER_WAY' };
  // An old list was tapped once more: that visit stands already.
  if (booked?.offer.slotId === slotId) return [];
  const offer = typeof found === 'string' ? undefined : found.find((slot) => slot.slotId === slotId);
  if (offer === undefined) return { refused: 'NOT_OFFERED' };
  return [...dropped(choice, 'other-time', at), { type: 'SlotChosen', data: { offer, holdId, at } }];
}

function requestBooking(
  { at }: Of<'RequestBooking'>,
  { choice, changing, booked }: OpenAppointment,
): Decided {
  if (choice?.phase === 'booking') return [];
  if (choice?.phase !== 'held' || choice.expiresAt === undefined) return { refused: 'NO_HOLD' };
  if (Date.parse(at) >= Date.parse(choice.expiresAt)) return { refused: 'HOLD_EXPIRED' };
  // Which of two changes would come last is not for the practice system to decide.
  if (changing !== undefined) return { refused: 'CHANGE_UNDER_WAY' };
  const { holdId } = choice;
  return [{ type: 'BookingRequested', data: { holdId, moves: booked !== undefined, at } }];
}

function requestConfirmation({ by, at }: Of<'RequestConfirmation'>, state: OpenAppointment): Decided {
  if (state.booked === undefined) return { refused: 'NOTHING_BOOKED' };
  if (state.changing === 'confirm') return [];
  if (isChanging(state)) return { refused: 'CHANGE_UNDER_WAY' };
  return state.booked.confirmed ? [] : [{ type: 'ConfirmationRequested', data: { by, at } }];
}

function requestCancellation({ by, at }: Of<'RequestCancellation'>, state: OpenAppointment): Decided {
  if (state.booked === undefined) return state.cancelled ? [] : { refused: 'NOTHING_BOOKED' };
  if (state.changing === 'cancel') return [];
  if (isChanging(state)) return { refused: 'CHANGE_UNDER_WAY' };
  return [...dropped(state.choice, 'cancelled', at), { type: 'CancellationRequested', data: { by, at } }];
}

function isChanging({ changing, choice }: OpenAppointment): boolean {
  return changing !== undefined || choice?.phase === 'booking';
}

type SearchAnswer = Of<'RecordSlots' | 'RecordSearchDelayed' | 'RecordSearchRefused'>;

/** An answer to an older search says nothing any more. */
function recordSearch(command: SearchAnswer, { round, found }: OpenAppointment): Decided {
  if (command.round !== round || (found !== 'searching' && found !== 'delayed')) return [];
  const { at } = command;
  switch (command.type) {
    case 'RecordSlots': {
      const { slots, clinicians } = command;
      return [{ type: 'SlotsFound', data: { round, slots, at }, phi: { clinicians } }];
    }
    case 'RecordSearchDelayed':
      return found === 'delayed' ? [] : [{ type: 'SearchDelayed', data: { round, code: command.code, at } }];
    case 'RecordSearchRefused':
      return [{ type: 'SearchRefused', data: { round, code: command.code, at } }];
    default:
      return unreachable(command);
  }
}

type ChoiceAnswer = Of<'RecordHeld' | 'RecordLost' | 'RecordBooked' | 'RecordMoved'>;

/** What came of a choice that was changed meanwhile is no news: whoever changed it owes the release of the slot. */
function recordChoice(command: ChoiceAnswer, { choice, booked }: OpenAppointment): Decided {
  if (choice === undefined || choice.holdId !== command.holdId) return [];
  const { holdId, offer, phase } = choice;
  const { at } = command;
  switch (command.type) {
    case 'RecordHeld': {
      if (phase !== 'holding') return [];
      return [{ type: 'SlotHeld', data: { holdId, offer, expiresAt: command.expiresAt, at } }];
    }
    case 'RecordLost':
      return [{ type: 'SlotLost', data: { holdId, offer, why: command.why, at } }];
    case 'RecordBooked': {
      if (phase !== 'booking' || booked !== undefined) return [];
      const { pmsAppointmentId, pmsPatientId } = command;
      return [{ type: 'AppointmentBooked', data: { pmsAppointmentId, pmsPatientId, offer, holdId, at } }];
    }
    case 'RecordMoved':
      if (phase !== 'booking' || booked === undefined) return [];
      return [{ type: 'AppointmentMoved', data: { from: booked.offer, offer, holdId, at } }];
    default:
      return unreachable(command);
  }
}

function recordRefusal({ what, code, at }: Of<'RecordChangeRefused'>, state: OpenAppointment): Decided {
  const isOpen =
    what === 'book' || what === 'move' ? state.choice?.phase === 'booking' : state.changing === what;
  return isOpen ? [{ type: 'ChangeRefused', data: { what, code, at } }] : [];
}

type VisitAnswer = Of<'RecordConfirmed' | 'RecordCancelled' | 'RecordFoundMoved'>;

/** The visit as it stands in the practice system, whoever made it so. */
function recordVisit(command: VisitAnswer, { booked, choice }: OpenAppointment): Decided {
  if (booked === undefined) return [];
  const { at } = command;
  switch (command.type) {
    case 'RecordConfirmed':
      return booked.confirmed ? [] : [{ type: 'AppointmentConfirmed', data: { by: command.by, at } }];
    case 'RecordCancelled':
      return [
        ...lostWithVisit(choice, at),
        { type: 'AppointmentCancelled', data: { by: command.by, offer: booked.offer, at } },
      ];
    case 'RecordFoundMoved': {
      const { offer } = command;
      if (isSameTime(booked.offer, offer)) return [];
      return [{ type: 'AppointmentFoundMoved', data: { from: booked.offer, offer, at } }];
    }
    default:
      return unreachable(command);
  }
}

/** A slot that was to replace a visit which is no more. */
function lostWithVisit(choice: Choice | undefined, at: string): readonly AppointmentEvent[] {
  if (choice?.phase !== 'booking') return dropped(choice, 'cancelled', at);
  const { holdId, offer } = choice;
  return [{ type: 'SlotLost', data: { holdId, offer, why: 'refused', at } }];
}

function isSameTime(a: SlotOffer, b: SlotOffer): boolean {
  return (
    a.slotId === b.slotId &&
    a.scheduleId === b.scheduleId &&
    Date.parse(a.start) === Date.parse(b.start) &&
    Date.parse(a.end) === Date.parse(b.end)
  );
}
