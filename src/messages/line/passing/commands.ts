import type { ChannelUser } from '#channels/channel.ts';
import { type Account, type Accounts, lifeMs, rendered, type Thread } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { ContentMode } from '#kernel/phi.ts';
import type { Tx } from '#platform/db/db.ts';
import { mayCarry } from '#policy/index.ts';
import { askDoor, type DoorAnswer, windowOpen } from '../../door.ts';
import type { About, BlockReason, MessageEvent } from '../../events.ts';
import type { LeaveAsk } from '../../governor/door/commands.ts';
import type { Lane } from '../../governor/rate.ts';
import { type MessageRow, messageStream } from '../../views.ts';

/** What may pass of the heads of lines: the door is asked, and the request is written. */

export type PassingDeps = {
  readonly accounts: Accounts;
  readonly contentMode: (practiceId: string) => ContentMode | undefined;
  /** Does the visit stand as the message says it does? */
  readonly isCurrent: (tx: Tx, about: About, now: string) => Promise<boolean>;
  /** Does the question stand open whether the patient meant a stop? */
  readonly maybeStopped: (tx: Tx, conversationId: string) => Promise<boolean>;
};

/** What is to be called once the claim is committed. */
export type Calls = {
  readonly request: HttpRequest;
  /** Marks the patient's message as read. */
  readonly receipt: HttpRequest | undefined;
  readonly account: Account;
  /** When the provider gives up delivering it: ISO 8601. */
  readonly until: string;
};

/** The head of a line with what the door must know of it. */
export type Head = MessageRow & {
  readonly isAgain: boolean;
  readonly lane: Lane;
  readonly thread: Thread | undefined;
  /** By stream: the message's own, and the conversation's consent. */
  readonly events: ReadonlyMap<string, readonly StoredEvent[]>;
};

/** The door lets it pass: whether it may leave at this moment is asked for all together. */
export type Passed = { readonly passed: Calls; readonly leave: LeaveAsk };

export const consentStream = (conversationId: string) => `consent/${conversationId}`;

/** The conversation, and the same person's later one. */
export const chatsOf = (conversationId: string, thread: Thread | undefined) => [
  conversationId,
  ...(thread?.continuedIn === undefined ? [] : [thread.continuedIn]),
];

async function mayBeStopped(tx: Tx, deps: PassingDeps, { conversationId, thread }: Head): Promise<boolean> {
  for (const id of chatsOf(conversationId, thread)) if (await deps.maybeStopped(tx, id)) return true;
  return false;
}

/** What was agreed to in this conversation; a stop that was said in the same person's later one holds here too. */
function consentOf({ conversationId, thread, events }: Head) {
  const states = chatsOf(conversationId, thread).map((id) =>
    // The stream's name says whose events these are.
    fold(consent, (events.get(consentStream(id)) ?? []) as unknown as readonly ConsentEvent[]),
  );
  return states.find(({ status }) => status === 'withdrawn') ?? states[0] ?? consent.initial;
}

export type Blocked = { readonly reason: BlockReason; readonly field?: string; readonly limit?: number };

/** These answer what cannot wait, and are one message. */
const cannotWait: ReadonlySet<string> = new Set(['emergency', 'stop-confirmation']);

/** Asks the door and renders the request; or says why the message may not, or cannot, leave. */
export async function prepare(tx: Tx, deps: PassingDeps, head: Head, at: string): Promise<Blocked | Passed> {
  const { thread, messageId, conversationId, events } = head;
  if (thread === undefined) return { reason: 'NO_ADDRESS' };
  const account = deps.accounts.find(thread.channel, thread.accountId);
  const mode = deps.contentMode(tx.practiceId);
  if (account === undefined || mode === undefined) return { reason: 'UNKNOWN_ACCOUNT' };
  const past = events.get(messageStream(messageId)) ?? [];
  const queued = queuedFact(past);
  if (queued?.phi === undefined) return { reason: 'CANNOT_BE_SAID', field: 'content' };
  const { purpose, dataClass, about } = queued.data;
  const { content, answers } = queued.phi;
  const answer: DoorAnswer = askDoor({
    purpose,
    dataClass,
    isTemplate: content.kind === 'template',
    mayCarry: mayCarry(mode, dataClass),
    consent: consentOf(head),
    isCurrent: about === undefined || (await deps.isCurrent(tx, about, at)),
    maybeStopped: purpose === 'reminder' && (await mayBeStopped(tx, deps, head)),
    lastInboundAt: thread.lastInboundAt,
    now: at,
  });
  if (answer.verdict === 'block') return { reason: answer.reason };
  const request = rendered(account, { id: messageId, to: thread.user, content });
  if ('refused' in request) {
    const { field, limit } = request;
    return { reason: 'CANNOT_BE_SAID', field, ...(limit === undefined ? {} : { limit }) };
  }
  const isFirstTry = past.length === 1;
  const receipt =
    isFirstTry && answers !== undefined ? renderReceipt(account, thread.user, answers) : undefined;
  const until = new Date(Date.parse(at) + lifeMs(account, content)).toISOString();
  const leave: LeaveAsk = {
    conversationId,
    account,
    lane: head.lane,
    cannotWait: cannotWait.has(purpose),
    isReminder: purpose === 'reminder',
    template: content.kind === 'template' ? content.name : undefined,
    writesFirst: content.kind === 'template' && !windowOpen({ lastInboundAt: thread.lastInboundAt, now: at }),
    visitAt: about === undefined ? undefined : Date.parse(about.start),
    pacedUntil: thread.pacedUntil,
    wroteFirstAt: thread.wroteFirstAt,
  };
  return { passed: { request, receipt, account, until }, leave };
}

/** Without "typing": the answer leaves beside it, and one that arrived after it would say that there is more to come. */
function renderReceipt(account: Account, to: ChannelUser, externalId: string): HttpRequest | undefined {
  const content = { kind: 'read' as const, externalId, typing: false };
  const request = rendered(account, { id: 'receipt', to, content });
  return 'refused' in request ? undefined : request;
}

function queuedFact(events: readonly { readonly type: string }[]) {
  const fact = events.find((event) => event.type === 'MessageQueued');
  // The type names the fact's shape.
  return fact as unknown as Extract<MessageEvent, { type: 'MessageQueued' }> | undefined;
}
