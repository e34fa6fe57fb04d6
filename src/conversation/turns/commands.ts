import { readThreads, setThreadSubjects, type Thread } from '#channels/index.ts';
import { e164Of } from '#channels/phone-variants.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import { type HandoffChange, type HandoffContext, handoffAppends, resolvedWith } from '#handoff/index.ts';
import { type IntakeEvent, type IntakeState, intake } from '#intake/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { messageAppends, partsOf } from '#messages/index.ts';
import type { BatchResult } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Append, Write } from '#platform/eventstore/store.ts';
import { newShortId } from '#platform/ids.ts';
import { holdMailboxes, mailPerTurn, takeMail } from '#platform/mailbox.ts';
import { type AppointmentEvent, appointment, appointmentStream } from '#scheduling/index.ts';
import { type ConversationDeps, openMail, type PracticeForConversation, streamsOf } from '../commands.ts';
import { wake } from '../reactions.ts';
import { contextForStaff } from '../staff-context.ts';
import { takeTurn } from '../take-turn.ts';
import type { Mail, TurnInput, TurnResult } from '../turn.ts';
import { intakeStream, loadPasts, type Past } from './views.ts';

/** The streams' names say whose events these are. */
const asConsent = (events: readonly StoredEvent[]) => events as unknown as readonly ConsentEvent[];
const asIntake = (events: readonly StoredEvent[]) => events as unknown as readonly IntakeEvent[];
const asAppointment = (events: readonly StoredEvent[]) => events as unknown as readonly AppointmentEvent[];

/**
 * Takes one turn of each of some conversations of a practice: all its waiting mail, in order, under its lock; decides; appends
 * the facts, queues what is said, and commits all of it together. Says of each whether there was mail to take.
 *
 * Cost, however many they are: the locks, the mail, the threads, two loads and one append with its views and jobs; each is one
 * statement. What fails, fails for all: the caller tries them apart.
 *
 * @param waits false: a conversation whose lock is held elsewhere is left for later (`alone`)
 */
export async function takeConversationTurns(
  deps: ConversationDeps,
  practiceId: string,
  conversationIds: readonly string[],
  waits: boolean,
): Promise<readonly BatchResult<boolean>[]> {
  const practice = deps.practice(practiceId);
  if (practice === undefined) throw new Error('a conversation of a practice that is not configured');
  const { held, taken } = await deps.db.tx(practiceId, async (tx) => {
    const held = new Set(await holdMailboxes(tx, conversationIds, waits));
    return { held, taken: await takeTurnsIn(tx, deps, practice, [...held]) };
  });
  return conversationIds.map((id) => (held.has(id) || waits ? { value: taken.has(id) } : 'alone'));
}

/** One turn of one conversation. Returns false where there was no mail. */
export async function takeConversationTurn(
  deps: ConversationDeps,
  practiceId: string,
  conversationId: string,
): Promise<boolean> {
  const [result] = await takeConversationTurns(deps, practiceId, [conversationId], true);
  return result !== undefined && result !== 'alone' && 'value' in result && result.value;
}

type Turn = {
  readonly conversationId: string;
  readonly turnId: string;
  readonly at: string;
  readonly thread: Thread;
  readonly mail: readonly Mail[];
  readonly past: Past;
};

/**
 * Takes the turns of those that have mail, in the caller's transaction, and returns which those were. The caller holds the locks of
 * their mailboxes.
 */
export async function takeTurnsIn(
  tx: Tx,
  deps: ConversationDeps,
  practice: PracticeForConversation,
  conversationIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const taken = (await turnsOf(tx, deps, conversationIds)).map((turn) => takeOne(tx, deps, practice, turn));
  setThreadSubjects(
    tx,
    taken
      .filter(({ subject, turn }) => subject !== turn.thread.subject)
      .map(({ subject, turn }) => ({ conversationId: turn.conversationId, subject })),
  );
  await deps.store.appendAll(
    tx,
    taken.map(({ write }) => write),
  );
  // More mail than one turn takes is woken for again.
  const more = taken.filter(({ turn }) => turn.mail.length === mailPerTurn);
  await deps.queues.enqueue(
    tx,
    more.map(({ turn }) => wake(tx.practiceId, turn.conversationId)),
  );
  if (taken.length > 0)
    tx.afterCommit(() => deps.metrics.count('vestibule_turns', { practice: tx.practiceId }, taken.length));
  return new Set(taken.map(({ turn }) => turn.conversationId));
}

/** Takes the mail, and reads all that the turns decide on. */
async function turnsOf(
  tx: Tx,
  deps: ConversationDeps,
  conversationIds: readonly string[],
): Promise<readonly Turn[]> {
  const turnIds = new Map(conversationIds.map((id) => [id, newShortId()]));
  const takings = [...turnIds].map(([mailboxId, takenBy]) => ({ mailboxId, takenBy }));
  const waiting = await takeMail(tx, takings);
  if (waiting.size === 0) return [];
  const letterSubjects = [...waiting.values()].flat().map(({ subject }) => subject);
  await deps.sealer.prepareOpening(tx, [...waiting.keys(), ...letterSubjects]);
  const threads = await readThreads(tx, deps.sealer, [...waiting.keys()]);
  const opened = new Map<string, Mail[]>();
  for (const [id, letters] of waiting) {
    const mail: Mail[] = [];
    for (const letter of letters) mail.push(await openMail(tx, deps.sealer, letter));
    opened.set(id, mail);
  }
  const pasts = await loadPasts(tx, deps.store, opened);
  const at = isoNow(deps.clock);
  return [...pasts].map(([conversationId, past]) => {
    const thread = threads.get(conversationId);
    if (thread === undefined) throw new Error('mail in a conversation without a thread');
    const turnId = turnIds.get(conversationId) ?? '';
    return { conversationId, turnId, at, thread, mail: opened.get(conversationId) ?? [], past };
  });
}

/** A turn as it was decided: what is to be written, and whose key seals from now on. */
type Taken = { readonly turn: Turn; readonly subject: string; readonly write: Write };

/** Decides one turn. Touches nothing. */
function takeOne(
  { practiceId }: Pick<Tx, 'practiceId'>,
  deps: ConversationDeps,
  practice: PracticeForConversation,
  turn: Turn,
): Taken {
  const { conversationId, turnId, at, thread, mail, past } = turn;
  const { appointmentId } = past.state;
  const ownPhone = thread.user.phone === undefined ? undefined : e164Of(thread.user.phone);
  const appointments = Object.fromEntries(
    [...past.appointments].map(([id, events]) => [id, fold(appointment, asAppointment(events))]),
  );
  const input: TurnInput = {
    conversationId,
    turnId,
    at,
    mail: handedBackFirst(past, mail),
    practice: practice.settings,
    form: practice.form,
    scheduling: practice.scheduling,
    conversation: past.state,
    intake: fold(intake, asIntake(past.intake)),
    consent: fold(consent, asConsent(past.consent)),
    appointment: appointments[appointmentId ?? ''] ?? appointment.initial,
    otherAppointments: appointments,
    calendarUrl: (appointmentId) => deps.calendarUrl(practiceId, appointmentId),
    ...(ownPhone === undefined ? {} : { ownPhone }),
  };
  const result = takeTurn(input);
  const subject = subjectAfter(result, input.intake, thread.subject);
  const ids = {
    handoffId: turnId,
    conversationId,
    ...(ownPhone === undefined ? {} : { phone: ownPhone }),
  };
  const context = contextForStaff(input, result, ids);
  const appends = appendsOf({ conversationId, turnId, subject, thread, past, input, result, context });
  const actor = mail.some((letter) => letter.kind === 'message') ? 'patient' : 'system';
  return {
    turn,
    subject,
    write: { appends, context: { at, actor, correlationId: turnId, causationId: turnId } },
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
    ...messageAppends(
      conversationId,
      subject,
      said.flatMap((message) => partsOf(message, thread.channel)),
      input.at,
    ),
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
