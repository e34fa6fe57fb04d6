import type { z } from 'zod';
import * as analytics from '#analytics/contract.ts';
import * as channel from '#channels/contract.ts';
import * as handoff from '#handoff/contract.ts';
import * as messages from '#messages/contract.ts';
import * as platform from '#platform/contract.ts';
import * as scheduling from '#scheduling/contract.ts';
import * as security from '#security/contract.ts';
import { ApiError, request } from './request.ts';

/**
 * The one client of the HTTP API: every address in one place, every answer read with the contract's own schema.
 * What the server refuses is thrown as an `ApiError` with its code.
 */

type Schema = z.ZodType;
type Query = Readonly<Record<string, string | number | undefined>>;

const segment = encodeURIComponent;

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

function parse<S extends Schema>(schema: S, body: unknown): z.infer<S> {
  const read = schema.safeParse(body);
  // Of a release that does not fit this page. What it said is not repeated: it may be patient data.
  if (!read.success) throw new ApiError('UNEXPECTED_ANSWER', 0);
  return read.data;
}

/** Asks for something; the signal is that of the query which wants it. */
export async function get<S extends Schema>(
  path: string,
  schema: S,
  { query = {}, signal }: { readonly query?: Query; readonly signal?: AbortSignal | undefined } = {},
): Promise<z.infer<S>> {
  return parse(schema, await request(withQuery(path, query), signal ? { signal } : {}));
}

/** Does something. It waits for a new sign-in where the session has ended meanwhile, and is then done once. */
export async function post<S extends Schema>(
  path: string,
  schema: S,
  body: unknown = {},
): Promise<z.infer<S>> {
  return parse(schema, await send(path, body));
}

/** Does something whose answer says no more than that it was done. */
export async function send(path: string, body: unknown = {}, method: 'POST' | 'PATCH' | 'DELETE' = 'POST') {
  return request(path, { method, body: JSON.stringify(body), waits: true });
}

const conversation = (id: string): string => `/api/conversations/${segment(id)}`;

/** Without a wait: these are how a session begins and ends. */
const knock = (path: string, body: unknown = {}) =>
  request(path, { method: 'POST', body: JSON.stringify(body) });

export const session = {
  current: (signal?: AbortSignal) => get('/api/session', security.sessionAnswer, { signal }),
  options: (signal?: AbortSignal) => get('/api/sign-in', security.signInOptions, { signal }),
  asPersona: (practiceId: string, staffId: string) =>
    knock('/api/session/persona', { practiceId, staffId } satisfies z.infer<typeof security.personaBody>),
  passkeyStart: async (practiceId: string) =>
    parse(security.passkeyChallenge, await knock('/api/sign-in/passkey/start', { practiceId })),
  passkeyFinish: (challengeId: string, response: unknown) =>
    knock('/api/sign-in/passkey/finish', { challengeId, response }),
  /** An address to go to: the clinic's own sign-in leads back. */
  oidcUrl: (practiceId: string) => `/api/oidc/${segment(practiceId)}/start`,
  enrolStart: async (token: string) =>
    parse(security.enrolStartAnswer, await knock('/api/enrol/start', { token })),
  enrolFinish: (challengeId: string, response: unknown) =>
    knock('/api/enrol/finish', { challengeId, response }),
  signOut: () => knock('/api/session/sign-out'),
};

export type InboxFilter = {
  readonly queue: (typeof handoff.inboxQueues)[number];
  readonly search?: string | undefined;
  readonly language?: string | undefined;
  readonly reason?: string | undefined;
};

export const inbox = {
  /** A search is a POST: names and numbers belong into no address. */
  page: async (filter: InboxFilter, after: string | undefined, signal?: AbortSignal) => {
    if (filter.search === undefined || filter.search === '')
      return get('/api/inbox', handoff.inboxPage, { query: { ...filter, after }, signal });
    const body = JSON.stringify({ ...filter, after });
    const options = { method: 'POST' as const, body, ...(signal ? { signal } : {}) };
    return parse(handoff.inboxPage, await request('/api/inbox/search', options));
  },
  routing: (signal?: AbortSignal) => get('/api/routing', handoff.routingAnswer, { signal }),
};

export const conversations = {
  open: (id: string, signal?: AbortSignal) => get(conversation(id), handoff.conversationDetail, { signal }),
  older: (id: string, before: string, signal?: AbortSignal) =>
    get(conversation(id), handoff.conversationDetail, { query: { before }, signal }),
  canned: (id: string, signal?: AbortSignal) =>
    get(`${conversation(id)}/canned`, handoff.cannedReplies, { signal }),
  take: (id: string, over = false) => post(`${conversation(id)}/take`, handoff.takeAnswer, { over }),
  assign: (id: string, body: z.infer<typeof handoff.assignBody>) => send(`${conversation(id)}/assign`, body),
  release: (id: string, token: number) => send(`${conversation(id)}/release`, { token }),
  /** Not worth waiting for a sign-in: by then it is another lease. */
  renew: (id: string, token: number) => knock(`${conversation(id)}/renew`, { token }),
  reply: (id: string, body: z.infer<typeof handoff.replyBody>) =>
    post(`${conversation(id)}/reply`, handoff.replyAnswer, body),
  replyTemplate: (id: string, body: z.infer<typeof handoff.replyTemplateBody>) =>
    post(`${conversation(id)}/reply-template`, handoff.replyAnswer, body),
  note: (id: string, body: z.infer<typeof handoff.noteBody>) => send(`${conversation(id)}/notes`, body),
  resolve: (id: string, body: z.infer<typeof handoff.resolveBody>) =>
    send(`${conversation(id)}/resolve`, body),
  seen: (id: string) => knock(`${conversation(id)}/seen`),
};

export const appointments = {
  /** @param day `YYYY-MM-DD`; today where it is not given */
  ofDay: (day: string | undefined, signal?: AbortSignal) =>
    get('/api/appointments', scheduling.appointmentsPage, { query: { day }, signal }),
};

export const failures = {
  messages: (after: string | undefined, signal?: AbortSignal) =>
    get('/api/messages/failed', messages.failedPage, { query: { after }, signal }),
  sendAgain: (messageId: string) =>
    post(`/api/messages/${encodeURIComponent(messageId)}/send-again`, messages.sendAgainAnswer, {}),
  deadLetters: (signal?: AbortSignal) => get('/api/dead-letters', platform.deadLetterPage, { signal }),
  redrive: (body: z.infer<typeof platform.redriveBody>) =>
    post('/api/dead-letters/redrive', platform.redriveAnswer, body),
};

export const figures = {
  /** The last days, today included. */
  ofDays: (days: number, signal?: AbortSignal) =>
    get('/api/figures', analytics.figuresAnswer, { query: { days }, signal }),
};

export const channels = {
  list: (signal?: AbortSignal) => get('/api/channels', channel.channelsAnswer, { signal }),
};

const person = (staffId: string): string => `/api/staff/${segment(staffId)}`;

export const people = {
  list: (signal?: AbortSignal) => get('/api/staff', security.staffList, { signal }),
  invite: (body: z.infer<typeof security.inviteBody>) => post('/api/staff', security.inviteAnswer, body),
  newLink: (staffId: string) => post(`${person(staffId)}/link`, security.inviteAnswer),
  change: (staffId: string, body: z.infer<typeof security.changeStaffBody>) =>
    send(person(staffId), body, 'PATCH'),
  endSessions: (staffId: string) => send(`${person(staffId)}/sessions`, {}, 'DELETE'),
};

export type AuditFilter = Pick<z.infer<typeof security.auditQuery>, 'who' | 'target'>;

export const audit = {
  /** @param before the `seq` that the rows are older than */
  page: (filter: AuditFilter, before: number | undefined, signal?: AbortSignal) =>
    get('/api/audit', security.auditPage, { query: { ...filter, before }, signal }),
};
