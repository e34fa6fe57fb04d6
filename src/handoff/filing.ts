import type { Communication, Task } from 'fhir/r4.js';
import type { Identifier, IntakeEntry } from '#pms/pms.ts';
import type { HandoffContext } from './context.ts';

/** A handoff as the practice system holds it: a Task for whoever answers, and what was said about it as Communications. */

export type FilingPlace = {
  /** The system of the identifiers that we give. */
  readonly identifierSystem: string;
  /** The reference of an entry that is not filed yet (`pms`, `fullUrlOf`). */
  readonly referenceTo: (identifier: Identifier) => string;
  readonly pmsPatientId: string | undefined;
};

/** What each entry is found by again. */
export function identifiersOf(handoffId: string, system: string) {
  return {
    task: { system, value: `handoff-${handoffId}` },
    context: { system, value: `handoff-${handoffId}-context` },
    transcript: { system, value: `handoff-${handoffId}-transcript` },
  } as const;
}

const patientOf = ({ pmsPatientId }: FilingPlace) =>
  pmsPatientId === undefined ? undefined : { reference: `Patient/${pmsPatientId}` };

/** Codes as words: `three-misunderstandings` → "three misunderstandings". */
const inWords = (code: string) => code.replaceAll('-', ' ');

export const priorityOf = (context: HandoffContext) => (context.priority === 'top' ? 'stat' : 'routine');

export const descriptionOf = (context: HandoffContext) =>
  `A patient waits for an answer in the chat: ${inWords(context.reason)}.`;

/** The name of the context's JSON among the Task's inputs, by which a reader finds its schema. */
export const contextInput = 'handoff-context/1';

export function inputOf(context: HandoffContext): NonNullable<Task['input']> {
  return [{ type: { text: contextInput }, valueString: JSON.stringify(context) }];
}

/** The Task and the Communication of a handoff that was opened. */
export function openingEntries(context: HandoffContext, place: FilingPlace): readonly IntakeEntry[] {
  const identifiers = identifiersOf(context.handoffId, place.identifierSystem);
  const patient = patientOf(place);
  const task: Task = {
    resourceType: 'Task',
    identifier: [identifiers.task],
    status: 'requested',
    intent: 'order',
    priority: priorityOf(context),
    code: { text: 'Answer a patient in the chat' },
    description: descriptionOf(context),
    ...(patient === undefined ? {} : { for: patient }),
    authoredOn: context.at,
    lastModified: context.at,
    input: inputOf(context),
  };
  const communication: Communication = {
    resourceType: 'Communication',
    identifier: [identifiers.context],
    status: 'completed',
    ...(patient === undefined ? {} : { subject: patient }),
    topic: { text: 'Why the assistant handed the conversation over' },
    about: [{ reference: place.referenceTo(identifiers.task) }],
    sent: context.at,
    payload: summaryOf(context).map((contentString) => ({ contentString })),
  };
  return [
    { identifier: identifiers.task, resource: task },
    { identifier: identifiers.context, resource: communication },
  ];
}

/** The context in words, a paragraph each. */
export function summaryOf(context: HandoffContext): readonly string[] {
  const { patient, doing, intake, visit } = context;
  const line = (label: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [`${label}: ${value}`];
  return [
    `Handed over: ${inWords(context.reason)}${context.priority === 'top' ? ' (urgent)' : ''}`,
    ...line('Language', context.language),
    ...line('Patient', patient.name),
    ...line('Born', patient.birthDate),
    ...line('Writes from', patient.phone),
    ...line('The assistant was doing', inWords(doing.what)),
    ...line('Its question', doing.question),
    ...(doing.misunderstood > 0 ? [`Answers not understood in a row: ${doing.misunderstood}`] : []),
    ...line('Intake', intake === undefined ? undefined : inWords(intake.status)),
    ...(intake?.lines ?? []).map(({ label, value }) => `${label}: ${value}`),
    ...line('Not answered yet', intake?.missing.join(', ')),
    ...line(
      'Visit',
      [visit?.start, visit?.clinician, visit?.status].filter((part) => part !== undefined).join(', '),
    ),
    ...line('Last message', context.lastMessage),
  ];
}

export type TranscriptLine = {
  readonly at: string;
  readonly who: string;
  readonly text: string;
};

/** Bytes of a FHIR string are limited to a megabyte; a chat of a few days stays far below. */
const maxTranscriptLines = 500;

/** What was said in a handoff, one payload a line, with the time in the practice's zone. */
export function transcriptEntry(
  handoffId: string,
  lines: readonly TranscriptLine[],
  place: FilingPlace & { readonly timeZone: string; readonly at: string },
): IntakeEntry {
  const { task, transcript } = identifiersOf(handoffId, place.identifierSystem);
  const patient = patientOf(place);
  const communication: Communication = {
    resourceType: 'Communication',
    identifier: [transcript],
    status: 'completed',
    ...(patient === undefined ? {} : { subject: patient }),
    topic: { text: 'What was said until it was resolved' },
    about: [{ reference: place.referenceTo(task) }],
    sent: place.at,
    payload: lines.slice(-maxTranscriptLines).map(({ at, who, text }) => ({
      contentString: `${localTime(at, place.timeZone)} ${who}: ${text}`,
    })),
  };
  return {
    identifier: transcript,
    // FHIR knows no empty lists.
    resource: lines.length === 0 ? withoutPayload(communication) : communication,
  };
}

function withoutPayload({ payload: _, ...rest }: Communication): Communication {
  return rest;
}

/** `2026-11-22 10:05` */
function localTime(at: string, timeZone: string): string {
  return Temporal.Instant.from(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');
}

/** How it ended: by resolution, or because the patient went on without a person. */
export type Ending = { readonly code: string; readonly name: string } | 'withdrawn';

/** The Task once the handoff is over; everything else in it stays as it is in the practice system. */
export function closedTask(task: Task, ending: Ending, at: string): Task {
  if (ending === 'withdrawn') return { ...task, status: 'cancelled', lastModified: at };
  const businessStatus = { coding: [{ code: ending.code }], text: ending.name };
  return { ...task, status: 'completed', businessStatus, lastModified: at };
}

/** True where the practice's own people have ended the Task already: theirs stays. */
export function isTaskOver(status: string): boolean {
  return ['completed', 'cancelled', 'rejected', 'failed', 'entered-in-error'].includes(status);
}

/** The Task once a more urgent reason came up. */
export function raisedTask(task: Task, context: HandoffContext, at: string): Task {
  const others = (task.input ?? []).filter((input) => input.type.text !== contextInput);
  return {
    ...task,
    priority: priorityOf(context),
    description: descriptionOf(context),
    lastModified: at,
    input: [...inputOf(context), ...others],
  };
}
