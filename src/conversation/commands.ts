import { readThread, setThreadSubject } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import {
  type HandoffChange,
  type HandoffContext,
  handoffAppends,
  handoffStream,
  resolvedWith,
} from '#handoff/index.ts';
import {
  type Form,
  type GivenConsent,
  type IntakeBackground,
  type IntakeEvent,
  type IntakeState,
  intake,
} from '#intake/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { messageAppends } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { Append, EventStore } from '#platform/eventstore/store.ts';
import { newShortId } from '#platform/ids.ts';
import { addMail, mailPerTurn, type NewMail, takeMail, type WaitingMail } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { PracticeSettings, SchedulingSettings } from '#practice/index.ts';
import { type AppointmentEvent, appointment, appointmentStream } from '#scheduling/index.ts';
import type { Sealer } from '#security/index.ts';
import { type ConversationEvent, type ConversationState, conversation } from './conversation.ts';
import { wake } from './reactions.ts';
import { contextForStaff } from './staff-context.ts';
import { takeTurn } from './take-turn.ts';
import { appointmentsNamed, type Mail, type TurnInput, type TurnResult } from './turn.ts';
import { conversationOfIntake } from './views.ts';

export type PracticeForConversation = {
  readonly settings: PracticeSettings;
  readonly form: Form | undefined;
  /** Undefined where nothing is booked by chat. */
  readonly scheduling: SchedulingSettings | undefined;
};

export type ConversationDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly practice: (practiceId: string) => PracticeForConversation | undefined;
  /** Where the calendar entry of a visit is fetched. */
  readonly calendarUrl: (practiceId: string, appointmentId: string) => string;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const mailContext = (key: Uint8Array) => `mailbox|body|${Buffer.from(key).toString('hex')}`;

/**
 * Puts mail into conversations' mailboxes and wakes them, in the caller's transaction, which holds the mailboxes' locks
 * (`lockMailboxes`). `name` makes a repeat harmless.
 */
export async function postMail(
  tx: Tx,
  deps: Pick<ConversationDeps, 'sealer' | 'queues' | 'clock'>,
  letters: readonly {
    readonly conversationId: string;
    readonly subject: string;
    readonly name: string;
    readonly sentAt: string;
    readonly mail: Mail;
  }[],
): Promise<void> {
  const sealed: NewMail[] = [];
  for (const letter of letters) {
    const key = deps.sealer.blind(tx.practiceId, 'mail', letter.name);
    const body = Buffer.from(JSON.stringify(letter.mail), 'utf8');
    sealed.push({
      mailboxId: letter.conversationId,
      key,
      kind: letter.mail.kind,
      sentAt: letter.sentAt,
      subject: letter.subject,
      body: await deps.sealer.seal(tx, letter.subject, mailContext(key), body),
    });
  }
  const woken = await addMail(tx, sealed, isoNow(deps.clock));
  await deps.queues.enqueue(
    tx,
    woken.map((conversationId) => wake(tx.practiceId, conversationId)),
  );
}

/** Opens mail that waits, or that was taken. */
export async function openMail(
  tx: Tx,
  sealer: Sealer,
  waiting: Pick<WaitingMail, 'key' | 'subject' | 'body'>,
): Promise<Mail> {
  const plain = await sealer.open(tx, waiting.subject, mailContext(waiting.key), waiting.body);
  // We sealed it ourselves: its shape is ours, and its seal proves that nobody changed it.
  return JSON.parse(plain.toString('utf8')) as Mail;
}

const streamsOf = (conversationId: string) => ({
  conversation: `conversation/${conversationId}`,
  consent: `consent/${conversationId}`,
  handoff: handoffStream(conversationId),
});

const intakeStream = (intakeId: string) => `intake/${intakeId}`;

/** The streams' names say whose events these are. */
const asConversation = (events: readonly StoredEvent[]) => events as unknown as readonly ConversationEvent[];
const asConsent = (events: readonly StoredEvent[]) => events as unknown as readonly ConsentEvent[];
const asIntake = (events: readonly StoredEvent[]) => events as unknown as readonly IntakeEvent[];
const asAppointment = (events: readonly StoredEvent[]) => events as unknown as readonly AppointmentEvent[];

/**
 * Takes one turn of a conversation: all its waiting mail, in order, under its lock; decides; appends the facts, queues what is
 * said, and commits all of it together.
 *
 * Cost: the lock, the mail, the thread, two loads and one append with its views and jobs; each is one statement.
 */
export async function takeConversationTurn(
  deps: ConversationDeps,
  practiceId: string,
  conversationId: string,
): Promise<boolean> {
  const practice = deps.practice(practiceId);
  if (practice === undefined) throw new Error('a conversation of a practice that is not configured');
  const taken = await deps.db.tx(practiceId, (tx) => turnIn(tx, deps, practice, conversationId));
  if (taken) deps.metrics.count('vestibule_turns', { practice: practiceId });
  return taken;
}

async function turnIn(
  tx: Tx,
  deps: ConversationDeps,
  practice: PracticeForConversation,
  conversationId: string,
): Promise<boolean> {
  const { practiceId } = tx;
  const turnId = newShortId();
  const waiting = await takeMail(tx, conversationId, turnId);
  if (waiting.length === 0) return false;
  const thread = await readThread(tx, deps.sealer, conversationId);
  if (thread === undefined) throw new Error('mail in a conversation without a thread');
  const mail: Mail[] = [];
  for (const letter of waiting) mail.push(await openMail(tx, deps.sealer, letter));

  const past = await loadPast(tx, deps.store, conversationId, mail);
  const letters = handedBackFirst(past, mail);
  const { appointmentId } = past.state;
  const appointments = Object.fromEntries(
    [...past.appointments].map(([id, events]) => [id, fold(appointment, asAppointment(events))]),
  );
  const input: TurnInput = {
    conversationId,
    turnId,
    at: isoNow(deps.clock),
    mail: letters,
    practice: practice.settings,
    form: practice.form,
    scheduling: practice.scheduling,
    conversation: past.state,
    intake: fold(intake, asIntake(past.intake)),
    consent: fold(consent, asConsent(past.consent)),
    appointment: appointments[appointmentId ?? ''] ?? appointment.initial,
    otherAppointments: appointments,
    calendarUrl: (appointmentId) => deps.calendarUrl(practiceId, appointmentId),
  };
  const result = takeTurn(input);
  const subject = subjectAfter(result, input.intake, thread.subject);
  if (subject !== thread.subject) await setThreadSubject(tx, conversationId, subject);
  const phone = thread.user.phone;
  const ids = { handoffId: turnId, conversationId, ...(phone === undefined ? {} : { phone: `+${phone}` }) };
  const appends = appendsOf({
    conversationId,
    turnId,
    subject,
    thread,
    past,
    input,
    result,
    context: contextForStaff(input, result, ids),
  });
  await deps.store.append(tx, appends, {
    at: input.at,
    actor: mail.some((letter) => letter.kind === 'message') ? 'patient' : 'system',
    correlationId: turnId,
    causationId: turnId,
  });
  // More mail than one turn takes is woken for again.
  if (waiting.length === mailPerTurn) await deps.queues.enqueue(tx, [wake(tx.practiceId, conversationId)]);
  return true;
}

/** What happened so far in all that a turn decides on. */
type Past = {
  readonly state: ConversationState;
  readonly conversation: readonly StoredEvent[];
  readonly consent: readonly StoredEvent[];
  readonly handoff: readonly StoredEvent[];
  readonly intake: readonly StoredEvent[];
  /** The one that the conversation is about, and those that its mail is about; by id. */
  readonly appointments: ReadonlyMap<string, readonly StoredEvent[]>;
};

/** Two statements: what the conversation is about now stands in its own facts. */
async function loadPast(
  tx: Tx,
  store: EventStore,
  conversationId: string,
  mail: readonly Mail[],
): Promise<Past> {
  const streams = streamsOf(conversationId);
  const own = await store.load(tx, Object.values(streams));
  const conversationPast = own.get(streams.conversation) ?? [];
  const state = fold(conversation, asConversation(conversationPast));
  const intakes = state.intakeId === undefined ? [] : [intakeStream(state.intakeId)];
  const current = state.appointmentId === undefined ? [] : [state.appointmentId];
  const appointmentIds = [...current, ...appointmentsNamed(state, mail)];
  const names = [...intakes, ...appointmentIds.map(appointmentStream)];
  const about = names.length === 0 ? new Map<string, StoredEvent[]>() : await store.load(tx, names);
  return {
    state,
    conversation: conversationPast,
    consent: own.get(streams.consent) ?? [],
    handoff: own.get(streams.handoff) ?? [],
    intake: about.get(intakes[0] ?? '') ?? [],
    appointments: new Map(appointmentIds.map((id) => [id, about.get(appointmentStream(id)) ?? []])),
  };
}

/**
 * Staff's "done" is read before all else, and as soon as it stands: what the patient writes in the moment in which staff resolve a
 * conversation is for the assistant, or nobody would answer it. Its own letter, when it comes, then says nothing new.
 */
function handedBackFirst(past: Past, mail: readonly Mail[]): readonly Mail[] {
  const done = mail.find((letter) => letter.kind === 'staff-done');
  const rest = mail.filter((letter) => letter.kind !== 'staff-done');
  const resolved = past.state.owner === 'staff' ? resolvedWith(past.handoff) : undefined;
  if (resolved !== undefined) return [{ kind: 'staff-done', resume: resolved.resume }, ...rest];
  return done === undefined ? mail : [done, ...rest];
}

function startedFact(thread: { readonly channel: string; readonly accountId: string }, at: string) {
  return { type: 'ConversationStarted', data: { channel: thread.channel, accountId: thread.accountId, at } };
}

/** The patient's last message of the turn. What staff are to read is theirs to mark as read. */
function answeredMessage(input: TurnInput): string | undefined {
  if (input.conversation.owner === 'staff') return undefined;
  const last = input.mail.findLast((letter) => letter.kind === 'message');
  return last?.kind === 'message' ? last.externalId : undefined;
}

/** Whose key seals from now on: the patient's of the intake that this turn opened or went on with. */
function subjectAfter(result: TurnResult, before: IntakeState, current: string): string {
  const opened = result.intake?.events.find((event) => event.type === 'IntakeStarted');
  if (opened?.type === 'IntakeStarted') return opened.data.patientId;
  return before.status === 'none' ? current : before.patientId;
}

type Decided = {
  readonly conversationId: string;
  readonly turnId: string;
  readonly subject: string;
  readonly thread: { readonly channel: string; readonly accountId: string };
  readonly past: Past;
  readonly input: TurnInput;
  readonly result: TurnResult;
  /** Where the turn handed over: what a person needs to go on. */
  readonly context: HandoffContext | undefined;
};

function appendsOf(decided: Decided): readonly Append[] {
  const { conversationId, turnId, subject, thread, past, input, result } = decided;
  const streams = streamsOf(conversationId);
  const started = past.conversation.length > 0 ? [] : [startedFact(thread, input.at)];
  const answers = answeredMessage(input);
  const said = result.say.map((say, i) => ({
    messageId: `${turnId}.${i + 1}`,
    ...say,
    ...(i === 0 && answers !== undefined ? { answers } : {}),
  }));
  const handoff = handoffAppendOf(decided);
  return [
    {
      stream: streams.conversation,
      expectedVersion: past.conversation.length,
      subject,
      facts: [...started, ...result.conversation],
    },
    // Consent outlives a patient's erasure as proof: what was agreed to and when. The message's id, which may hold a number, goes.
    {
      stream: streams.consent,
      expectedVersion: past.consent.length,
      subject: conversationId,
      facts: result.consent,
    },
    ...aggregateAppends(decided),
    ...(handoff === undefined ? [] : [handoff]),
    ...messageAppends(conversationId, subject, said, input.at),
  ];
}

/** Facts about the intake and the appointment; a fresh one begins a stream of its own. */
function aggregateAppends({ subject, past, input, result }: Decided): readonly Append[] {
  const appends: Append[] = [];
  if (result.intake !== undefined) {
    const { intakeId, events } = result.intake;
    const isCurrent = intakeId === input.conversation.intakeId;
    const expectedVersion = isCurrent ? past.intake.length : 0;
    appends.push({ stream: intakeStream(intakeId), expectedVersion, subject, facts: events });
  }
  if (result.appointment !== undefined) {
    const { appointmentId, events } = result.appointment;
    // A fresh one is not among those that were loaded.
    const expectedVersion = past.appointments.get(appointmentId)?.length ?? 0;
    appends.push({ stream: appointmentStream(appointmentId), expectedVersion, subject, facts: events });
  }
  return appends;
}

/** The handoff opens with the turn that hands over, and ends with the one in which the patient goes back to the assistant. */
function handoffAppendOf({
  conversationId,
  subject,
  past,
  input,
  result,
  context,
}: Decided): Append | undefined {
  const last = result.conversation.findLast((fact) => fact.type === 'HandedOver');
  const changes = result.conversation.flatMap((fact): readonly HandoffChange[] => {
    if (fact.type === 'HandedBack' && fact.data.by === 'patient') return [{ withdrawn: 'patient' }];
    return fact === last && context !== undefined ? [{ context }] : [];
  });
  if (changes.length === 0) return undefined;
  return handoffAppends(past.handoff, { conversationId, subject, changes, at: input.at });
}

/** What a conversation knows of an intake that came from it: the opt-in behind it, and the number it was written from. */
export async function intakeBackground(
  tx: Tx,
  deps: Pick<ConversationDeps, 'store' | 'sealer'>,
  intakeId: string,
): Promise<IntakeBackground> {
  const conversationId = await conversationOfIntake(tx, intakeId);
  if (conversationId === undefined) return { consent: undefined, channelPhone: undefined };
  const thread = await readThread(tx, deps.sealer, conversationId);
  const stream = streamsOf(conversationId).consent;
  const past = asConsent((await deps.store.load(tx, [stream])).get(stream) ?? []);
  const given = past.findLast((event) => event.type === 'OptInGiven');
  const phone = thread?.user.phone;
  return {
    consent: given?.type === 'OptInGiven' ? givenConsent(given) : undefined,
    channelPhone: phone === undefined ? undefined : `+${phone}`,
  };
}

function givenConsent({ data, phi }: Extract<ConsentEvent, { type: 'OptInGiven' }>): GivenConsent {
  return {
    givenAt: data.at,
    wording: data.wording,
    language: data.language,
    ...(phi === undefined ? {} : { evidence: phi.externalId }),
  };
}
