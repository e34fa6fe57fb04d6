import type { Fact } from '#kernel/event.ts';

/**
 * Glossary of the scheduling words.
 *
 * - **visit type**: what a patient can book, by its id in `scheduling.yaml`; decides which slots fit.
 * - **schedule**: one clinician's (or room's) calendar in the practice system.
 * - **slot**: a stretch of a schedule that can be booked, as the practice system offers it.
 * - **offer**: a free slot as it was shown to a patient. It may be gone by the time it is chosen.
 * - **hold**: a slot kept for one patient until they confirm, with an end: on our side by `slot_holds` (an exclusion constraint),
 *   in the practice system by `busy-tentative` where it takes that.
 * - **appointment**: the whole way from asking for slots to the visit, and its changes. Our id is its business identifier there.
 */

/** Instants are ISO 8601 in UTC, ids are the practice system's logical ids. */
export type SlotOffer = {
  readonly slotId: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
};

/** Which slots are wanted. */
export type SlotSearch = {
  /** Slots that start at or after this instant … */
  readonly from: string;
  /** … and before this one. */
  readonly to: string;
  /** Only this clinician's. */
  readonly scheduleId?: string;
  /** `backwards`: the last ones before `to` rather than the first after `from`; they are listed forwards all the same. */
  readonly backwards: boolean;
  /** How they were asked for, for the wording of the answer. */
  readonly asked: 'first' | 'earlier' | 'later' | 'day' | 'clinician';
};

/** Why a slot that was chosen or held is not the patient's any more. */
export const lossReasons = ['taken', 'gone', 'hold-expired', 'refused'] as const;
export type LossReason = (typeof lossReasons)[number];

export const dropReasons = ['other-time', 'stopped', 'declined', 'handed-over', 'cancelled'] as const;
export type DropReason = (typeof dropReasons)[number];

export type ChangedBy = 'patient' | 'staff' | 'practice';

/** What the practice system was asked to do and would not do. */
export type RefusedChange = 'book' | 'move' | 'cancel' | 'confirm';

type At = { readonly at: string };

/**
 * The facts of one appointment, stream `appointment/<appointmentId>`. Frozen by `testdata/events.json`. Clinicians' names stand in
 * `phi`: beside a patient's visit they say what it is about.
 */
export type AppointmentEvent =
  | Fact<
      'SlotsRequested',
      At & {
        readonly appointmentId: string;
        readonly conversationId: string;
        readonly intakeId: string;
        readonly patientId: string;
        readonly visitType: string;
        readonly search: SlotSearch;
        /** Counts the searches; an answer to an older one is not shown. */
        readonly round: number;
      }
    >
  /** In the order of their starts; empty where nothing is free. */
  | Fact<
      'SlotsFound',
      At & { readonly round: number; readonly slots: readonly SlotOffer[] },
      {
        /** scheduleId → the clinician's name, of every schedule that fits the visit type. */
        readonly clinicians: Readonly<Record<string, string>>;
      }
    >
  /** The practice system did not answer the search; said once per search, we keep trying. */
  | Fact<'SearchDelayed', At & { readonly round: number; readonly code: string }>
  | Fact<'SearchRefused', At & { readonly round: number; readonly code: string }>
  | Fact<'SlotChosen', At & { readonly offer: SlotOffer; readonly holdId: string }>
  /** Kept for the patient until `expiresAt`, here and (where it takes that) in the practice system. */
  | Fact<'SlotHeld', At & { readonly holdId: string; readonly offer: SlotOffer; readonly expiresAt: string }>
  | Fact<'SlotLost', At & { readonly holdId: string; readonly offer: SlotOffer; readonly why: LossReason }>
  /** Given back before it was booked. */
  | Fact<'HoldDropped', At & { readonly holdId: string; readonly offer: SlotOffer; readonly why: DropReason }>
  /** The patient confirmed: from here on it is written. `moves`: it replaces the time that is booked. */
  | Fact<'BookingRequested', At & { readonly holdId: string; readonly moves: boolean }>
  /** The practice system does not answer; said once per booking or change, we keep trying. */
  | Fact<'BookingDelayed', At & { readonly code: string }>
  | Fact<
      'AppointmentBooked',
      At & {
        readonly pmsAppointmentId: string;
        readonly pmsPatientId: string;
        readonly offer: SlotOffer;
        readonly holdId: string;
      }
    >
  | Fact<
      'AppointmentMoved',
      At & { readonly from: SlotOffer; readonly offer: SlotOffer; readonly holdId: string }
    >
  | Fact<'ConfirmationRequested', At & { readonly by: ChangedBy }>
  | Fact<'AppointmentConfirmed', At & { readonly by: ChangedBy }>
  | Fact<'CancellationRequested', At & { readonly by: ChangedBy }>
  /** The slot is free again. */
  | Fact<'AppointmentCancelled', At & { readonly by: ChangedBy; readonly offer: SlotOffer }>
  | Fact<'ChangeRefused', At & { readonly what: RefusedChange; readonly code: string }>
  /** Looked up, it stood otherwise than we knew: somebody changed it in the practice system. */
  | Fact<'AppointmentFoundMoved', At & { readonly from: SlotOffer; readonly offer: SlotOffer }>;
