import { type ConsentEvent, consent } from '#consent/index.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Outcome } from '#kernel/outcome.ts';
import { type About, messageAppends, systemActor, templateContent } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { Append, EventStore } from '#platform/eventstore/store.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { FoundAppointment, Pms } from '#pms/index.ts';
import type { PracticeSettings, ReminderSettings, TemplateFile } from '#practice/index.ts';
import {
  type AppointmentEvent,
  type AppointmentState,
  appointment,
  appointmentStream,
} from '#scheduling/index.ts';
import { reminderTap } from '#scheduling/reminder-tap.ts';
import { remindersOfVisit } from './due.ts';
import type { ReminderEvent } from './events.ts';
import { type Judgement, judge, standsAt } from './judge.ts';
import { type RemindersCommand, type RemindersState, reminders } from './reminders.ts';
import { remindersStream } from './views.ts';
import { textLanguage, visitValues } from './wording.ts';

/** What the reminders need to know of a practice. */
export type PracticeForReminders = {
  readonly settings: PracticeSettings;
  /** Undefined where the practice does not remind. */
  readonly reminders: ReminderSettings | undefined;
  readonly templates: Readonly<Record<string, TemplateFile>>;
  readonly pms: Pick<Pms, 'scheduling'>;
};

/** Who is reminded, as the conversation knows them. */
export type Addressee = {
  /** The language that the patient speaks here. */
  readonly language: string;
  readonly firstName: string | undefined;
  /** Whose key seals what is said to them. */
  readonly subject: string;
};

export type ReminderDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly practice: (practiceId: string) => PracticeForReminders | undefined;
  /** Undefined where there is no such conversation. */
  readonly addressee: (tx: Tx, conversationId: string) => Promise<Addressee | undefined>;
  /** Does the question stand open whether the patient meant a stop? */
  readonly maybeStopped: (tx: Tx, conversationId: string) => Promise<boolean>;
  /** Tells the conversation that a reminder goes out: mail of the kind `reminded`. The mailbox is locked. */
  readonly tell: (tx: Tx, conversationId: string, appointmentId: string) => Promise<void>;
};

type LoadedVisit = {
  readonly state: AppointmentState;
  /** Since when it stands at its time; undefined where nothing is booked. */
  readonly since: string | undefined;
};

const setsTheTime: ReadonlySet<string> = new Set([
  'AppointmentBooked',
  'AppointmentMoved',
  'AppointmentFoundMoved',
]);

function visitOf(events: readonly StoredEvent[]): LoadedVisit {
  const last = events.findLast((event) => setsTheTime.has(event.type));
  // The stream's name says whose events these are.
  return { state: fold(appointment, events as unknown as readonly AppointmentEvent[]), since: last?.at };
}

async function loadVisit(tx: Tx, store: EventStore, appointmentId: string): Promise<LoadedVisit> {
  const stream = appointmentStream(appointmentId);
  return visitOf((await store.load(tx, [stream])).get(stream) ?? []);
}

type Loaded = {
  readonly visit: LoadedVisit;
  readonly state: RemindersState;
  readonly version: number;
  readonly conversationId: string;
  readonly consent: ReturnType<typeof consent.evolve>;
};

/** Locks the conversation's mailbox, then loads: so that what is loaded stands until the transaction ends. */
async function lockAndLoad(tx: Tx, store: EventStore, appointmentId: string): Promise<Loaded | undefined> {
  const before = await loadVisit(tx, store, appointmentId);
  if (before.state.status !== 'open') return undefined;
  const { conversationId } = before.state;
  await lockMailbox(tx, conversationId);
  const streams = [
    appointmentStream(appointmentId),
    remindersStream(appointmentId),
    `consent/${conversationId}`,
  ] as const;
  const events = await store.load(tx, streams);
  const past = events.get(streams[1]) ?? [];
  return {
    visit: visitOf(events.get(streams[0]) ?? []),
    // The streams' names say whose events these are.
    state: fold(reminders, past as unknown as readonly ReminderEvent[]),
    version: past.length,
    conversationId,
    consent: fold(consent, (events.get(streams[2]) ?? []) as unknown as readonly ConsentEvent[]),
  };
}

async function append(
  tx: Tx,
  deps: ReminderDeps,
  appointmentId: string,
  { version, state }: Loaded,
  command: RemindersCommand,
  more: readonly Append[] = [],
): Promise<boolean> {
  const facts = reminders.decide(command, state);
  if (isRefusal(facts) || facts.length === 0) return false;
  const own = {
    stream: remindersStream(appointmentId),
    expectedVersion: version,
    subject: 'practice',
    facts,
  };
  const context = {
    at: command.at,
    actor: systemActor,
    correlationId: appointmentId,
    causationId: appointmentId,
  };
  await deps.store.append(tx, [own, ...more], context);
  return true;
}

/** Plans the reminders of a visit for the time at which it stands now. Safe to repeat. */
export async function planVisit(tx: Tx, deps: ReminderDeps, appointmentId: string): Promise<void> {
  const practice = deps.practice(tx.practiceId);
  const loaded = await lockAndLoad(tx, deps.store, appointmentId);
  if (practice === undefined || loaded === undefined) return;
  const at = isoNow(deps.clock);
  const { state, since } = loaded.visit;
  const booked = state.status === 'open' ? state.booked : undefined;
  const drop = (why: 'cancelled' | 'not-planned') =>
    append(tx, deps, appointmentId, loaded, { type: 'DropReminders', appointmentId, why, at });
  if (booked === undefined || since === undefined) return void (await drop('cancelled'));
  if (practice.reminders === undefined) return void (await drop('not-planned'));
  const { start } = booked.offer;
  await append(tx, deps, appointmentId, loaded, {
    type: 'PlanReminders',
    appointmentId,
    conversationId: loaded.conversationId,
    start,
    reminders: remindersOfVisit({ start, since }, practice.reminders, practice.settings.timeZone),
    at,
  });
}

export type Which = {
  readonly appointmentId: string;
  readonly reminderId: string;
  readonly start: string;
};

/** What the caller has to do outside of the transaction. */
export type NextStep = Extract<Judgement, { do: 'ask' | 'record-cancelled' | 'record-moved' }>;

/**
 * Looks at a reminder that is due, and sends, skips or puts it off; or says what is to be done first. What is decided is decided on
 * what stands when the transaction commits.
 * @param found the practice system's answer, once it was asked
 */
export async function considerReminder(
  tx: Tx,
  deps: ReminderDeps,
  which: Which,
  found: Outcome<FoundAppointment> | undefined,
): Promise<NextStep | undefined> {
  const practice = deps.practice(tx.practiceId);
  const loaded = await lockAndLoad(tx, deps.store, which.appointmentId);
  if (practice?.reminders === undefined || loaded === undefined) return undefined;
  const now = isoNow(deps.clock);
  const judgement = judge({
    ...which,
    reminders: loaded.state,
    visit: loaded.visit.state,
    consent: loaded.consent,
    maybeStopped: await deps.maybeStopped(tx, loaded.conversationId),
    found,
    quietHours: practice.reminders.quietHours,
    timeZone: practice.settings.timeZone,
    now,
  });
  const counted = (outcome: string) => deps.metrics.count('vestibule_reminders', { outcome });
  switch (judgement.do) {
    case 'nothing':
      return undefined;
    case 'skip':
      await append(tx, deps, which.appointmentId, loaded, {
        type: 'SkipReminder',
        ...which,
        why: judgement.why,
        at: now,
      });
      counted(judgement.why);
      return undefined;
    case 'put-off': {
      const { why, until } = judgement;
      await append(tx, deps, which.appointmentId, loaded, {
        type: 'PutOffReminder',
        ...which,
        why,
        until,
        at: now,
      });
      return undefined;
    }
    case 'send':
      counted(await send(tx, deps, practice, loaded, which, judgement, now));
      return undefined;
    default:
      return judgement;
  }
}

/** The reminder and its message, in one commit. The message's id is made of what it reminds of: no other can have it. */
async function send(
  tx: Tx,
  deps: ReminderDeps,
  practice: PracticeForReminders,
  loaded: Loaded,
  which: Which,
  { waiting }: Extract<Judgement, { do: 'send' }>,
  at: string,
): Promise<string> {
  const { appointmentId, reminderId, start } = which;
  const addressee = await deps.addressee(tx, loaded.conversationId);
  const text =
    addressee &&
    messageText(practice, practice.templates[waiting.template], loaded.visit.state, addressee, which);
  if (addressee === undefined || text === undefined) {
    await append(tx, deps, appointmentId, loaded, { type: 'SkipReminder', ...which, why: 'no-template', at });
    return 'no-template';
  }
  const messageId = `reminder-${appointmentId}-${reminderId}-${Date.parse(start) / 1000}`;
  const message = { messageId, purpose: 'reminder' as const, about: { appointmentId, start }, ...text };
  const isSent = await append(
    tx,
    deps,
    appointmentId,
    loaded,
    { type: 'SendReminder', ...which, messageId, at },
    messageAppends(loaded.conversationId, addressee.subject, [message], at),
  );
  if (isSent) await deps.tell(tx, loaded.conversationId, appointmentId);
  return 'sent';
}

function messageText(
  { settings }: PracticeForReminders,
  template: TemplateFile | undefined,
  visit: AppointmentState,
  { language, firstName }: Addressee,
  { appointmentId, start }: Which,
) {
  if (template === undefined || visit.status !== 'open' || visit.booked === undefined) return undefined;
  const chosen = textLanguage(template, language, settings.languages[0] ?? language);
  const clinician = visit.clinicians[visit.booked.offer.scheduleId];
  const values = visitValues(
    { start, clinician, firstName },
    settings,
    template.texts[chosen]?.providerLanguage ?? chosen,
  );
  const payloads = template.buttons.map((action) => reminderTap(action, appointmentId, start));
  return templateContent(template, chosen, values, payloads);
}

/** For the door: does the visit that a message speaks of stand as it says, with no change under way? */
export function visitIsCurrent(store: EventStore): (tx: Tx, about: About, now: string) => Promise<boolean> {
  return async (tx, { appointmentId, start }, now) =>
    standsAt((await loadVisit(tx, store, appointmentId)).state, start, now);
}
