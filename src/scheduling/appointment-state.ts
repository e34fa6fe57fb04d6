import type { AppointmentState, OpenAppointment } from './appointment.ts';
import type { AppointmentEvent } from './events.ts';

/** Folds a fact into the state; a fact of a newer release changes nothing. */
export function evolveAppointment(state: AppointmentState, event: AppointmentEvent): AppointmentState {
  if (event.type === 'SlotsRequested') return requested(state, event.data);
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'SlotsFound':
      // Without `phi` the patient was erased: the times stay, the names do not.
      return { ...state, found: event.data.slots, clinicians: event.phi?.clinicians ?? {} };
    case 'SearchDelayed':
      return { ...state, found: 'delayed' };
    case 'SearchRefused':
      return { ...state, found: 'refused' };
    case 'SlotChosen': {
      const { offer, holdId } = event.data;
      return {
        ...state,
        choice: { holdId, offer, phase: 'holding', expiresAt: undefined },
        delayTold: false,
      };
    }
    case 'SlotHeld': {
      const { holdId, offer, expiresAt } = event.data;
      return { ...state, choice: { holdId, offer, phase: 'held', expiresAt } };
    }
    case 'SlotLost':
    case 'HoldDropped':
      return { ...state, choice: undefined };
    default:
      return evolveBooking(state, event);
  }
}

type Requested = Extract<AppointmentEvent, { type: 'SlotsRequested' }>['data'];

function requested(state: AppointmentState, { at: _, ...wish }: Requested): OpenAppointment {
  const before =
    state.status === 'open'
      ? state
      : {
          clinicians: {},
          choice: undefined,
          booked: undefined,
          changing: undefined,
          cancelled: undefined,
          delayTold: false,
        };
  return { ...before, ...wish, status: 'open', found: 'searching' };
}

function evolveBooking(state: OpenAppointment, event: AppointmentEvent): OpenAppointment {
  const { choice, booked } = state;
  switch (event.type) {
    case 'BookingRequested':
      return {
        ...state,
        ...(choice === undefined ? {} : { choice: { ...choice, phase: 'booking' } }),
        delayTold: false,
      };
    case 'BookingDelayed':
      return { ...state, delayTold: true };
    case 'AppointmentBooked': {
      const { at: _, ...visit } = event.data;
      return { ...state, booked: { ...visit, confirmed: false }, choice: undefined, cancelled: undefined };
    }
    case 'AppointmentMoved': {
      const { offer, holdId } = event.data;
      if (booked === undefined) return { ...state, choice: undefined };
      return { ...state, booked: { ...booked, offer, holdId, confirmed: false }, choice: undefined };
    }
    case 'AppointmentFoundMoved':
      if (booked === undefined) return state;
      return { ...state, booked: { ...booked, offer: event.data.offer, confirmed: false } };
    case 'ConfirmationRequested':
      return { ...state, changing: 'confirm', delayTold: false };
    case 'CancellationRequested':
      return { ...state, changing: 'cancel', delayTold: false };
    case 'AppointmentConfirmed':
      if (booked === undefined) return state;
      return {
        ...state,
        booked: { ...booked, confirmed: true },
        changing: state.changing === 'confirm' ? undefined : state.changing,
      };
    case 'AppointmentCancelled': {
      const { by, offer, at } = event.data;
      return { ...state, booked: undefined, changing: undefined, cancelled: { by, offer, at } };
    }
    case 'ChangeRefused': {
      const { what } = event.data;
      return what === 'book' || what === 'move'
        ? { ...state, choice: undefined }
        : { ...state, changing: undefined };
    }
    default:
      return state;
  }
}
