import type { FastifyInstance } from 'fastify';
import { figureRoutes } from '#analytics/index.ts';
import { channelRoutes } from '#channels/index.ts';
import { handoverReasons, openMail } from '#conversation/index.ts';
import { handoffRoutes, names } from '#handoff/index.ts';
import { messageRoutes, recipientsOfAccounts } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import type { LiveFacts } from '#platform/eventstore/live.ts';
import { deadLetterRoutes } from '#platform/http/dead-letters.ts';
import { liveRoutes } from '#platform/http/live.ts';
import { remindersOf } from '#reminders/index.ts';
import { appointmentRoutes, calendarRoutes, clinicianOf, visitsOfConversation } from '#scheduling/index.ts';
import type { StaffAction } from '#security/contract.ts';
import { isStaffRole, listPeople, permits, type StaffDoor } from '#security/index.ts';
import { seenOfAccounts } from './channel-health.ts';
import { liveEventsOf } from './live-events.ts';
import { nowOf } from './now.ts';
import { patientPanel } from './panel.ts';
import type { Parts } from './parts.ts';

/** What the staff app asks for, and the calendar entries of visits. */
export function screenRoutes(app: FastifyInstance, parts: Parts, gate: StaffDoor, facts: LiveFacts): void {
  const { db, store, sealer, queues, clock, log } = parts;
  const settings = (practiceId: string) => parts.practiceOf(practiceId)?.settings;
  const namesOf = (tx: Tx, conversationIds: readonly string[]) =>
    names(tx, { store, sealer }, conversationIds);
  handoffRoutes(app, {
    db,
    store,
    sealer,
    clock,
    practice: parts.practiceOf,
    staff: listPeople,
    permits: may,
    reasons: handoverReasons,
    openLetter: (tx, letter) => openMail(tx, sealer, letter),
    panel: (tx, conversationId) => patientPanel(tx, parts, conversationId),
    visits: (tx, conversationId) => visitsFor(tx, parts, conversationId),
  });
  appointmentRoutes(app, { db, sealer, clock, practice: settings, names: namesOf, reminders: remindersOf });
  calendarRoutes(app, { db, sealer, practice: settings });
  messageRoutes(app, {
    db,
    store,
    queues,
    clock,
    names: namesOf,
    mayName: (staff) => may(staff, 'ReadInbox'),
  });
  const timeZone = (practiceId: string) => settings(practiceId)?.timeZone ?? 'UTC';
  figureRoutes(app, {
    db,
    clock,
    timeZone,
    now: (tx) => nowOf(tx, parts, timeZone(tx.practiceId)),
  });
  channelRoutes(app, {
    db,
    store,
    clock,
    accounts: parts.accounts,
    seen: seenOfAccounts,
    recipients: (tx, accounts) => recipientsOfAccounts(tx, accounts, clock.now()),
    usesTemplate: (practiceId, name) =>
      Object.values(parts.practiceOf(practiceId)?.templates ?? {}).some((template) => template.name === name),
  });
  deadLetterRoutes(app, { db, queues });
  liveRoutes(app, {
    facts,
    translate: (practiceId, news) => db.tx(practiceId, (tx) => liveEventsOf(tx, news)),
    isSignedIn: (staff) => gate.isStillAllowed(staff, 'UseOwnSession'),
    log,
  });
}

function may(
  { practiceId, staffId, role }: { practiceId: string; staffId: string; role: string },
  action: StaffAction,
): boolean {
  return isStaffRole(role) && permits({ practiceId, staffId, role }, action);
}

/** The visits of a conversation that have a time, earliest first. */
async function visitsFor(tx: Tx, { sealer }: Parts, conversationId: string) {
  const visits = [];
  for (const visit of await visitsOfConversation(tx, conversationId)) {
    const { appointmentId, start, end, status } = visit;
    if (start === undefined || end === undefined) continue;
    const clinician = (await clinicianOf(tx, sealer, visit)) ?? null;
    visits.push({ appointmentId, start, end, status, clinician });
  }
  return visits.toSorted((a, b) => a.start.localeCompare(b.start));
}
