import type { AccountFile } from '../account-file.ts';
import type { TemplateFile } from '../practice.ts';
import { type Advice, advise, type Placed } from './advice.ts';

/** Whether the practice's templates can be sent from an account: some providers call them by ids of their own. */

/** A template in one language, as a message names it. */
type Needed = {
  readonly name: string;
  readonly language: string;
  readonly variables: number;
  readonly buttons: number;
};

export type Templates = Readonly<Record<string, TemplateFile>>;

function neededOf(templates: Templates): readonly Needed[] {
  return Object.values(templates).flatMap(({ name, variables, buttons, texts }) =>
    Object.values(texts).map(({ providerLanguage }) => ({
      name,
      language: providerLanguage,
      variables: variables.length,
      buttons: buttons.length,
    })),
  );
}

export function lintTemplates({ account, place }: Placed, templates: Templates): readonly Advice[] {
  const needed = neededOf(templates);
  switch (account.provider) {
    case 'twilio':
      return mapped(account, needed, place, ({ name, language }) => {
        return `{ name: ${name}, language: ${language}, contentSid: HX… }`;
      });
    case 'bird':
      return [
        ...mapped(account, needed, place, ({ name, language, variables }) => {
          const names = Array.from({ length: variables }, (_, index) => `name_${index + 1}`).join(', ');
          return `{ name: ${name}, language: ${language}, projectId: …, version: latest, locale: ${language.replace('_', '-')}, variables: [${names}] }`;
        }),
        ...lintBirdPlaces(account, needed, place),
      ];
    case 'messagebird': {
      if (account.templateNamespace !== '' || needed.length === 0) return [];
      const problem =
        'templates are sent by their namespace, and without it none can be: no reminder would leave';
      return [
        advise(
          'wrong',
          `${place}.templateNamespace`,
          problem,
          'templateNamespace: 0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0',
        ),
      ];
    }
    default:
      return []; // by name and language, as they are
  }
}

/** Every template needs an entry, and every entry is one of the practice's templates. */
function mapped(
  { templates }: { readonly templates: readonly { readonly name: string; readonly language: string }[] },
  needed: readonly Needed[],
  place: string,
  example: (needed: Needed) => string,
): readonly Advice[] {
  const isSame = (a: { name: string; language: string }) => (b: { name: string; language: string }) =>
    a.name === b.name && a.language === b.language;
  const missing = needed
    .filter((each) => !templates.some(isSame(each)))
    .map((each) => {
      const problem = `no entry for "${each.name}" in "${each.language}": it cannot be sent from here`;
      return advise('wrong', `${place}.templates`, problem, example(each));
    });
  const unknown = templates.flatMap((each, index) => {
    if (needed.some(isSame(each))) return [];
    const problem = `the practice has no template "${each.name}" in "${each.language}"`;
    return [
      advise(
        'careful',
        `${place}.templates.${index}`,
        problem,
        'a name and providerLanguage of templates/*.yaml',
      ),
    ];
  });
  const twice = templates.flatMap((each, index) => {
    if (templates.findIndex(isSame(each)) === index) return [];
    const problem = `"${each.name}" in "${each.language}" is there twice, and only the first counts`;
    return [advise('wrong', `${place}.templates.${index}`, problem, 'one entry per name and language')];
  });
  return [...missing, ...unknown, ...twice];
}

/** Values are set by Bird's names: each of ours needs one. Buttons may do without, and then say their label. */
function lintBirdPlaces(
  { templates }: Extract<AccountFile, { provider: 'bird' }>,
  needed: readonly Needed[],
  place: string,
): readonly Advice[] {
  return templates.flatMap((entry, index) => {
    const template = needed.find(({ name, language }) => name === entry.name && language === entry.language);
    if (template === undefined) return [];
    const at = `${place}.templates.${index}`;
    const { variables, payloads } = entry;
    const found: Advice[] = [];
    if (variables.length !== template.variables) {
      const problem = `${variables.length} names for ${template.variables} variables: it cannot be sent`;
      found.push(advise('wrong', `${at}.variables`, problem, "Bird's name of each variable, in their order"));
    }
    if (payloads.length > 0 && payloads.length !== template.buttons) {
      const problem = `${payloads.length} names for ${template.buttons} buttons: it cannot be sent`;
      found.push(
        advise('wrong', `${at}.payloads`, problem, "Bird's name of each button's payload, or none at all"),
      );
    }
    return found;
  });
}
