import type { Aggregate } from '#kernel/decider.ts';
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
  CHOICE_UNDER_WAY: 'another slot is being held or booked at this moment',
  NO_HOLD: 'no slot is held',
  HOLD_EXPIRED: 'the hold has ended',
  NOTHING_BOOKED: 'no visit is booked',
  CHANGE_UNDER_WAY: 'a change of the visit is under way',
} as const;

export type AppointmentRefusal = keyof typeof appointmentRefusals;

export declare const appointment: Aggregate<
  AppointmentState,
  AppointmentCommand,
  AppointmentEvent,
  AppointmentRefusal
>;
