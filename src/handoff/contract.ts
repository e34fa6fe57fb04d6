import { z } from 'zod';
import { handoffContext } from './context.ts';

/** What the inbox and an open conversation ask and answer. Instants are ISO 8601 in UTC. */

export const inboxQueues = ['mine', 'waiting', 'all', 'resolved'] as const;

/** Lists show a first name and an initial, or a masked number: opening a conversation is a deliberate act. */
export const inboxRow = z.object({
  conversationId: z.string(),
  name: z.string(),
  language: z.string().nullable(),
  /** `bot`: the assistant has it. */
  state: z.enum(['bot', 'waiting', 'taken', 'resolved']),
  reason: z.string().nullable(),
  priority: z.enum(['top', 'normal']).nullable(),
  assignee: z.object({ staffId: z.string(), name: z.string() }).nullable(),
  waitingSince: z.string().nullable(),
  /** Of the patient's or the practice's last message. */
  lastAt: z.string(),
  unread: z.number().int(),
  /** Until when free text may be sent; null where it may not. */
  windowClosesAt: z.string().nullable(),
});

export type InboxRow = z.infer<typeof inboxRow>;

export const inboxQuery = z.object({
  queue: z.enum(inboxQueues).default('waiting'),
  language: z.string().max(20).optional(),
  reason: z.string().max(60).optional(),
  /** `next` of the page before. */
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** A search is a POST: names and numbers belong into no address, where proxies would log them. */
export const inboxSearchBody = inboxQuery.extend({
  /** Whole words of the name, or the whole number. */
  search: z.string().trim().min(1).max(80),
});

export const inboxPage = z.object({
  rows: z.array(inboxRow),
  next: z.string().nullable(),
  counts: z.object({ mine: z.number().int(), waiting: z.number().int(), top: z.number().int() }),
});

export type InboxPage = z.infer<typeof inboxPage>;

/** What an `event` line of the thread can be about. Its `params`, where it has some, are codes, instants and names of staff. */
export const threadEvents = [
  'language',
  'consented',
  'declined',
  'stopped',
  'intake-started',
  'intake-filed',
  'intake-delayed',
  'intake-refused',
  /** `reason`, `priority` */
  'handed-over',
  'taken',
  'taken-over',
  /** `to`: a name */
  'assigned',
  'released',
  /** `code` of the practice's resolution codes */
  'resolved',
  /** The patient went on with the assistant. */
  'handed-back',
  /** `code`: the practice system did not take the handoff. */
  'not-filed',
  /** `start`; `moved` and `found-moved` with `from`; `confirmed` and `cancelled` with `whose`: patient, staff or practice */
  'booked',
  'moved',
  'found-moved',
  'confirmed',
  'cancelled',
  'reminded',
] as const;

export type ThreadEvent = (typeof threadEvents)[number];

/** Where a file stands that came with a message. */
export const fileWords = [
  'awaited',
  'quarantined',
  'cleared',
  'refused',
  'missing',
  'too-large',
  'gone',
] as const;

export type FileWord = (typeof fileWords)[number];

export const threadLine = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('message'),
    id: z.string(),
    at: z.string(),
    side: z.enum(['patient', 'assistant', 'staff']),
    /** Who wrote it, of staff. */
    by: z.string().nullable(),
    /** Not said through us: by staff in the messenger's own app, or by another app on the number. */
    elsewhere: z.enum(['staff', 'another-app']).optional(),
    /** What the message is: text, choice, image, audio, location, template … */
    what: z.string(),
    text: z.string(),
    /** Where the file stands that came with it; nobody can open it yet. */
    file: z.enum(fileWords).optional(),
    choices: z.array(z.string()),
    /** Of ours: queued, sending, sent, delivered, read, failed, blocked. */
    status: z.string().nullable(),
    /** Why it failed or was blocked: a code. */
    code: z.string().nullable(),
  }),
  z.object({ kind: z.literal('note'), id: z.string(), at: z.string(), by: z.string(), text: z.string() }),
  /** Something that happened: handed over, taken, a visit booked. `what` is a code, `params` its words. */
  z.object({
    kind: z.literal('event'),
    id: z.string(),
    at: z.string(),
    what: z.string(),
    by: z.string().nullable(),
    params: z.record(z.string(), z.string()),
  }),
]);

export type ThreadLine = z.infer<typeof threadLine>;

export const conversationDetail = z.object({
  row: inboxRow,
  /** Why and where the assistant stopped; null where it never did. */
  context: handoffContext.nullable(),
  patient: z.object({
    name: z.string().nullable(),
    birthDate: z.string().nullable(),
    phone: z.string().nullable(),
    pmsPatientId: z.string().nullable(),
    answers: z.array(z.object({ label: z.string(), value: z.string() })),
    consent: z.object({ status: z.string(), since: z.string().nullable(), wording: z.string().nullable() }),
    visits: z.array(
      z.object({
        appointmentId: z.string(),
        start: z.string(),
        end: z.string(),
        clinician: z.string().nullable(),
        status: z.string(),
      }),
    ),
  }),
  lease: z
    .object({
      /** Must be given with everything that is said or decided. */
      token: z.number().int(),
      staffId: z.string(),
      name: z.string(),
      until: z.string(),
      mine: z.boolean(),
    })
    .nullable(),
  window: z.object({ closesAt: z.string().nullable() }),
  /** Approved messages that may be sent when the window has closed. */
  templates: z.array(z.object({ id: z.string(), text: z.string() })),
  /** Oldest first. */
  thread: z.array(threadLine),
  /** Asks for what was before; null at the beginning. */
  older: z.string().nullable(),
});

export type ConversationDetail = z.infer<typeof conversationDetail>;

const token = z.number().int().min(1);
/** Made by the browser for one act: the same key twice is done once. */
const key = z.string().regex(/^[A-Za-z0-9-]{8,64}$/, 'expected 8 to 64 letters, digits and hyphens');
/** Characters; the provider's limit for a text. */
const replyText = z.string().trim().min(1).max(4096);

export const takeBody = z.object({
  /** Also from a colleague whose lease stands: for managers. */
  over: z.boolean().default(false),
});
export const takeAnswer = z.object({ token, until: z.string() });
export const assignBody = z.object({ token: token.nullable(), staffId: z.string().min(1).max(64) });
export const replyBody = z.object({ token, key, text: replyText });
export const replyTemplateBody = z.object({ token, key, templateId: z.string().min(1).max(64) });
export const replyAnswer = z.object({ messageId: z.string() });
export const noteBody = z.object({ key, text: z.string().trim().min(1).max(4000) });
export const releaseBody = z.object({ token });
export const renewBody = z.object({ token });
export const resolveBody = z.object({
  token,
  code: z.string().min(1).max(60),
  /** The assistant goes on at once with the question that is open; else it waits until the patient writes. */
  resume: z.boolean().default(false),
});

export const routingAnswer = z.object({
  resolutionCodes: z.array(z.object({ id: z.string(), name: z.string() })),
  /** To whom a conversation can be assigned. */
  colleagues: z.array(z.object({ staffId: z.string(), name: z.string(), role: z.string() })),
  reasons: z.array(z.string()),
  languages: z.array(z.string()),
  waitMinutes: z.object({ top: z.number(), normal: z.number() }),
  contentMode: z.string(),
});

export type RoutingAnswer = z.infer<typeof routingAnswer>;

/** Ready-made answers with their variables filled in for one conversation, in the patient's language. */
export const cannedReplies = z.object({
  replies: z.array(z.object({ id: z.string(), title: z.string(), text: z.string() })),
});
