import type { HandoffContext } from '#handoff/context.ts';
import { enabledSteps } from '#intake/form.ts';
import { type IntakeState, intake } from '#intake/intake.ts';
import { summaryLines } from '#intake/summary.ts';
import { type AppointmentState, appointment } from '#scheduling/appointment.ts';
import { type ConversationEvent, type ConversationState, conversation } from './conversation.ts';
import { questionOf } from './question-text.ts';
import type { TurnInput, TurnResult } from './turn.ts';
import { begin, languageOf, messagesOf, type Turn, textOf } from './turn-in-progress.ts';

/** Characters of the patient's last message that staff are shown beside the conversation, which holds all of it. */
const lastMessageChars = 500;

/**
 * What a person needs to go on where the assistant stopped: undefined where the turn handed nothing over. Staff of the practice read
 * it, so it holds what the patient answered whatever the content mode; it never leaves on the channel.
 */
export function contextForStaff(
  input: TurnInput,
  result: TurnResult,
  ids: { readonly handoffId: string; readonly conversationId: string; readonly phone?: string },
): HandoffContext | undefined {
  const handed = result.conversation.findLast((event) => event.type === 'HandedOver');
  if (handed?.type !== 'HandedOver') return undefined;
  const after = turnAfter(input, result);
  const { handoffId, conversationId, phone } = ids;
  return {
    schema: 'handoff-context/1',
    handoffId,
    conversationId,
    at: input.at,
    reason: handed.data.reason,
    priority: handed.data.priority,
    language: languageOf(after),
    doing: doingOf(after, result.conversation),
    patient: patientOf(after, phone),
    ...intakeOf(after),
    ...visitOf(after),
    ...lastMessageOf(input),
  };
}

/** The turn as it stood at its end. */
function turnAfter(input: TurnInput, result: TurnResult): Turn {
  const states: ConversationState = result.conversation.reduce(conversation.evolve, input.conversation);
  const answers: IntakeState =
    result.intake === undefined
      ? input.intake
      : result.intake.events.reduce(intake.evolve, isOpenedNow(result) ? intake.initial : input.intake);
  return begin({
    ...input,
    conversation: states,
    intake: answers,
    appointment: visitAfter(input, result, states),
  });
}

function isOpenedNow({ intake: decided }: TurnResult): boolean {
  return decided?.events[0]?.type === 'IntakeStarted';
}

function visitAfter(
  input: TurnInput,
  result: TurnResult,
  { appointmentId }: ConversationState,
): AppointmentState {
  const before =
    appointmentId === input.conversation.appointmentId
      ? input.appointment
      : (input.otherAppointments?.[appointmentId ?? ''] ?? appointment.initial);
  return result.appointment?.appointmentId === appointmentId
    ? (result.appointment?.events ?? []).reduce(appointment.evolve, before)
    : before;
}

/** The question that stood open: the state keeps it until staff hand back. */
function doingOf(turn: Turn, events: readonly ConversationEvent[]): HandoffContext['doing'] {
  const { open } = turn;
  const missed = events.findLast((event) => event.type === 'AnswerNotUnderstood');
  const misunderstood =
    missed?.type === 'AnswerNotUnderstood' ? missed.data.times : turn.conversation.misunderstood;
  if (open.what === 'none') return { what: 'none', misunderstood };
  const question = questionOf(turn, 0).lines.join('\n').trim();
  return { what: open.what, ...(question === '' ? {} : { question }), misunderstood };
}

function patientOf(
  { input: { form }, intake: state }: Turn,
  phone: string | undefined,
): HandoffContext['patient'] {
  const told = phone === undefined ? {} : { phone };
  if (form === undefined || state.status === 'none') return told;
  const answerAt = (lands: string) => {
    const step = form.steps.find((each) => each.lands === lands);
    return step && state.answers[step.linkId];
  };
  const name = answerAt('Patient.name');
  const birth = answerAt('Patient.birthDate');
  const pmsPatientId = 'pmsPatientId' in state ? state.pmsPatientId : undefined;
  return {
    ...(name?.kind === 'name' ? { name: name.text } : {}),
    ...(birth?.kind === 'date' ? { birthDate: birth.date } : {}),
    ...told,
    ...(pmsPatientId === undefined ? {} : { pmsPatientId }),
  };
}

function intakeOf(turn: Turn): Pick<HandoffContext, 'intake'> {
  const { form } = turn.input;
  const state = turn.intake;
  if (form === undefined || state.status === 'none') return {};
  const language = languageOf(turn);
  const spoken = form.languages.includes(language) ? language : (form.languages[0] ?? language);
  const missing = enabledSteps(form, state.answers)
    .filter(({ linkId }) => !Object.hasOwn(state.answers, linkId))
    .map(({ label, linkId }) => label[spoken] ?? linkId);
  const lines = summaryLines(form, state.answers, spoken).map(({ label, value }) => ({ label, value }));
  return { intake: { intakeId: state.intakeId, status: state.status, lines, missing } };
}

function visitOf({ appointment: state }: Turn): Pick<HandoffContext, 'visit'> {
  if (state.status !== 'open') return {};
  const { appointmentId, booked, choice, cancelled, clinicians } = state;
  const offer = booked?.offer ?? choice?.offer ?? cancelled?.offer;
  const clinician = offer && clinicians[offer.scheduleId];
  return {
    visit: {
      appointmentId,
      status: statusOf(state),
      ...(offer === undefined ? {} : { start: offer.start }),
      ...(clinician === undefined ? {} : { clinician }),
      ...(booked === undefined ? {} : { pmsAppointmentId: booked.pmsAppointmentId }),
    },
  };
}

function statusOf({ booked, choice, cancelled }: Extract<AppointmentState, { status: 'open' }>): string {
  if (booked) return booked.confirmed ? 'confirmed' : 'booked';
  if (choice) return choice.phase;
  return cancelled ? 'cancelled' : 'looking';
}

function lastMessageOf(input: TurnInput): Pick<HandoffContext, 'lastMessage'> {
  const last = messagesOf(input).at(-1);
  const written = last === undefined ? '' : [...textOf(last)].slice(0, lastMessageChars).join('');
  return written === '' ? {} : { lastMessage: written };
}
