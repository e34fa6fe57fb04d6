import type { Choice, OutboundContent } from '#channels/channel.ts';
import { type FormStep, questionText, stepByLinkId } from '#intake/form.ts';
import { tapId } from '#intake/read-choice.ts';
import { ownNumberTap } from '#intake/read-phone.ts';
import type { Localized, StepOption } from '#intake/step.ts';
import type { DataClass } from '#kernel/phi.ts';
import { optInText } from './opt-in.ts';
import { optionsOf } from './options.ts';
import { summaryText } from './review.ts';
import { answerTap, commandTap } from './tap-ids.ts';
import { shipped, type TextKey, text } from './texts.ts';
import { isIntakeOpen, languageOf, offeredLanguages, ownPhoneOf, type Turn } from './turn-in-progress.ts';
import { rowDescription, stopText, visitQuestionText } from './visit-question-text.ts';

/** A question as it is said: its lines, the question itself last, and its choices. */
export type Question = {
  readonly lines: readonly string[];
  readonly choices: readonly Choice[];
  readonly dataClass: DataClass;
  /** Said below the question where the messenger's own button shares the patient's number. */
  readonly sharing?: readonly string[];
};

/**
 * The question that stands, in the patient's language. `times` is how often it was not understood: once, it is put in
 * other words with an example; twice, with fewer words and with choices.
 */
export function questionOf(turn: Turn, times: number): Question {
  const { open, input } = turn;
  if (open.what === 'step') {
    const step = input.form && stepByLinkId(input.form, open.linkId);
    return step ? stepQuestion(turn, step, times) : { lines: [], choices: [], dataClass: 'none' };
  }
  const { lines, dataClass } = botQuestion(turn);
  const language = languageOf(turn);
  const choices = optionsOf(turn).map(({ code, display }): Choice => {
    const description = rowDescription(turn, code);
    const choice = { id: answerTap(open.what, code), title: inLanguage(display, language) };
    return description === undefined ? choice : { ...choice, description };
  });
  const again =
    times === 0 ? [] : [text(againKeys[open.what] ?? 'confirm.again', language, againParams(turn))];
  return { lines: [...again, ...lines, ...(times > 1 ? numbered(choices) : [])], choices, dataClass };
}

/** The question with the messenger's own button that shares the number; where there is no such button, as it is. */
export function asRequest(
  lines: readonly string[],
  { choices, sharing = [] }: Question,
  language: string,
): SayContent {
  const otherwise = asContent(lines, choices, language);
  return sharing.length === 0
    ? otherwise
    : { kind: 'contact-request', text: [...lines, ...sharing].join('\n'), otherwise };
}

type SayContent = Exclude<OutboundContent, { kind: 'read' }>;

function asContent(
  lines: readonly string[],
  choices: readonly Choice[],
  language: string,
): Extract<OutboundContent, { kind: 'text' | 'choices' }> {
  const said = lines.join('\n');
  return choices.length === 0
    ? { kind: 'text', text: said }
    : { kind: 'choices', text: said, choices, listLabel: text('ask.list', language) };
}

const againKeys: Partial<Record<Turn['open']['what'], TextKey>> = {
  language: 'language.again',
  'opt-in': 'opt-in.again',
  summary: 'review.again',
  'change-which': 'ask.choose',
  offer: 'offer.again',
  slots: 'slots.again',
  'slot-day': 'slot-day.again',
  'slot-clinician': 'ask.choose',
  'book?': 'hold.again',
};

function againParams(turn: Turn) {
  const [first = 'en'] = offeredLanguages(turn.input);
  return { example: text(`word.language.${shipped(first) ?? 'en'}`, first) };
}

function botQuestion(turn: Turn): { readonly lines: readonly string[]; readonly dataClass: DataClass } {
  const { practice } = turn.input;
  const language = languageOf(turn);
  const asks = (key: TextKey, params = {}) => ({
    lines: [text(key, language, params)],
    dataClass: 'none' as const,
  });
  switch (turn.open.what) {
    case 'language':
      return asks('language.ask');
    case 'opt-in':
      return asks(optInText(practice), { practice: practice.name, privacyUrl: practice.privacyUrl });
    case 'summary': {
      const { lines, dataClass } = summaryText(turn);
      return { lines: [text('review.ask', language, { lines })], dataClass };
    }
    case 'change-which':
      return asks('change.which');
    case 'start-over?':
      return asks('start-over.ask');
    case 'stop-or-form?':
      return stopText(turn, isIntakeOpen(turn));
    default:
      return visitQuestionText(turn);
  }
}

function stepQuestion(turn: Turn, step: FormStep, times: number): Question {
  const language = languageOf(turn);
  const choices = stepChoices(turn, step, language, times);
  const asked = {
    lines: stepLines(turn, step, times, language, choices),
    choices,
    dataClass: 'none',
  } as const;
  return needsNumber(turn, step, times) ? { ...asked, sharing: sharingLines(step, language) } : asked;
}

/** Behind a username the number is not told. After two misunderstandings, a way back and a person matter more than one button. */
function needsNumber({ input }: Turn, step: FormStep, times: number): boolean {
  return step.kind === 'phone' && times < 2 && ownPhoneOf(input) === undefined;
}

/** There is no room for another button beside the messenger's own. */
function sharingLines(step: FormStep, language: string): readonly string[] {
  const share = text('ask.share-number', language);
  return step.required ? [share] : [share, text('ask.or-skip', language)];
}

function stepLines(
  turn: Turn,
  step: FormStep,
  times: number,
  language: string,
  choices: readonly Choice[],
): readonly string[] {
  const { form } = turn.input;
  const answers = turn.intake.status === 'none' ? {} : turn.intake.answers;
  const asked = form ? questionText(form, step, answers, formLanguage(turn, language)) : '';
  if (times === 0) return [asked];
  if (step.options.length > 0) {
    return times === 1
      ? [text('ask.choose', language), asked]
      : [text('ask.number', language), asked, ...numbered(choices)];
  }
  const example = inLanguage(step.example, language);
  const label = inLanguage(step.label, language);
  if (example === '') return [asked];
  return [text(times === 1 ? 'ask.rephrase' : 'ask.only', language, { label, example })];
}

function stepChoices(turn: Turn, step: FormStep, language: string, times: number): readonly Choice[] {
  const { linkId } = step;
  const options: Choice[] = step.options.map((option: StepOption) => ({
    id: tapId(linkId, option.code),
    title: inLanguage(option.display, language),
  }));
  const command = (name: 'skip' | 'back' | 'person'): Choice => ({
    id: commandTap(name, linkId),
    title: text(`ask.${name}`, language),
  });
  const own = step.kind === 'phone' && ownPhoneOf(turn.input) !== undefined;
  return [
    ...options,
    ...(own ? [{ id: ownNumberTap, title: text('ask.this-number', language) }] : []),
    ...(step.required ? [] : [command('skip')]),
    ...(times > 1 && options.length === 0 ? [command('back'), command('person')] : []),
  ];
}

function numbered(choices: readonly Choice[]): readonly string[] {
  return choices.map(({ title }, index) => `${index + 1}. ${title}`);
}

/** The form's text where the conversation's language is not one of the form's: its first. */
function formLanguage(turn: Turn, language: string): string {
  const languages = turn.input.form?.languages ?? [];
  return languages.includes(language) ? language : (languages[0] ?? language);
}

function inLanguage(localized: Localized, language: string): string {
  const spoken = language.split('-')[0] ?? language;
  return localized[language] ?? localized[spoken] ?? Object.values(localized)[0] ?? '';
}
