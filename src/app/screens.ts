import type { FastifyInstance } from 'fastify';
import type { LiveFacts } from '#platform/eventstore/live.ts';
import { deadLetterRoutes } from '#platform/http/dead-letters.ts';
import { liveRoutes } from '#platform/http/live.ts';
import type { StaffDoor } from '#security/index.ts';
import { liveEventsOf } from './live-events.ts';
import type { Parts } from './parts.ts';

/** What the staff app asks for. */
export function screenRoutes(app: FastifyInstance, parts: Parts, gate: StaffDoor, facts: LiveFacts): void {
  const { db, queues, log } = parts;
  deadLetterRoutes(app, { db, queues });
  liveRoutes(app, {
    facts,
    translate: (practiceId, news) => db.tx(practiceId, (tx) => liveEventsOf(tx, news)),
    isSignedIn: (staff) => gate.isStillAllowed(staff, 'UseOwnSession'),
    log,
  });
}
