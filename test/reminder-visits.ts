import type { Appointment, FhirResource, Slot } from 'fhir/r4.js';
import { conversationsFor, touchThreads } from '#channels/index.ts';
import { type ConsentCommand, type ConsentEvent, consent } from '#consent/index.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { Db } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { type AppointmentCommand, recordAppointment } from '#scheduling/index.ts';
import type { Sealer } from '#security/index.ts';
import type { FhirServer } from '../sandbox/fhir/index.ts';
import type { Meta } from '../sandbox/meta/index.ts';
import { put, readOne } from './scheduling-world.ts';

/** Patients of the reminders' world, and what they and the practice do with their visits. */

/** The Tuesday after, at ten in the morning there. */
export const tuesday = '2026-11-24T13:00:00.000Z';
/** The Wednesday. */
export const wednesday = '2026-11-25T13:00:00.000Z';

export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test’s world lacks something');
  return value;
}

export const userOf = (practiceId: string, n: number) => `${practiceId}-${n}`;
const phoneOf = (practiceId: string, n: number) =>
  `55119${practiceId.replace(/\D/g, '').padStart(2, '0')}${String(n).padStart(6, '0')}`;
/** What a conversation's random id stands for here: the conversation of patient `n`. */
const patientId = (n: number) => `p${n}`;

/** What a test can let happen to visits. `base`: of the practice system. */
export function visitActs(
  given: {
    readonly db: Db;
    readonly store: EventStore;
    readonly sealer: Sealer;
    readonly meta: Meta;
    readonly practiceId: string;
    readonly clock: { readonly now: () => number };
  },
  base: string,
) {
  const { db, store, sealer, practiceId, clock, meta } = given;
  const at = () => new Date(clock.now()).toISOString();
  const conversations = new Map<number, string>();
  const offers = new Map<string, { slotId: string; scheduleId: string; start: string; end: string }>();
  const conversationOf = (n: number) => known(conversations.get(n));
  let holds = 0;

  const tell = (n: number, ...commands: readonly AppointmentCommand[]) =>
    db.tx(practiceId, async (tx) => {
      await lockMailboxes(tx, [conversationOf(n)]);
      const { refusals } = await recordAppointment(tx, store, `a${n}`, commands);
      if (refusals.length > 0) throw new Error(`refused: ${refusals.join()}`);
    });

  /** The slot of the first clinician at this time. */
  const offerAt = async (start: string) => {
    const slotId = `s-${Date.parse(start) / 1000}`;
    const offer = { slotId, scheduleId: 'schedule-1', start, end: later(start, 30) };
    if (!offers.has(start)) await put(base, slotResources(offer));
    offers.set(start, offer);
    return offer;
  };

  const choose = async (n: number, start: string): Promise<string> => {
    const offer = await offerAt(start);
    const holdId = `h${++holds}`;
    const clinicians = { 'schedule-1': 'Dr. Ana Exemplo', 'schedule-2': 'Dr. Rui Outro' };
    await tell(n, {
      type: 'RequestSlots',
      appointmentId: `a${n}`,
      conversationId: conversationOf(n),
      intakeId: `i${n}`,
      patientId: patientId(n),
      visitType: 'consultation',
      search: { from: at(), to: later(start, 60), backwards: false, asked: 'first' },
      at: at(),
    });
    const round = await roundOf(db, practiceId, store, n);
    await tell(
      n,
      { type: 'RecordSlots', round, slots: [offer], clinicians, at: at() },
      { type: 'ChooseSlot', slotId: offer.slotId, holdId, at: at() },
      { type: 'RecordHeld', holdId, expiresAt: later(at(), 15), at: at() },
      { type: 'RequestBooking', at: at() },
    );
    return holdId;
  };

  const decideConsent = (n: number, command: ConsentCommand) =>
    db.tx(practiceId, async (tx) => {
      const stream = `consent/${conversationOf(n)}`;
      await lockMailboxes(tx, [conversationOf(n)]);
      const past = (await store.load(tx, [stream])).get(stream) ?? [];
      // The stream's name says whose events these are.
      const facts = consent.decide(command, fold(consent, past as unknown as readonly ConsentEvent[]));
      if (isRefusal(facts)) throw new Error(facts.refused);
      const context = { at: at(), actor: 'patient', correlationId: 'x', causationId: 'x' };
      await store.append(tx, [{ stream, expectedVersion: past.length, subject: 'practice', facts }], context);
    });

  const meet = async (n: number, consents: boolean) => {
    const phone = phoneOf(practiceId, n);
    const id = userOf(practiceId, n);
    meta.directory.put({ id, profileName: 'Maria', country: 'BR', phone, identity: 'phone' });
    const conversationId = await db.tx(practiceId, async (tx) => {
      const accountId = `${practiceId}-wa`;
      const senders = [{ accountId, user: { phone } }];
      const found = known((await conversationsFor(tx, sealer, { senders })).conversationIds[0]);
      await lockMailboxes(tx, [found]);
      await touchThreads(tx, [{ conversationId: found, channel: 'meta', accountId, at: at(), now: at() }]);
      return found;
    });
    conversations.set(n, conversationId);
    const matter = { purpose: 'care' as const, channel: 'whatsapp' as const, wording: '1', language: 'en' };
    await decideConsent(n, { type: 'AskOptIn', because: 'first', ...matter, at: at() });
    if (consents)
      await decideConsent(n, {
        type: 'GiveOptIn',
        how: 'tapped',
        externalId: 'wamid.1',
        ...matter,
        at: at(),
      });
  };

  const changeInPractice = async (n: number, changes: Partial<Appointment>) => {
    const current = await readOne<Appointment>(base, `Appointment/appt-${n}`);
    await put(base, [{ ...current, ...changes }]);
  };

  return {
    tell,
    decideConsent,
    changeInPractice,
    async book(n: number, start = tuesday, { consents = true } = {}) {
      await meet(n, consents);
      const holdId = await choose(n, start);
      await put(base, [visitResource(n, await offerAt(start))]);
      await tell(n, {
        type: 'RecordBooked',
        holdId,
        pmsAppointmentId: `appt-${n}`,
        pmsPatientId: 'patient-1',
        at: at(),
      });
      return conversationOf(n);
    },
    async move(n: number, start: string) {
      const holdId = await choose(n, start);
      await put(base, [visitResource(n, await offerAt(start))]);
      await tell(n, { type: 'RecordMoved', holdId, at: at() });
    },
    async cancel(n: number) {
      await tell(n, { type: 'RequestCancellation', by: 'patient', at: at() });
      await changeInPractice(n, { status: 'cancelled' });
      await tell(n, { type: 'RecordCancelled', by: 'patient', at: at() });
    },
  };
}

async function roundOf(db: Db, practiceId: string, store: EventStore, n: number): Promise<number> {
  const stream = `appointment/a${n}`;
  const events = (await db.tx(practiceId, (tx) => store.load(tx, [stream]))).get(stream) ?? [];
  return events.filter(({ type }) => type === 'SlotsRequested').length;
}
function later(at: string, minutes: number): string {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString();
}

type Offer = {
  readonly slotId: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
};

function slotResources({ slotId, scheduleId, start, end }: Offer): readonly FhirResource[] {
  const slot: Slot = {
    resourceType: 'Slot',
    id: slotId,
    status: 'busy',
    schedule: { reference: `Schedule/${scheduleId}` },
    start,
    end,
  };
  return [
    { resourceType: 'Patient', id: 'patient-1' },
    { resourceType: 'Practitioner', id: 'doctor-1', name: [{ family: 'Exemplo' }] },
    {
      resourceType: 'Schedule',
      id: scheduleId,
      active: true,
      actor: [{ reference: 'Practitioner/doctor-1' }],
    },
    slot,
  ];
}

function visitResource(n: number, { slotId, start, end }: Offer): Appointment {
  return {
    resourceType: 'Appointment',
    id: `appt-${n}`,
    status: 'booked',
    start,
    end,
    slot: [{ reference: `Slot/${slotId}` }],
    participant: [{ actor: { reference: 'Patient/patient-1' }, status: 'needs-action' }],
  };
}

/** Puts another slot into the practice system, of the second clinician: returns its id. */
export async function otherSlot(fhir: FhirServer, practiceId: string, start: string): Promise<string> {
  const slotId = `other-${Date.parse(start) / 1000}`;
  await put(
    fhir.base(practiceId),
    slotResources({ slotId, scheduleId: 'schedule-2', start, end: later(start, 30) }),
  );
  return slotId;
}
