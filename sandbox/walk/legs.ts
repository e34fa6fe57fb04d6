/** The way of one patient through the product, leg by leg, and how to see that a leg was walked. Pure. */

export type LegName =
  | 'opt-in'
  | 'intake'
  | 'booking'
  | 'reminder'
  | 'move'
  | 'handoff'
  | 'staff'
  | 'assistant';

export type Leg = {
  readonly name: LegName;
  readonly title: string;
  /** Types of the facts that must be in the product's timeline when it is over. */
  readonly reaches: readonly string[];
};

const legs = {
  'opt-in': {
    title: 'The patient agrees; a person is to go on, outside of the chat',
    reaches: ['OptInGiven', 'HandedOver'],
  },
  intake: { title: 'Intake', reaches: ['IntakeFiled'] },
  booking: { title: 'Booking', reaches: ['AppointmentBooked'] },
  reminder: { title: 'The reminder', reaches: ['ReminderSent'] },
  move: { title: 'The patient moves the visit', reaches: ['AppointmentMoved'] },
  handoff: { title: 'The patient wants a person', reaches: ['HandedOver'] },
  staff: {
    title: 'A member of staff answers',
    reaches: ['HandoffTaken', 'StaffReplied', 'HandoffResolved', 'HandedBack'],
  },
  assistant: { title: 'The assistant goes on', reaches: [] },
} as const satisfies Record<LegName, Omit<Leg, 'name'>>;

/** What a practice offers decides how far a patient can go by themselves. */
export type Offers = {
  /** The intake is taken in the chat. */
  readonly intake: boolean;
  readonly booking: boolean;
  readonly reminders: boolean;
};

export function legsOf({ intake, booking, reminders }: Offers): readonly Leg[] {
  const books = intake && booking;
  const names: readonly LegName[] = [
    ...(intake ? (['intake'] as const) : (['opt-in'] as const)),
    ...(books ? (['booking'] as const) : []),
    ...(books && reminders ? (['reminder', 'move'] as const) : []),
    ...(intake ? (['handoff', 'staff', 'assistant'] as const) : (['staff'] as const)),
  ];
  return names.map((name) => ({ name, ...legs[name] }));
}

export type WalkEvent = {
  readonly at: string;
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
};

/** The facts that a leg still lacks. */
export function missingOf({ reaches }: Leg, events: readonly WalkEvent[]): readonly string[] {
  const seen = new Set(events.map(({ type }) => type));
  return reaches.filter((type) => !seen.has(type));
}

/** Every message that was to be sent has left, or will not: what there is to hear is on the phone. */
export function isAllSent(events: readonly WalkEvent[]): boolean {
  const ended = new Set(
    events
      .filter(({ type }) => ['MessageAccepted', 'MessageBlocked', 'MessageRejected'].includes(type))
      .map(({ stream }) => stream),
  );
  return events.every(({ type, stream }) => type !== 'MessageQueued' || ended.has(stream));
}
