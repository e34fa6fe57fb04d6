import type { Answers, AnswerValue, Language, Localized, Step } from './step.ts';

/** One thing that is wrong with a configuration: where, what, and what would be right. Never patient data. */
export type Finding = {
  /** Place in the file: `item[2].answerOption[0].valueCoding`. */
  readonly path: string;
  readonly problem: string;
  /** What would be right here. */
  readonly example: string;
};

/** The operators of FHIR R4 `Questionnaire.item.enableWhen`. */
export const enableOperators = ['exists', '=', '!=', '>', '<', '>=', '<='] as const;

export type EnableOperator = (typeof enableOperators)[number];

export type Condition = {
  /** linkId of the question it looks at. */
  readonly question: string;
  readonly operator: EnableOperator;
  readonly expected:
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'coding'; readonly code: string; readonly system?: string }
    | { readonly kind: 'number'; readonly value: number }
    /** Text, or a date as `YYYY-MM-DD`, which sorts as it reads. */
    | { readonly kind: 'string'; readonly value: string };
};

/** One item's `enableWhen` with its `enableBehavior`. */
export type Rule = { readonly behavior: 'all' | 'any'; readonly conditions: readonly Condition[] };

/**
 * Where an answer lands beyond the QuestionnaireResponse. Read from `item.definition`, after the `#`, whatever the
 * profile: `…/StructureDefinition/Patient#Patient.birthDate` and US Core's own canonical mean the same.
 */
export const landings = [
  'Patient.name',
  'Patient.name.given',
  'Patient.name.family',
  'Patient.birthDate',
  'Patient.gender',
  'Patient.telecom',
  'Patient.address',
  'Patient.address.line',
  'Patient.address.city',
  'Patient.address.state',
  'Patient.address.postalCode',
  'Coverage.payor',
  'Coverage.payor.display',
  'Coverage.subscriberId',
  /** Who answers: the code `self` is the patient, any other code somebody else. */
  'QuestionnaireResponse.source',
] as const;

export type Landing = (typeof landings)[number];

/** A text that stands before a question only while its rules hold: a `display` item with `enableWhen`. */
export type Note = { readonly text: Localized; readonly rules: readonly Rule[] };

/** Another wording of a question, said in place of its text while its rules hold: `text-when` (`questionnaire.ts`). */
export type Variant = { readonly rules: readonly Rule[]; readonly text: Localized };

export type FormStep = Step & {
  /** The step's own rule and those of all that encloses it; every one must hold. */
  readonly rules: readonly Rule[];
  readonly lands: Landing | undefined;
  /** True for `open-choice`: an answer that is none of the options is taken as text. */
  readonly open: boolean;
  /** The item's FHIR type, which decides the `value[x]` of the response. */
  readonly itemType: 'string' | 'text' | 'date' | 'choice' | 'open-choice' | 'integer' | 'boolean';
  readonly notes: readonly Note[];
  /** The first whose rules hold is said; none, and the question has one wording. */
  readonly variants: readonly Variant[];
};

/** A FHIR Questionnaire, compiled for one practice's languages (`compile-form.ts`). */
export type Form = {
  readonly id: string;
  readonly version: string;
  readonly url: string;
  readonly title: Localized;
  readonly languages: readonly Language[];
  /** In the order in which they are asked. At least one. */
  readonly steps: readonly FormStep[];
};

/** The steps that are asked, given the answers so far, in order. */
export function enabledSteps(form: Form, answers: Answers): readonly FormStep[] {
  let enabled = form.steps;
  // Disabling a question takes its answer away, which may disable another: each pass follows one link of such a
  // chain. Compiled forms have no cycles, so the longest chain is the number of steps.
  for (let pass = 0; pass <= form.steps.length; pass += 1) {
    const live = keep(answers, enabled);
    const next = form.steps.filter((step) => allHold(step.rules, live));
    if (next.length === enabled.length && next.every((step, index) => step === enabled[index])) break;
    enabled = next;
  }
  return enabled;
}

/** The first enabled step without an answer, or undefined when all are answered. */
export function nextStep(form: Form, answers: Answers): FormStep | undefined {
  return enabledSteps(form, answers).find((step) => !Object.hasOwn(answers, step.linkId));
}

/**
 * The enabled step before `linkId`, for "back"; undefined at the first one. A `linkId` that is not enabled, or
 * undefined (all is answered), means the end of the form.
 */
export function previousStep(form: Form, answers: Answers, linkId: string | undefined): FormStep | undefined {
  const enabled = enabledSteps(form, answers);
  const index = enabled.findIndex((step) => step.linkId === linkId);
  return index === -1 ? enabled.at(-1) : enabled[index - 1];
}

/** Only the answers of enabled steps: FHIR servers do not check `enableWhen`, so what no longer applies is dropped here. */
export function prune(form: Form, answers: Answers): Answers {
  return keep(answers, enabledSteps(form, answers));
}

export function stepByLinkId(form: Form, linkId: string): FormStep | undefined {
  return form.steps.find((step) => step.linkId === linkId);
}

/**
 * The question as it is asked now: in the first variant whose rules hold, else in its own text; notes whose rules hold
 * stand before it.
 */
export function questionText(form: Form, step: FormStep, answers: Answers, language: Language): string {
  const live = prune(form, answers);
  const notes = step.notes.filter((note) => allHold(note.rules, live)).map((note) => note.text[language]);
  const variant = step.variants.find(({ rules }) => allHold(rules, live));
  return [...notes, (variant ?? step).text[language]].filter((text) => text !== undefined).join('\n');
}

function keep(answers: Answers, steps: readonly FormStep[]): Answers {
  const kept: Record<string, AnswerValue> = {};
  for (const { linkId } of steps) {
    const answer = Object.hasOwn(answers, linkId) ? answers[linkId] : undefined;
    if (answer) kept[linkId] = answer;
  }
  return kept;
}

function allHold(rules: readonly Rule[], answers: Answers): boolean {
  return rules.every(({ behavior, conditions }) =>
    behavior === 'all'
      ? conditions.every((condition) => holds(condition, answers))
      : conditions.some((condition) => holds(condition, answers)),
  );
}

function holds({ question, operator, expected }: Condition, answers: Answers): boolean {
  const answer = Object.hasOwn(answers, question) ? answers[question] : undefined;
  const answered = answer !== undefined && answer.kind !== 'skipped';
  if (operator === 'exists') return expected.kind === 'boolean' && expected.value === answered;
  // R4 defines `!=` as "no answer equals", which also holds where there is no answer.
  if (!answered) return operator === '!=';
  if (operator === '=') return equals(answer, expected);
  if (operator === '!=') return !equals(answer, expected);
  const order = compare(answer, expected);
  if (order === undefined) return false;
  if (operator === '>') return order > 0;
  if (operator === '<') return order < 0;
  return operator === '>=' ? order >= 0 : order <= 0;
}

function equals(answer: AnswerValue, expected: Condition['expected']): boolean {
  if (expected.kind === 'coding') {
    if (answer.kind !== 'coding' || answer.code !== expected.code) return false;
    return answer.system === undefined || expected.system === undefined || answer.system === expected.system;
  }
  if (expected.kind === 'boolean') return answer.kind === 'coding' && answer.code === String(expected.value);
  return compare(answer, expected) === 0;
}

/** Negative, zero or positive as `Array.sort` wants it; undefined where the two have no order. */
function compare(answer: AnswerValue, expected: Condition['expected']): number | undefined {
  if (expected.kind === 'number')
    return answer.kind === 'integer' ? answer.value - expected.value : undefined;
  if (expected.kind !== 'string') return undefined;
  const value = plain(answer);
  if (value === undefined) return undefined;
  return value < expected.value ? -1 : value > expected.value ? 1 : 0;
}

function plain(answer: AnswerValue): string | undefined {
  switch (answer.kind) {
    case 'text':
    case 'name':
    case 'address':
      return answer.text;
    case 'date':
      return answer.date;
    case 'phone':
      return answer.e164;
    // An option given as `valueString` is answered by its text, which is its code.
    case 'coding':
      return answer.code;
    default:
      return undefined;
  }
}
