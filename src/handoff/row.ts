import { z } from 'zod';
import type { StoredEvent } from '#kernel/event.ts';

/** One row of the inbox, folded from the facts of its conversation. */
export type Row = {
  readonly conversationId: string;
  readonly state: 'bot' | 'waiting' | 'taken' | 'resolved';
  readonly language: string | null;
  readonly reason: string | null;
  readonly priority: 'top' | 'normal' | null;
  readonly assignee: string | null;
  readonly leaseUntil: string | null;
  /** Since when the patient waits for a person's word; null while it is the patient's turn. */
  readonly waitingSince: string | null;
  readonly lastAt: string;
  /** The patient's messages since a person has the conversation and last looked. */
  readonly unread: number;
  readonly intakeId: string | null;
  /** The question whose answer is the name: the first of the intake that is answered with one. */
  readonly nameLinkId: string | null;
  /** Where the name stands. */
  readonly name: { readonly stream: string; readonly version: number } | null;
};

/**
 * What the row needs of facts that other modules write, here and above; matched by their types. The shapes are frozen by those
 * modules' fixtures.
 */
const shapes = {
  MessagesRead: z.object({ at: z.string(), kinds: z.array(z.string()) }),
  LanguageChosen: z.object({ language: z.string() }),
  IntakeOpened: z.object({ intakeId: z.string() }),
  MessageQueued: z.object({ at: z.string() }),
  HandoffOpened: z.object({
    at: z.string(),
    reason: z.string(),
    priority: z.enum(['top', 'normal']),
    language: z.string(),
  }),
  Owned: z.object({ staffId: z.string(), until: z.string() }),
  At: z.object({ at: z.string() }),
};

const nameAnswer = z.object({ answer: z.object({ kind: z.literal('name'), text: z.string() }) });
const questionAnswered = z.object({ linkId: z.string() });

/** The name that an `AnswerGiven` holds, if it is one. Gone when the patient was erased. */
export function nameIn(event: StoredEvent): { readonly linkId: string; readonly text: string } | undefined {
  if (event.type !== 'AnswerGiven') return undefined;
  const answered = nameAnswer.safeParse(event.phi);
  if (!answered.success) return undefined;
  return { linkId: questionAnswered.parse(event.data).linkId, text: answered.data.answer.text };
}

export function newRow(conversationId: string, at: string): Row {
  return {
    conversationId,
    state: 'bot',
    language: null,
    reason: null,
    priority: null,
    assignee: null,
    leaseUntil: null,
    waitingSince: null,
    lastAt: at,
    unread: 0,
    intakeId: null,
    nameLinkId: null,
    name: null,
  };
}

const nobody = { assignee: null, leaseUntil: null } as const;
const withStaff = (row: Row) => row.state === 'waiting' || row.state === 'taken';
const later = (a: string, b: string) => (a > b ? a : b);

/** The row after one fact of its conversation. */
export function rowAfter(row: Row, event: StoredEvent): Row {
  switch (event.type) {
    case 'MessagesRead': {
      const { at, kinds } = shapes.MessagesRead.parse(event.data);
      const read = { ...row, lastAt: later(row.lastAt, at) };
      if (!withStaff(row)) return read;
      return { ...read, unread: row.unread + kinds.length, waitingSince: row.waitingSince ?? at };
    }
    case 'LanguageChosen':
      return { ...row, language: shapes.LanguageChosen.parse(event.data).language };
    case 'IntakeOpened':
      // Its first name is the patient's, who may be another than before.
      return { ...row, intakeId: shapes.IntakeOpened.parse(event.data).intakeId, nameLinkId: null };
    case 'AnswerGiven':
      return named(row, event);
    case 'MessageQueued':
      return { ...row, lastAt: later(row.lastAt, shapes.MessageQueued.parse(event.data).at) };
    default:
      return afterHandoff(row, event);
  }
}

function afterHandoff(row: Row, event: StoredEvent): Row {
  switch (event.type) {
    case 'HandoffOpened': {
      const { at, reason, priority, language } = shapes.HandoffOpened.parse(event.data);
      const raised = { ...row, reason, priority, language: row.language ?? language };
      if (withStaff(row)) return raised;
      return { ...raised, ...nobody, state: 'waiting', waitingSince: at, unread: 0 };
    }
    case 'HandoffTaken':
    case 'HandoffAssigned':
    case 'LeaseRenewed': {
      const { staffId, until } = shapes.Owned.parse(event.data);
      return { ...row, state: 'taken', assignee: staffId, leaseUntil: until };
    }
    case 'HandoffReleased':
      return {
        ...row,
        ...nobody,
        state: 'waiting',
        waitingSince: row.waitingSince ?? shapes.At.parse(event.data).at,
      };
    case 'StaffReplied':
      return { ...row, waitingSince: null };
    case 'MessagesSeen':
      return { ...row, unread: 0 };
    case 'HandoffResolved':
      return { ...row, ...nobody, state: 'resolved', waitingSince: null, unread: 0 };
    case 'HandoffWithdrawn':
      return { ...row, ...nobody, state: 'bot', waitingSince: null, unread: 0 };
    default:
      return row;
  }
}

function named(row: Row, event: StoredEvent): Row {
  const name = nameIn(event);
  if (name === undefined || (row.nameLinkId !== null && row.nameLinkId !== name.linkId)) return row;
  return { ...row, nameLinkId: name.linkId, name: { stream: event.stream, version: event.version } };
}

/** The facts that a row is made of. */
const ofConversation = new Set([
  'MessagesRead',
  'LanguageChosen',
  'IntakeOpened',
  'HandoffOpened',
  'HandoffTaken',
  'HandoffAssigned',
  'LeaseRenewed',
  'HandoffReleased',
  'StaffReplied',
  'MessagesSeen',
  'HandoffResolved',
  'HandoffWithdrawn',
]);

const queued = z.object({ conversationId: z.string() });

/** Whose row an event changes. */
export type Concerned = { readonly conversationId: string } | { readonly intakeId: string } | undefined;

export function concerns(event: StoredEvent): Concerned {
  const [kind = '', id = ''] = splitOnce(event.stream);
  if (kind === 'conversation' && event.type === 'ConversationStarted') return { conversationId: id };
  if ((kind === 'conversation' || kind === 'handoff') && ofConversation.has(event.type))
    return { conversationId: id };
  if (kind === 'message' && event.type === 'MessageQueued') return queued.parse(event.data);
  if (kind === 'intake' && nameIn(event) !== undefined) return { intakeId: id };
  return undefined;
}

function splitOnce(stream: string): readonly string[] {
  const slash = stream.indexOf('/');
  return [stream.slice(0, slash), stream.slice(slash + 1)];
}
