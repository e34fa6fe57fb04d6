import { type Aggregate, type Decision, unreachable } from '#kernel/decider.ts';
import type { AnswerWay, DiscardReason, IntakeEvent } from './events.ts';
import {
  enabledSteps,
  type Form,
  type FormStep,
  nextStep,
  previousStep,
  prune,
  stepByLinkId,
} from './form.ts';
import type { Answers, AnswerValue } from './step.ts';

export type { IntakeEvent } from './events.ts';

/** What every intake that was started knows. */
export type IntakeRecord = {
  readonly intakeId: string;
  readonly patientId: string;
  readonly formId: string;
  readonly formVersion: string;
  /** In which it was started. */
  readonly language: string;
  readonly startedAt: string;
  readonly answers: Answers;
};

/**
 * - `asking`: a question is open. `changing` names it where an answer is being changed, else it is the first one
 *   without an answer (`currentStep`).
 * - `reviewing`: all is answered; the patient has yet to say that it is right.
 * - `confirmed`: owed to the practice system. `filed`, `refused`: what came of it.
 */
export type IntakeState =
  | { readonly status: 'none' }
  | (IntakeRecord & { readonly status: 'asking'; readonly changing?: string })
  | (IntakeRecord & { readonly status: 'reviewing' })
  | (IntakeRecord & {
      readonly status: 'confirmed' | 'filed' | 'refused';
      readonly confirmedAt: string;
      readonly pmsPatientId?: string;
      /** How many patients of the practice system it may be, where that was more than one. */
      readonly ambiguous?: number;
      readonly delayed: boolean;
      readonly resources: readonly string[];
      readonly refusedCode?: string;
    })
  | (IntakeRecord & { readonly status: 'discarded' });

/**
 * The form comes with the command: what is enabled, what falls away with an answer and whether it was the last one
 * are decided here, from the form in force, and stand in the event. So `evolve` needs no form, and a form that
 * changes later does not change the past.
 */
export type IntakeCommand =
  | {
      readonly type: 'StartIntake';
      readonly intakeId: string;
      readonly patientId: string;
      readonly formId: string;
      readonly formVersion: string;
      readonly language: string;
      readonly at: string;
    }
  | {
      readonly type: 'GiveAnswer';
      readonly form: Form;
      readonly linkId: string;
      readonly answer: AnswerValue;
      readonly way: AnswerWay;
      readonly at: string;
    }
  | { readonly type: 'GoBack'; readonly form: Form; readonly at: string }
  | { readonly type: 'ChangeAnswer'; readonly form: Form; readonly linkId: string; readonly at: string }
  | { readonly type: 'ConfirmIntake'; readonly form: Form; readonly at: string }
  | { readonly type: 'DiscardIntake'; readonly why: DiscardReason; readonly at: string }
  | {
      readonly type: 'RecordPatientFound';
      readonly pmsPatientId: string;
      readonly how: 'identifier' | 'demographics';
      readonly at: string;
    }
  | { readonly type: 'RecordPatientAmbiguous'; readonly count: number; readonly at: string }
  | { readonly type: 'RecordPatientRegistered'; readonly pmsPatientId: string; readonly at: string }
  | { readonly type: 'RecordFilingDelayed'; readonly code: string; readonly at: string }
  | { readonly type: 'RecordIntakeFiled'; readonly resources: readonly string[]; readonly at: string }
  | { readonly type: 'RecordIntakeRefused'; readonly code: string; readonly at: string };

export const intakeRefusals = {
  ALREADY_STARTED: 'this stream holds another intake',
  NOT_OPEN: 'not started, or already confirmed or discarded',
  UNKNOWN_STEP: 'the form has no such question',
  NOT_ASKED: 'the question does not apply, given the answers so far',
  REQUIRED: 'the question cannot be skipped',
  NOTHING_BEFORE: 'there is no question before this one',
  NOT_COMPLETE: 'questions are still open',
  NOT_CONFIRMED: 'nothing is owed to the practice system',
} as const;

export type IntakeRefusal = keyof typeof intakeRefusals;

export const intake: Aggregate<IntakeState, IntakeCommand, IntakeEvent, IntakeRefusal> = {
  initial: { status: 'none' },
  decide,
  evolve,
};

/** The question to ask now; undefined when nothing is to be asked (all is answered, or the intake is not open). */
export function currentStep(form: Form, state: IntakeState): FormStep | undefined {
  if (state.status !== 'asking') return undefined;
  const changing = state.changing === undefined ? undefined : stepByLinkId(form, state.changing);
  return changing ?? nextStep(form, state.answers);
}

type Decided = Decision<IntakeEvent, IntakeRefusal>;

function decide(command: IntakeCommand, state: IntakeState): Decided {
  switch (command.type) {
    case 'StartIntake': {
      const { type, ...data } = command;
      if (state.status === 'none') return [{ type: 'IntakeStarted', data }];
      return state.intakeId === command.intakeId ? [] : { refused: 'ALREADY_STARTED' };
    }
    case 'GiveAnswer':
      return giveAnswer(command, state);
    case 'GoBack':
      return goBack(command, state);
    case 'ChangeAnswer': {
      const { form, linkId, at } = command;
      if (!isOpen(state)) return { refused: 'NOT_OPEN' };
      const refused = whyNotAsked(form, state.answers, linkId);
      return refused ? { refused } : [{ type: 'AnswerReopened', data: { linkId, why: 'change', at } }];
    }
    case 'ConfirmIntake':
      return confirm(command, state);
    case 'DiscardIntake':
      if (state.status === 'none' || state.status === 'discarded') return [];
      if (!isOpen(state)) return { refused: 'NOT_OPEN' };
      return [{ type: 'IntakeDiscarded', data: { why: command.why, at: command.at } }];
    case 'RecordPatientFound':
    case 'RecordPatientAmbiguous':
    case 'RecordPatientRegistered':
    case 'RecordFilingDelayed':
    case 'RecordIntakeFiled':
    case 'RecordIntakeRefused':
      return recordOutcome(command, state);
    default:
      return unreachable(command);
  }
}

type Of<Type extends IntakeCommand['type']> = Extract<IntakeCommand, { type: Type }>;
type Open = Extract<IntakeState, { status: 'asking' | 'reviewing' }>;

function isOpen(state: IntakeState): state is Open {
  return state.status === 'asking' || state.status === 'reviewing';
}

function whyNotAsked(form: Form, answers: Answers, linkId: string): IntakeRefusal | undefined {
  if (!stepByLinkId(form, linkId)) return 'UNKNOWN_STEP';
  return enabledSteps(form, answers).some((step) => step.linkId === linkId) ? undefined : 'NOT_ASKED';
}

function giveAnswer({ form, linkId, answer, way, at }: Of<'GiveAnswer'>, state: IntakeState): Decided {
  if (!isOpen(state)) return { refused: 'NOT_OPEN' };
  const refused = whyNotAsked(form, state.answers, linkId);
  if (refused) return { refused };
  if (answer.kind === 'skipped' && stepByLinkId(form, linkId)?.required) return { refused: 'REQUIRED' };
  const given: Answers = { ...state.answers, [linkId]: answer };
  const kept = prune(form, given);
  const dropped = Object.keys(given).filter((id) => !Object.hasOwn(kept, id));
  const complete = nextStep(form, kept) === undefined;
  return [{ type: 'AnswerGiven', data: { linkId, way, dropped, complete, at }, phi: { answer } }];
}

function goBack({ form, at }: Of<'GoBack'>, state: IntakeState): Decided {
  if (!isOpen(state)) return { refused: 'NOT_OPEN' };
  const before = previousStep(form, state.answers, currentStep(form, state)?.linkId);
  if (!before) return { refused: 'NOTHING_BEFORE' };
  return [{ type: 'AnswerReopened', data: { linkId: before.linkId, why: 'back', at } }];
}

function confirm({ form, at }: Of<'ConfirmIntake'>, state: IntakeState): Decided {
  if (state.status === 'confirmed' || state.status === 'filed') return [];
  if (!isOpen(state)) return { refused: 'NOT_OPEN' };
  // Asked of the form in force: it may have gained a question since the last answer.
  if (state.status === 'asking' || nextStep(form, state.answers)) return { refused: 'NOT_COMPLETE' };
  return [{ type: 'IntakeConfirmed', data: { at } }];
}

type OutcomeCommand = Of<
  | 'RecordPatientFound'
  | 'RecordPatientAmbiguous'
  | 'RecordPatientRegistered'
  | 'RecordFilingDelayed'
  | 'RecordIntakeFiled'
  | 'RecordIntakeRefused'
>;

/** What the practice system answered. A repeat adds nothing, and nothing follows once the intake is filed. */
function recordOutcome(command: OutcomeCommand, state: IntakeState): Decided {
  if (state.status === 'filed') return [];
  if (state.status !== 'confirmed' && state.status !== 'refused') return { refused: 'NOT_CONFIRMED' };
  const { at } = command;
  switch (command.type) {
    case 'RecordPatientFound': {
      const { pmsPatientId, how } = command;
      if (state.pmsPatientId === pmsPatientId) return [];
      return [{ type: 'PatientFound', data: { pmsPatientId, how, at } }];
    }
    case 'RecordPatientAmbiguous':
      if (state.ambiguous === command.count) return [];
      return [{ type: 'PatientAmbiguous', data: { count: command.count, at } }];
    case 'RecordPatientRegistered': {
      const { pmsPatientId } = command;
      if (state.pmsPatientId === pmsPatientId) return [];
      return [{ type: 'PatientRegistered', data: { pmsPatientId, at } }];
    }
    case 'RecordFilingDelayed':
      return state.delayed ? [] : [{ type: 'FilingDelayed', data: { code: command.code, at } }];
    case 'RecordIntakeFiled':
      return [{ type: 'IntakeFiled', data: { resources: command.resources, at } }];
    case 'RecordIntakeRefused':
      if (state.refusedCode === command.code) return [];
      return [{ type: 'IntakeRefused', data: { code: command.code, at } }];
    default:
      return unreachable(command);
  }
}

function evolve(state: IntakeState, event: IntakeEvent): IntakeState {
  if (event.type === 'IntakeStarted') {
    const { at, ...data } = event.data;
    return { status: 'asking', ...data, startedAt: at, answers: {} };
  }
  if (isOpen(state)) return evolveOpen(state, event);
  if (state.status === 'confirmed' || state.status === 'refused') return evolveConfirmed(state, event);
  return state;
}

function record(state: IntakeRecord): IntakeRecord {
  const { intakeId, patientId, formId, formVersion, language, startedAt, answers } = state;
  return { intakeId, patientId, formId, formVersion, language, startedAt, answers };
}

function evolveOpen(state: Open, event: IntakeEvent): IntakeState {
  switch (event.type) {
    case 'AnswerGiven': {
      const { linkId, dropped, complete } = event.data;
      const answers: Record<string, AnswerValue> = { ...state.answers };
      // Without `phi` the patient was erased: the fact that they answered stays, the answer does not.
      if (event.phi) answers[linkId] = event.phi.answer;
      for (const gone of dropped) delete answers[gone];
      return { ...record(state), answers, status: complete ? 'reviewing' : 'asking' };
    }
    case 'AnswerReopened':
      return { ...record(state), status: 'asking', changing: event.data.linkId };
    case 'IntakeConfirmed':
      return {
        ...record(state),
        status: 'confirmed',
        confirmedAt: event.data.at,
        delayed: false,
        resources: [],
      };
    case 'IntakeDiscarded':
      return { ...record(state), status: 'discarded' };
    default:
      return state;
  }
}

function evolveConfirmed(
  state: Extract<IntakeState, { status: 'confirmed' | 'filed' | 'refused' }>,
  event: IntakeEvent,
): IntakeState {
  switch (event.type) {
    case 'PatientFound':
    case 'PatientRegistered':
      return { ...state, pmsPatientId: event.data.pmsPatientId };
    case 'PatientAmbiguous':
      return { ...state, ambiguous: event.data.count };
    case 'FilingDelayed':
      return { ...state, delayed: true };
    case 'IntakeFiled':
      return { ...state, status: 'filed', resources: event.data.resources };
    case 'IntakeRefused':
      return { ...state, status: 'refused', refusedCode: event.data.code };
    default:
      return state;
  }
}
