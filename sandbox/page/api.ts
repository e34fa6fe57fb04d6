import type { ContentMode } from '#kernel/phi.ts';

/**
 * The sandbox world's HTTP interface as this page uses it (served by `sandbox/world` from the same origin).
 *
 * - **world**: the practices, the patients one can play, and what time it is for all of them.
 * - **phone**: one patient's messenger, talking to one account (number) of a practice.
 * - **pms**: the practice management system, where intakes are filed.
 */

export type Account = { readonly id: string; readonly displayPhone: string };

export type Practice = {
  readonly id: string;
  readonly name: string;
  readonly contentMode: ContentMode;
  readonly languages: readonly string[];
  readonly accounts: readonly Account[];
  readonly pms: { readonly kind: string; readonly baseUrl: string };
  /** IANA zone; times are shown in it where it is known. */
  readonly timeZone?: string;
};

export type Patient = {
  readonly id: string;
  readonly name: string;
  /** BCP 47 tag. */
  readonly language: string;
  /** Who this is, in a sentence, in the page's language. */
  readonly about: string;
  readonly phone?: string;
  readonly username?: string;
};

export type World = {
  readonly practices: readonly Practice[];
  readonly patients: readonly Patient[];
  /** ISO 8601: the world's clock, which can be moved forward. */
  readonly now: string;
};

export type DeliveryStatus = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export type ListRow = { readonly id: string; readonly title: string; readonly description?: string };

export type ListSection = { readonly title?: string; readonly rows: readonly ListRow[] };

export type PhoneMessage = {
  readonly id: string;
  readonly side: 'patient' | 'practice';
  readonly at: string;
  /** `text`, `buttons`, `list`, `image`, `audio`, `document`, `sticker`, `location`, or a kind added later. */
  readonly kind: string;
  readonly text?: string;
  readonly caption?: string;
  readonly fileName?: string;
  readonly location?: { readonly latitude: number; readonly longitude: number; readonly name?: string };
  readonly buttons?: readonly { readonly id: string; readonly title: string }[];
  readonly list?: { readonly label: string; readonly sections: readonly ListSection[] };
  readonly replyTo?: { readonly text: string };
  readonly status?: DeliveryStatus;
  /** Why it failed, in words. */
  readonly error?: string;
};

export type PhoneState = {
  readonly messages: readonly PhoneMessage[];
  readonly typing: boolean;
  /** ISO 8601: until then the practice may write freely (the service window). */
  readonly windowEndsAt?: string;
};

export type Attachment = 'image' | 'audio' | 'document' | 'sticker';

export type SendInput =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tap'; readonly messageId: string; readonly choiceId: string }
  | { readonly kind: Attachment }
  | { readonly kind: 'location'; readonly latitude: number; readonly longitude: number };

/** A FHIR resource as it came; nothing about its shape is certain but its type. */
export type Resource = { readonly resourceType: string; readonly id?: string } & Readonly<
  Record<string, unknown>
>;

/** As the world passes it on: the few fields that a calendar needs. */
export type CalendarSlot = {
  readonly id: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
  /** FHIR: `free`, `busy-tentative`, `busy` … */
  readonly status: string;
};

export type PmsCalendar = {
  readonly schedules: readonly Resource[];
  readonly slots: readonly CalendarSlot[];
  readonly appointments: readonly Resource[];
};

/** What a member of staff who played by themselves did. */
export type StaffPlay =
  | { readonly did: 'nobody-waits'; readonly staff: string }
  | { readonly did: 'answered'; readonly staff: string; readonly patient: string };

export type TimelineEvent = {
  /** Decimal digits: a database position, too large for a number. */
  readonly position: string;
  readonly at: string;
  readonly stream: string;
  readonly type: string;
  readonly data: unknown;
  readonly actor: string;
  readonly correlationId: string;
};

export type TimelinePage = {
  /** Oldest first. */
  readonly events: readonly TimelineEvent[];
  /** Where the next page starts. */
  readonly next: string;
};

export type FaultTarget = 'meta' | 'fhir' | (string & {});

export type Fault = {
  readonly target: FaultTarget;
  readonly fault: string;
  readonly label: string;
  /** True, or how many more requests it will meet. */
  readonly active: boolean | number;
};

export type LiveEvent =
  | { readonly type: 'phone'; readonly patientId: string; readonly accountId: string }
  | { readonly type: 'pms'; readonly practiceId: string }
  | { readonly type: 'timeline'; readonly practiceId: string };

/** The world refused, or did not answer (`status` 0). The message can be shown as it is. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

const base = '/sandbox/api';

export const liveEventsUrl = `${base}/events`;

const segment = encodeURIComponent;
const phonePath = (patientId: string, accountId: string): string =>
  `/phone/${segment(patientId)}/${segment(accountId)}`;

export const api = {
  world: (signal?: AbortSignal) => get<World>('/world', signal),
  phone: (patientId: string, accountId: string, signal?: AbortSignal) =>
    get<PhoneState>(phonePath(patientId, accountId), signal),
  send: (patientId: string, accountId: string, input: SendInput) =>
    post<{ id: string }>(`${phonePath(patientId, accountId)}/messages`, input),
  /** The patient plays on by themselves, whatever is asked. */
  playPersona: (patientId: string, accountId: string) => post<unknown>('/persona', { patientId, accountId }),
  seen: (patientId: string, accountId: string) =>
    post<unknown>(`${phonePath(patientId, accountId)}/seen`, {}),
  pms: (practiceId: string, signal?: AbortSignal) =>
    get<{ resources: readonly Resource[] }>(`/pms/${segment(practiceId)}`, signal),
  /** What begins from `from` until before `to` (instants). */
  calendar: (practiceId: string, from: string, to: string, signal?: AbortSignal) =>
    get<PmsCalendar>(`/calendar/${segment(practiceId)}?${new URLSearchParams({ from, to })}`, signal),
  /** A member of staff takes whoever waits longest, answers and hands back. */
  playStaff: (practiceId: string) => post<StaffPlay>('/staff', { practiceId }),
  timeline: (practiceId: string, after: string | undefined, signal?: AbortSignal) =>
    get<TimelinePage>(
      `/timeline/${segment(practiceId)}${after === undefined ? '' : `?after=${segment(after)}`}`,
      signal,
    ),
  faults: (signal?: AbortSignal) => get<{ faults: readonly Fault[] }>('/faults', signal),
  /** `count` 0 switches the fault off; without it, the world's default number of requests is met. */
  setFault: (target: FaultTarget, fault: string, count?: number) =>
    post<unknown>('/faults', { target, fault, ...(count === undefined ? {} : { count }) }),
  advanceClock: (advanceSeconds: number) => post<unknown>('/clock', { advanceSeconds }),
};

function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, signal ? { signal } : {});
}

function post<T>(path: string, body: unknown): Promise<T> {
  return request<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'There was no answer to the request.');
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(response.status, explain(response.status, body));
  // Same origin, same release, same checkout: the world's answer has the shape that this file describes.
  return body as T;
}

/** "text: expected 1 to 4096 characters, for example "Hi"", or the status where the answer has no such words. */
function explain(status: number, body: unknown): string {
  const error = (body as { error?: Record<string, unknown> } | undefined)?.error; // narrowed below, field by field
  if (typeof error?.expected === 'string') {
    const field = typeof error.field === 'string' ? `${error.field}: ` : '';
    const example = error.example === undefined ? '' : `, for example ${JSON.stringify(error.example)}`;
    return `${field}expected ${error.expected}${example}`;
  }
  return `The sandbox answered with an error (${status}).`;
}
