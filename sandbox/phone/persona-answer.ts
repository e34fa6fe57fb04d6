import type { PhoneContent } from './content.ts';
import type { Persona } from './persona.ts';
import {
  away,
  languageNames,
  me,
  meWords,
  other,
  plain,
  sexWords,
  type Topic,
  topicWords,
  yes,
  yesWords,
} from './persona-words.ts';
import type { Bubble } from './transcript.ts';

/** What a persona says to a question, and what it took the question to be about. */
export type Reply = { readonly topic: Topic | 'choice'; readonly content: PhoneContent };

type Choice = { readonly id: string; readonly title: string };

/** Months as the persona writes them. */
const monthNames = {
  pt: [
    'janeiro',
    'fevereiro',
    'março',
    'abril',
    'maio',
    'junho',
    'julho',
    'agosto',
    'setembro',
    'outubro',
    'novembro',
    'dezembro',
  ],
  es: [
    'enero',
    'febrero',
    'marzo',
    'abril',
    'mayo',
    'junio',
    'julio',
    'agosto',
    'septiembre',
    'octubre',
    'noviembre',
    'diciembre',
  ],
  en: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
} as const;

/**
 * Decides the answer to a message of the practice; undefined where it asks nothing that the persona knows.
 * `asked` says how often a topic was asked before: a question that comes back gets a plainer answer.
 */
export function answerTo(
  message: Bubble,
  persona: Persona,
  asked: (topic: Reply['topic']) => number,
): Reply | undefined {
  const text = message.text ?? message.caption ?? '';
  const topic = topicOf(text);
  const offered = choicesOf(message);
  if (offered.length > 0) {
    const choice = choose(offered, topic, persona);
    if (choice !== undefined) {
      return {
        topic: topic ?? 'choice',
        content: { kind: 'tap', messageId: message.id, choiceId: choice.id },
      };
    }
  }
  const numbered = numberedLines(text);
  if (numbered.length > 1) {
    const choice = choose(numbered, topic, persona);
    if (choice !== undefined) return { topic: topic ?? 'choice', content: { kind: 'text', text: choice.id } };
  }
  if (topic === undefined || !asks(text)) return undefined;
  const words = factOf(topic, persona, asked(topic));
  return words === '' ? undefined : { topic, content: { kind: 'text', text: words } };
}

function choicesOf(message: Bubble): readonly Choice[] {
  return message.buttons ?? message.list?.sections.flatMap(({ rows }) => rows) ?? [];
}

/** "2. Bem Viver" on lines of their own: choices that were too many for buttons. */
function numberedLines(text: string): readonly Choice[] {
  return [...text.matchAll(/^\s*(\d{1,2})[.)]\s+(.+)$/gm)].map(([, id = '', title = '']) => ({ id, title }));
}

/** Examples and explanations name things that are not asked for, so the sentence with the question mark goes first. */
function topicOf(text: string): Topic | undefined {
  const questions = text.match(/[^.!?\n¿]*\?/g) ?? [];
  for (const part of [...questions.toReversed(), text]) {
    const simple = plain(part);
    const found = topicWords.find(([, words]) => words.test(simple));
    if (found !== undefined) return found[0];
  }
  return undefined;
}

/** A question, or an order to write a certain thing; "to stop, write …" is neither. */
function asks(text: string): boolean {
  return text.includes('?') || orders.test(plain(text));
}

const orders =
  /(?<!not )\b(write|type|enter|send) (only|just|me|us) |\b(escreva|digite|informe|envie) (somente|apenas|so|o|a) |\b(escriba|indique|envie) (unicamente|solo|solamente|su|el|la) /;

/** What no choice can answer: these are typed even where choices stand below, such as "Skip". */
const typed: readonly Topic[] = ['name', 'birth-date', 'address', 'member-number', 'reason'];

function choose(choices: readonly Choice[], topic: Topic | undefined, persona: Persona): Choice | undefined {
  const titled = choices.map((choice) => ({ choice, title: plain(choice.title) }));
  const find = (matches: (title: string) => boolean) => titled.find(({ title }) => matches(title))?.choice;
  const languages = titled.filter(({ title }) =>
    Object.values(languageNames).some((name) => name.test(title)),
  );
  if (languages.length > 1) return find((title) => languageNames[persona.language].test(title));
  const own =
    topic === 'sex'
      ? find((title) => sexWords[persona.sex].test(title))
      : topic === 'payer'
        ? (find((title) => title.includes(plain(persona.payer))) ??
          selfPay(find, persona) ??
          find((title) => other.test(title)))
        : undefined;
  return (
    own ??
    find((title) => me.test(title)) ??
    find((title) => yes.test(title)) ??
    (topic !== undefined && typed.includes(topic) ? undefined : find((title) => !away.test(title)))
  );
}

/** A persona without insurance finds the choice under whatever name the clinic gives it. */
function selfPay(find: (matches: (title: string) => boolean) => Choice | undefined, persona: Persona) {
  const none = /self-?pay|particular|sin seguro|no insurance|sem plano/;
  return none.test(plain(persona.payer)) ? find((title) => none.test(title)) : undefined;
}

function factOf(topic: Topic, persona: Persona, before: number): string {
  switch (topic) {
    case 'for-whom':
      return meWords[persona.language];
    case 'language':
      return { pt: 'Português', es: 'Español', en: 'English' }[persona.language];
    case 'birth-date':
      return before === 0 ? longDate(persona) : before === 1 ? shortDate(persona) : persona.birthDate;
    case 'sex':
      return sexWord(persona);
    case 'member-number':
      return persona.memberNumber;
    case 'payer':
      return persona.payer;
    case 'phone':
      return before === 0 ? persona.phone : persona.phone.replace(/[^+\d]/g, '');
    case 'address':
      return persona.address;
    case 'reason':
      return persona.reason;
    case 'name':
      return persona.name;
  }
}

function sexWord({ language, sex }: Persona): string {
  const words = {
    pt: { female: 'Feminino', male: 'Masculino', other: 'Outro' },
    es: { female: 'Femenino', male: 'Masculino', other: 'Otro' },
    en: { female: 'Female', male: 'Male', other: 'Other' },
  };
  return words[language][sex];
}

function longDate({ language, birthDate }: Persona): string {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  const name = monthNames[language][Number(month) - 1] ?? month;
  return language === 'en' ? `${Number(day)} ${name} ${year}` : `${Number(day)} de ${name} de ${year}`;
}

function shortDate({ birthDate, phone }: Persona): string {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  // Only North America writes the month first.
  return phone.startsWith('+1') ? `${month}/${day}/${year}` : `${day}/${month}/${year}`;
}

/** What to say to a plain yes-or-no question without choices. */
export function plainYes(persona: Persona): string {
  return yesWords[persona.language];
}
