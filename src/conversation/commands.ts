import { readThread } from '#channels/index.ts';
import { e164Of } from '#channels/phone-variants.ts';
import type { ConsentEvent } from '#consent/index.ts';
import { handoffStream } from '#handoff/index.ts';
import type { Form, GivenConsent, IntakeBackground } from '#intake/index.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { addMail, type NewMail, type WaitingMail } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { PracticeSettings, SchedulingSettings } from '#practice/index.ts';
import type { Sealer } from '#security/index.ts';
import { wake } from './reactions.ts';
import type { Mail } from './turn.ts';
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

/** What makes a repeat of mail harmless, by its name. */
export function mailKeyOf(tx: Tx, { sealer }: Pick<ConversationDeps, 'sealer'>, name: string): Buffer {
  return sealer.blind(tx.practiceId, 'mail', name);
}

/** Mail as it is posted. */
export type Letter = {
  readonly conversationId: string;
  /** Whose key seals it. */
  readonly subject: string;
  /** Makes a repeat harmless. */
  readonly name: string;
  readonly sentAt: string;
  readonly mail: Mail;
};

/**
 * Puts mail into conversations' mailboxes, in the caller's transaction, which holds the mailboxes' locks (`lockMailboxes`). Returns
 * the conversations that got some: the caller takes their turns, or wakes them, in the same transaction.
 */
export async function putMail(
  tx: Tx,
  deps: Pick<ConversationDeps, 'sealer' | 'clock'>,
  letters: readonly Letter[],
): Promise<readonly string[]> {
  await deps.sealer.prepareSealing(
    tx,
    letters.map(({ subject }) => subject),
  );
  const sealed: NewMail[] = [];
  for (const letter of letters) {
    const key = mailKeyOf(tx, deps, letter.name);
    const body = Buffer.from(JSON.stringify(letter.mail), 'utf8');
    sealed.push({
      mailboxId: letter.conversationId,
      key,
      // What was said stands under one kind, whoever said it: the thread is read by it.
      kind: letter.mail.kind === 'echo' ? 'message' : letter.mail.kind,
      sentAt: letter.sentAt,
      subject: letter.subject,
      body: await deps.sealer.seal(tx, letter.subject, mailContext(key), body),
    });
  }
  return await addMail(tx, sealed, isoNow(deps.clock));
}

/** As `putMail`, and wakes the conversations. */
export async function postMail(
  tx: Tx,
  deps: Pick<ConversationDeps, 'sealer' | 'queues' | 'clock'>,
  letters: readonly Letter[],
): Promise<void> {
  await wakeConversations(tx, deps, await putMail(tx, deps, letters));
}

export async function wakeConversations(
  tx: Tx,
  { queues }: Pick<ConversationDeps, 'queues'>,
  conversationIds: readonly string[],
): Promise<void> {
  await queues.enqueue(
    tx,
    conversationIds.map((conversationId) => wake(tx.practiceId, conversationId)),
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

export const streamsOf = (conversationId: string) => ({
  conversation: `conversation/${conversationId}`,
  consent: `consent/${conversationId}`,
  handoff: handoffStream(conversationId),
});

/** The stream's name says whose events these are. */
const asConsent = (events: readonly StoredEvent[]) => events as unknown as readonly ConsentEvent[];

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
    channelPhone: phone === undefined ? undefined : e164Of(phone),
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
