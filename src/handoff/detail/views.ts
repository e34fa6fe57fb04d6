import { readThread, type Thread } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { StaffPrincipal } from '#platform/http/server.ts';
import { mayCarry } from '#policy/index.ts';
import type { PracticeSettings, RoutingSettings, TemplateFile } from '#practice/index.ts';
import { asHandoff, type HandoffActDeps, handoffStream } from '../commands.ts';
import type { HandoffContext } from '../context.ts';
import type { ConversationDetail, InboxRow } from '../contract.ts';
import type { HandoffEvent } from '../events.ts';
import { handoff } from '../handoff.ts';
import { holds, type Lease } from '../handoff-state.ts';
import { firstName, shortName } from '../label.ts';
import { type ListedRow, readListedRow } from '../list/views.ts';
import type { StaffNames } from '../thread/lines.ts';
import { eventsOf, readThreadPage, type ThreadCursor, type ThreadDeps } from '../thread/views.ts';
import { fullNames, unnamed } from '../views.ts';
import { isWindowOpen, windowEnd } from '../window.ts';
import { classOf, type Known, templateContent } from '../wording.ts';

/** An open conversation: everything that whoever answers needs on one screen. */

export type PracticeForHandoff = {
  readonly settings: PracticeSettings;
  readonly routing: RoutingSettings;
  /** By the name of their file. */
  readonly templates: Readonly<Record<string, TemplateFile>>;
};

/** What forms and matching know of the patient of a conversation. */
export type PatientPanel = Pick<
  ConversationDetail['patient'],
  'name' | 'birthDate' | 'pmsPatientId' | 'answers'
>;

export type Visit = ConversationDetail['patient']['visits'][number];

export type DetailDeps = HandoffActDeps &
  ThreadDeps & {
    readonly panel: (tx: Tx, conversationId: string) => Promise<PatientPanel>;
    /** Earliest first. */
    readonly visits: (tx: Tx, conversationId: string) => Promise<readonly Visit[]>;
  };

/** A row as this member of staff sees it at this moment. */
export function inboxRowOf(
  row: ListedRow,
  seen: {
    readonly label: string;
    readonly staffId: string;
    readonly names: StaffNames;
    readonly now: string;
  },
): InboxRow {
  const { now, names } = seen;
  const hasLapsed = row.leaseUntil !== null && row.leaseUntil <= now;
  // Its owner may go on; for everybody else it waits again.
  const waitsAgain = hasLapsed && row.assignee !== seen.staffId;
  return {
    conversationId: row.conversationId,
    name: seen.label,
    language: row.language,
    state: row.state === 'taken' && waitsAgain ? 'waiting' : row.state,
    reason: row.reason,
    priority: row.priority,
    assignee:
      row.assignee === null ? null : { staffId: row.assignee, name: names.get(row.assignee) ?? row.assignee },
    waitingSince: row.waitingSince,
    lastAt: row.lastAt,
    unread: row.unread,
    windowClosesAt: openWindowEnd(row.lastInboundAt, now),
  };
}

function openWindowEnd(lastInboundAt: string | undefined, now: string): string | null {
  return isWindowOpen(lastInboundAt, now) ? (windowEnd(lastInboundAt) ?? null) : null;
}

/** What ready-made words can say to this patient. */
export async function knownOf(
  tx: Tx,
  deps: DetailDeps,
  practice: PracticeForHandoff,
  conversationId: string,
  now: string,
): Promise<Known | undefined> {
  const row = await readListedRow(tx, conversationId);
  if (row === undefined) return undefined;
  const name = (await fullNames(tx, deps, [row])).get(conversationId);
  return knownFrom(practice, row, name, await deps.visits(tx, conversationId), now);
}

const bookedStates = ['booked', 'confirmed'];

function knownFrom(
  practice: PracticeForHandoff,
  row: ListedRow,
  name: string | undefined,
  visits: readonly Visit[],
  now: string,
): Known {
  const next = visits.find((visit) => bookedStates.includes(visit.status) && visit.start > now);
  return {
    practice: practice.settings,
    language: row.language,
    firstName: name === undefined ? undefined : firstName(name),
    visit: next,
  };
}

/** The templates that may be said to this patient, as they would arrive. */
export function sayableTemplates(practice: PracticeForHandoff, known: Known) {
  return Object.entries(practice.templates).flatMap(([id, template]) => {
    const dataClass = classOf(template.variables);
    if (!mayCarry(practice.settings.contentMode, dataClass)) return [];
    const content = templateContent(template, known);
    return content === undefined ? [] : [{ id, dataClass, content }];
  });
}

/** The events of one stream, of those of a conversation. */
const streamIn = (events: readonly StoredEvent[], stream: string) =>
  events.filter((event) => event.stream === stream);

function consentIn(events: readonly StoredEvent[], conversationId: string) {
  const past = streamIn(events, `consent/${conversationId}`);
  // The stream's name says whose events these are.
  const state = fold(consent, past as unknown as readonly ConsentEvent[]);
  if (state.status === 'none') return { status: state.status, since: null, wording: null };
  return { status: state.status, since: state.since, wording: state.wording ?? null };
}

function lastContext(events: readonly HandoffEvent[]): HandoffContext | null {
  const opened = events.findLast((event) => event.type === 'HandoffOpened');
  return opened?.type === 'HandoffOpened' ? (opened.phi?.context ?? null) : null;
}

/** A colleague's lease that has lapsed is no longer anybody's. */
function shownLease(lease: Lease | undefined, staffId: string, names: StaffNames, now: string) {
  const mine = lease?.staffId === staffId;
  if (lease === undefined || (!mine && !holds(lease, now))) return null;
  const { token, until } = lease;
  return { token, staffId: lease.staffId, name: names.get(lease.staffId) ?? lease.staffId, until, mine };
}

const phoneOf = (thread: Thread | undefined) =>
  thread?.user.phone === undefined ? null : `+${thread.user.phone}`;

/** Undefined where this practice has no such conversation. */
export async function readConversation(
  tx: Tx,
  deps: DetailDeps,
  practice: PracticeForHandoff,
  conversationId: string,
  asked: {
    readonly staff: StaffPrincipal;
    readonly names: StaffNames;
    readonly before: ThreadCursor | undefined;
    readonly now: string;
  },
): Promise<(Omit<ConversationDetail, 'older'> & { readonly older: ThreadCursor | undefined }) | undefined> {
  const { staff, names, before, now } = asked;
  const row = await readListedRow(tx, conversationId);
  if (row === undefined) return undefined;
  const events = await eventsOf(tx, deps.store, conversationId);
  const past = asHandoff(streamIn(events, handoffStream(conversationId)));
  const page = await readThreadPage(tx, deps, conversationId, names, before, events);
  const panel = await deps.panel(tx, conversationId);
  const visits = await deps.visits(tx, conversationId);
  const name = (await fullNames(tx, deps, [row])).get(conversationId);
  const thread = await readThread(tx, deps.sealer, conversationId);
  const label = name === undefined ? unnamed(thread, conversationId) : shortName(name);
  const known = knownFrom(practice, row, name, visits, now);
  return {
    row: inboxRowOf(row, { label, staffId: staff.staffId, names, now }),
    context: lastContext(past),
    patient: {
      name: panel.name ?? name ?? null,
      birthDate: panel.birthDate,
      phone: phoneOf(thread),
      pmsPatientId: panel.pmsPatientId,
      answers: panel.answers,
      consent: consentIn(events, conversationId),
      visits: [...visits],
    },
    lease: shownLease(fold(handoff, past).lease, staff.staffId, names, now),
    window: { closesAt: openWindowEnd(row.lastInboundAt, now) },
    templates: sayableTemplates(practice, known).map(({ id, content }) => ({ id, text: content.text })),
    thread: [...page.lines],
    older: page.older,
  };
}
