import type { StepOption } from '#intake/step.ts';
import { shippedLanguages, type TextKey, text } from './texts.ts';
import { type Vocabulary, vocabularies, type WordCommand } from './vocabulary.ts';

/** A choice under one of the bot's own questions: its title in every language, and the words that mean it. */
export function option(code: string, title: TextKey, ...lists: readonly (keyof Vocabulary)[]): StepOption {
  return optionTitled(code, (language) => text(title, language), ...lists);
}

/** As `option`, with a title that is made and no text. */
export function optionTitled(
  code: string,
  title: (language: string) => string,
  ...lists: readonly (keyof Vocabulary)[]
): StepOption {
  return {
    code,
    display: Object.fromEntries(shippedLanguages.map((language) => [language, title(language)])),
    synonyms: Object.fromEntries(
      shippedLanguages.map((language) => [language, lists.flatMap((list) => listed(language, list))]),
    ),
  };
}

/** A choice that a command's words mean too. */
export function commandOption(code: string, title: TextKey, command: WordCommand): StepOption {
  const base = option(code, title);
  const synonyms = shippedLanguages.map((language) => [
    language,
    vocabularies[language]?.commands[command] ?? [],
  ]);
  return { ...base, synonyms: Object.fromEntries(synonyms) };
}

function listed(language: string, list: keyof Vocabulary): readonly string[] {
  const words = vocabularies[language]?.[list];
  return Array.isArray(words) ? words : [];
}
