import { type ConversationDeps, openMail, postLetter, readKnown } from '#conversation/index.ts';
import type { HandoffJobDeps } from '#handoff/index.ts';
import { loadIntake } from '#intake/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { newShortId } from '#platform/ids.ts';
import type { ReminderDeps } from '#reminders/index.ts';
import type { ScheduleDeps } from '#scheduling/index.ts';
import { listPeople } from '#security/index.ts';
import { type Parts, resolutionName } from './parts.ts';

/** What the modules need of each other, and may not name themselves. */

export function scheduleDeps(parts: Parts): ScheduleDeps {
  const { db, store, queues, clock, metrics } = parts;
  return {
    db,
    store,
    queues,
    clock,
    metrics,
    practice(practiceId) {
      const practice = parts.practiceOf(practiceId);
      const pms = parts.pmsOf(practiceId, 'scheduling');
      if (practice?.scheduling === undefined || pms === undefined) return undefined;
      const { settings, scheduling } = practice;
      return { settings, scheduling, identifierSystem: practice.pms.identifierSystem, pms };
    },
    async pmsPatient(tx, intakeId) {
      const { state } = await loadIntake(tx, store, intakeId);
      return 'pmsPatientId' in state ? state.pmsPatientId : undefined;
    },
  };
}

export function reminderDeps(parts: Parts, conversation: ConversationDeps): ReminderDeps {
  const { db, store, sealer, queues, clock, metrics } = parts;
  return {
    db,
    store,
    queues,
    clock,
    metrics,
    practice(practiceId) {
      const practice = parts.practiceOf(practiceId);
      const pms = parts.pmsOf(practiceId, 'reminders');
      if (practice === undefined || pms === undefined) return undefined;
      const { settings, reminders, templates } = practice;
      return { settings, reminders, templates, pms };
    },
    async addressee(tx, conversationId) {
      const known = await readKnown(tx, { store, sealer }, conversationId);
      if (known === undefined) return undefined;
      const language = known.state.language ?? parts.practiceOf(tx.practiceId)?.settings.languages[0] ?? 'en';
      return { language, firstName: firstNameIn(known.intake), subject: known.subject };
    },
    async maybeStopped(tx, conversationId) {
      const state = (await readKnown(tx, { store, sealer }, conversationId))?.state;
      // A number that changed hands is reminded of nobody's visit; a person settles it, as the patient settles "stop".
      return state?.stopAsked === true || state?.unverified === true;
    },
    tell: (tx, conversationId, appointmentId) =>
      postLetter(tx, conversation, {
        conversationId,
        name: `reminded/${appointmentId}/${newShortId()}`,
        mail: { kind: 'reminded', appointmentId },
      }),
  };
}

type Answered = NonNullable<Awaited<ReturnType<typeof readKnown>>>['intake'];

/** The given name in an intake's answers, if one was given. */
export function firstNameIn(intake: Answered): string | undefined {
  if (intake.status === 'none') return undefined;
  const name = Object.values(intake.answers).find((answer) => answer.kind === 'name');
  return name?.kind === 'name' ? (name.given[0] ?? name.text.split(' ')[0]) : undefined;
}

export async function staffNames(tx: Tx): Promise<ReadonlyMap<string, string>> {
  return new Map((await listPeople(tx)).map(({ staffId, name }) => [staffId, name]));
}

export function handoffDeps(parts: Parts): HandoffJobDeps {
  const { db, store, sealer, queues, clock, metrics } = parts;
  return {
    db,
    store,
    sealer,
    queues,
    clock,
    metrics,
    staffNames,
    openLetter: (tx, letter) => openMail(tx, sealer, letter),
    practice(practiceId) {
      const practice = parts.practiceOf(practiceId);
      const pms = parts.pmsOf(practiceId, 'handoffs');
      if (practice === undefined || pms === undefined) return undefined;
      return {
        settings: practice.settings,
        identifierSystem: practice.pms.identifierSystem,
        resolutionName: (code) => resolutionName(practice, code),
        pms,
      };
    },
  };
}
