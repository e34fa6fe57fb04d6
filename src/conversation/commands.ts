import { readThread, setThreadSubject } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
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
import type { PracticeSettings } from '#practice/index.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import { type ConversationEvent, conversation } from './conversation.ts';
import { wake } from './reactions.ts';
import { takeTurn } from './take-turn.ts';
import type { Mail, TurnInput, TurnResult } from './turn.ts';
import { conversationOfIntake } from './views.ts';

export type PracticeForConversation = {
  readonly settings: PracticeSettings;
  readonly form: Form | undefined;
};

export type ConversationDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly practice: (practiceId: string) => PracticeForConversation | undefined;
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
});

const intakeStream = (intakeId: string) => `intake/${intakeId}`;

/** The streams' names say whose events these are. */
const asConversation = (events: readonly StoredEvent[]) => events as unknown as readonly ConversationEvent[];
const asConsent = (events: readonly StoredEvent[]) => events as unknown as readonly ConsentEvent[];
const asIntake = (events: readonly StoredEvent[]) => events as unknown as readonly IntakeEvent[];

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
  const turnId = newShortId();
  const waiting = await takeMail(tx, conversationId, turnId);
  if (waiting.length === 0) return false;
  const thread = await readThread(tx, deps.sealer, conversationId);
  if (thread === undefined) throw new Error('mail in a conversation without a thread');
  const mail: Mail[] = [];
  for (const letter of waiting) mail.push(await openMail(tx, deps.sealer, letter));

  const streams = streamsOf(conversationId);
  const past = await deps.store.load(tx, [streams.conversation, streams.consent]);
  const conversationPast = past.get(streams.conversation) ?? [];
  const consentPast = past.get(streams.consent) ?? [];
  const conversationState = fold(conversation, asConversation(conversationPast));
  const intakePast = await loadIntake(tx, deps.store, conversationState.intakeId);

  const input: TurnInput = {
    conversationId,
    turnId,
    at: isoNow(deps.clock),
    mail,
    practice: practice.settings,
    form: practice.form,
    conversation: conversationState,
    intake: fold(intake, asIntake(intakePast)),
    consent: fold(consent, asConsent(consentPast)),
    scheduling: undefined,
    appointment: { status: 'none' },
    calendarUrl: () => '',
  };
  const result = takeTurn(input);
  const subject = subjectAfter(result, input.intake, thread.subject);
  if (subject !== thread.subject) await setThreadSubject(tx, conversationId, subject);

  const started = conversationPast.length > 0 ? [] : [startedFact(thread, input.at)];
  const versions = {
    conversation: conversationPast.length,
    consent: consentPast.length,
    intake: intakePast.length,
  };
  const appends = appendsOf(conversationId, turnId, subject, started, versions, input, result);
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

async function loadIntake(
  tx: Tx,
  store: EventStore,
  intakeId: string | undefined,
): Promise<readonly StoredEvent[]> {
  if (intakeId === undefined) return [];
  const stream = intakeStream(intakeId);
  return (await store.load(tx, [stream])).get(stream) ?? [];
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

function appendsOf(
  conversationId: string,
  turnId: string,
  subject: string,
  started: readonly { readonly type: string; readonly data: unknown }[],
  versions: { readonly conversation: number; readonly consent: number; readonly intake: number },
  input: TurnInput,
  result: TurnResult,
): readonly Append[] {
  const streams = streamsOf(conversationId);
  const isCurrentIntake = result.intake?.intakeId === input.conversation.intakeId;
  const answers = answeredMessage(input);
  const said = result.say.map((say, i) => ({
    messageId: `${turnId}.${i + 1}`,
    ...say,
    ...(i === 0 && answers !== undefined ? { answers } : {}),
  }));
  return [
    {
      stream: streams.conversation,
      expectedVersion: versions.conversation,
      subject,
      facts: [...started, ...result.conversation],
    },
    // Consent outlives a patient's erasure as proof; what it holds of them is the message's id alone.
    {
      stream: streams.consent,
      expectedVersion: versions.consent,
      subject: practiceSubject,
      facts: result.consent,
    },
    ...(result.intake === undefined
      ? []
      : [
          {
            stream: intakeStream(result.intake.intakeId),
            expectedVersion: isCurrentIntake ? versions.intake : 0,
            subject,
            facts: result.intake.events,
          },
        ]),
    ...messageAppends(conversationId, subject, said, input.at),
  ];
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
