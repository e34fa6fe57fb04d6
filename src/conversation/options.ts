import { enabledSteps, type Form, stepByLinkId } from '#intake/form.ts';
import type { Answers, StepOption } from '#intake/step.ts';
import type { Asked } from './conversation.ts';
import { shipped, shippedLanguages, type TextKey, text } from './texts.ts';
import { offeredLanguages, type Turn } from './turn-in-progress.ts';
import { languageNames, type Vocabulary, vocabularies } from './vocabulary.ts';

/**
 * The choices under the bot's own questions, in the shape of a form's options: so they are read by the same reader,
 * with numbers, ordinals, synonyms and typing errors, in every language.
 */
export function optionsOf(turn: Turn, asked: Asked = turn.open): readonly StepOption[] {
  switch (asked.what) {
    case 'language':
      return offeredLanguages(turn.input).map(languageOption);
    case 'change-which':
      return fieldOptions(turn);
    case 'step': {
      const step = turn.input.form && stepByLinkId(turn.input.form, asked.linkId);
      return step?.options ?? [];
    }
    default:
      return fixed[asked.what];
  }
}

function option(code: string, title: TextKey, ...lists: readonly (keyof Vocabulary)[]): StepOption {
  const display = Object.fromEntries(shippedLanguages.map((language) => [language, text(title, language)]));
  const synonyms = Object.fromEntries(
    shippedLanguages.map((language) => [language, lists.flatMap((list) => listed(language, list))]),
  );
  return { code, display, synonyms };
}

function listed(language: string, list: keyof Vocabulary): readonly string[] {
  const words = vocabularies[language]?.[list];
  return Array.isArray(words) ? words : [];
}

const person: StepOption = withWords(option('person', 'ask.person'), 'person');

const fixed: Readonly<
  Record<Exclude<Asked['what'], 'language' | 'change-which' | 'step'>, readonly StepOption[]>
> = {
  none: [],
  'opt-in': [option('yes', 'opt-in.yes', 'yes'), option('no', 'opt-in.no', 'no')],
  summary: [option('send', 'review.send', 'yes', 'send'), option('change', 'review.change', 'no')],
  'start-over?': [option('yes', 'start-over.yes', 'yes'), option('no', 'start-over.no', 'no')],
  'stop-or-form?': [
    option('form', 'stop.form', 'form'),
    option('all', 'stop.all', 'messages'),
    option('go-on', 'stop.go-on', 'no'),
  ],
  offer: [withWords(option('new', 'offer.new'), 'new-intake'), person],
};

function withWords(base: StepOption, command: 'person' | 'new-intake'): StepOption {
  const synonyms = Object.fromEntries(
    shippedLanguages.map((language) => [language, vocabularies[language]?.commands[command] ?? []]),
  );
  return { ...base, synonyms };
}

/** A language is named in itself, whatever is spoken. */
function languageOption(tag: string): StepOption {
  const base = shipped(tag) ?? 'en';
  const name = text(`word.language.${base}`, base);
  const names = [...languageNames].filter(([, language]) => language === base).map(([each]) => each);
  return {
    code: tag,
    display: Object.fromEntries([...shippedLanguages, tag].map((language) => [language, name])),
    synonyms: Object.fromEntries([[base, names]]),
  };
}

/** The fields that were answered, by their labels. */
function fieldOptions({ input, intake }: Turn): readonly StepOption[] {
  if (input.form === undefined || intake.status === 'none') return [];
  return fieldsOf(input.form, intake.answers);
}

export function fieldsOf(form: Form, answers: Answers): readonly StepOption[] {
  return enabledSteps(form, answers)
    .filter(({ linkId }) => Object.hasOwn(answers, linkId))
    .map(({ linkId, label, labelSynonyms }) => ({ code: linkId, display: label, synonyms: labelSynonyms }));
}
