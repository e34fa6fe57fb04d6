import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultInput, Resource } from '../sandbox/fhir/index.ts';
import { startFhir } from '../sandbox/fhir/index.ts';
import { keepCalendars } from '../sandbox/world/calendars.ts';
import type { WorldPractice } from '../sandbox/world/options.ts';
import { answerParent } from './child.ts';
import { movedClock } from './clock.ts';
import type { PracticeEntry } from './ledgers.ts';
import { practiceLedger } from './paths.ts';

/**
 * The practice system as a process of its own: the sandbox's FHIR server with its calendars, and a ledger on disk of every
 * version that was committed.
 */

export type PracticeQuestion =
  | { readonly type: 'start'; readonly folder: string; readonly practice: WorldPractice }
  | { readonly type: 'fault'; readonly fault: FaultInput }
  | { readonly type: 'calm' }
  | { readonly type: 'move'; readonly movedMs: number };

const clock = movedClock();
let running: Awaited<ReturnType<typeof start>> | undefined;

async function start(folder: string, practice: WorldPractice) {
  const fhir = await startFhir({
    port: 0,
    tenants: [practice.id],
    // Every process of the product reaches it by an address of its own.
    linksByHost: true,
    clock: () => new Date(clock.now()),
    dataDir: join(folder, 'practice-system'),
    onChange: ({ kind, type, id, versionId, resource }) => {
      const isSeed = type === 'Slot' && kind === 'create';
      if (isSeed) return;
      const entry: PracticeEntry = {
        wall: Date.now(),
        kind,
        type,
        id,
        version: Number(versionId),
        ...told(resource),
      };
      // Before anything else happens: a ledger that lags behind would miss what a crash follows.
      appendFileSync(practiceLedger(folder), `${JSON.stringify(entry)}\n`);
    },
  });
  const calendars = keepCalendars({ practices: [practice], clock, baseUrl: (id) => fhir.base(id) });
  await calendars.ready();
  return { fhir, calendars, url: fhir.url, baseUrl: fhir.base(practice.id) };
}

/** What the verdict needs of a resource; nothing of what a patient said. */
function told(resource: Resource | undefined): Partial<PracticeEntry> {
  // The server has checked every resource against the schema; what is of another form is left out.
  const { status, start, end, identifier, slot, participant, subject, schedule } = (resource ?? {}) as Loose;
  return {
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof start === 'string' ? { start } : {}),
    ...(typeof end === 'string' ? { end } : {}),
    identifiers: listOf(identifier).map(({ system, value }) => `${system}|${value}`),
    slots: (slot ?? []).map(({ reference }) => reference ?? ''),
    ...(subject?.reference === undefined ? {} : { subject: subject.reference }),
    ...(schedule?.reference === undefined ? {} : { schedule: schedule.reference }),
    participants: (participant ?? []).map((one) => `${one.actor?.reference}=${one.status}`),
  };
}

type Reference = { readonly reference?: string };
type Identifier = { readonly system?: string; readonly value?: string };

/** Most resources have several identifiers, a QuestionnaireResponse has one. */
function listOf(value: Identifier | readonly Identifier[] | undefined): readonly Identifier[] {
  if (value === undefined) return [];
  return 'length' in value ? value : [value];
}

type Loose = {
  readonly status?: unknown;
  readonly start?: unknown;
  readonly end?: unknown;
  readonly identifier?: Identifier | readonly Identifier[];
  readonly slot?: readonly Reference[];
  readonly subject?: Reference;
  readonly schedule?: Reference;
  readonly participant?: readonly { readonly actor?: Reference; readonly status?: string }[];
};

answerParent<PracticeQuestion>(async (question) => {
  switch (question.type) {
    case 'start':
      running = await start(question.folder, question.practice);
      return { url: running.url, baseUrl: running.baseUrl };
    case 'fault':
      running?.fhir.faults.add(question.fault);
      return null;
    case 'calm':
      running?.fhir.faults.clear();
      return null;
    case 'move':
      clock.moveTo(question.movedMs);
      await running?.calendars.fill();
      return null;
  }
});
