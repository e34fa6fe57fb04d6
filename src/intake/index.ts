export { intakeStream, loadIntake } from './commands.ts';
export { compileForm } from './compile-form.ts';
export {
  enabledSteps,
  type Finding,
  type Form,
  type FormStep,
  nextStep,
  previousStep,
  prune,
  questionText,
  stepByLinkId,
  type Variant,
} from './form.ts';
export { currentStep, type IntakeCommand, type IntakeEvent, type IntakeState, intake } from './intake.ts';
export {
  type FilingDeps,
  fileIntakeStep,
  type IntakeBackground,
  type PracticeForFiling,
} from './jobs.ts';
export { type ProblemCode, problemCodes } from './problem.ts';
export { intakeReactions, practiceSystemQueue } from './reactions.ts';
export { type ReadAnswer, type ReadContext, readAnswer } from './read-answer.ts';
export { readTapId, tapId } from './read-choice.ts';
export { ownNumberTap } from './read-phone.ts';
export { type GivenConsent, type IntakeResources, toResources } from './resources.ts';
export type { Answers, AnswerValue, Language, Localized, Step, StepKind, StepOption } from './step.ts';
