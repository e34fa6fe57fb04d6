import en from '../../src/conversation/texts/en.json' with { type: 'json' };
import es from '../../src/conversation/texts/es.json' with { type: 'json' };
import pt from '../../src/conversation/texts/pt.json' with { type: 'json' };
import type { Wish } from './people.ts';

/** What patients say, and how they know what was said to them: by the words that never change. */

export type Language = 'pt' | 'es' | 'en';

const texts: Readonly<Record<Language, Readonly<Record<string, string>>>> = { pt, es, en };

export const hello: Readonly<Record<Language, readonly string[]>> = {
  pt: ['Oi', 'Bom dia', 'Olá, tudo bem?'],
  es: ['Hola', 'Buenos días', 'Buenas'],
  en: ['Hi', 'Good morning', 'Hello'],
};

/** How a wish is put into words, where it does not come true by itself. */
export const asking: Readonly<Record<Language, Readonly<Partial<Record<Wish, string>>>>> = {
  pt: { booked: 'marcar', moved: 'remarcar', cancelled: 'desmarcar', answered: 'pessoa', stopped: 'PARAR' },
  es: {
    booked: 'reservar',
    moved: 'cambiar la cita',
    cancelled: 'cancelar la cita',
    answered: 'persona',
    stopped: 'STOP',
  },
  en: {
    booked: 'book',
    moved: 'move my visit',
    cancelled: 'cancel my visit',
    answered: 'person',
    stopped: 'STOP',
  },
};

/** Staff of this world sign what they write, so that a patient knows who speaks. */
export const staffSign = '[equipe]';

/** The longest stretch of a text that no value can change. */
function fixedPart(template: string): string {
  let depth = 0;
  const parts = [''];
  for (const sign of template) {
    if (sign === '{') depth += 1;
    if (depth === 0) parts[parts.length - 1] += sign;
    if (sign === '}') {
      depth -= 1;
      if (depth === 0) parts.push('');
    }
  }
  return parts.reduce((a, b) => (b.length > a.length ? b : a)).trim();
}

/** Is this the practice's text of that name? */
export function isText(language: Language, name: string, said: string): boolean {
  const template = texts[language][name];
  if (template === undefined) throw new Error(`there is no text "${name}"`);
  const fixed = fixedPart(template);
  return fixed !== '' && said.includes(fixed);
}

export const titleOf = (language: Language, name: string): string => texts[language][name] ?? '';

/** What is said when a wish has come true. */
const fulfilled: Readonly<Record<Wish, readonly string[]>> = {
  filed: ['filed', 'filed.looking'],
  booked: ['booked'],
  moved: ['moved'],
  cancelled: ['cancelled'],
  confirmed: ['confirmed', 'visit.already-confirmed'],
  answered: ['note.handed-back'],
  stopped: ['stop.confirmed'],
};

/** "Booked ✓" and "Moved ✓" share most of their words: the first word tells. */
export function fulfils(language: Language, wish: Wish, said: string): boolean {
  return fulfilled[wish].some((name) => {
    const opening = /^\S+ ✓/.exec(titleOf(language, name))?.[0];
    return opening === undefined ? isText(language, name, said) : said.includes(opening);
  });
}

/** Said where a wish has nothing left to be about: the visit is over, or somebody was faster. */
export function voids(language: Language, wish: Wish, said: string): boolean {
  if (wish !== 'moved' && wish !== 'cancelled' && wish !== 'confirmed') return false;
  return ['visit.none', 'reminder.outdated', 'reminder.no-visit', 'visit.found-moved'].some((name) =>
    isText(language, name, said),
  );
}

/** The choice that leads to the wish, by the names of its title; the first that is offered. */
export const leadingTo: Readonly<Record<Wish, readonly string[]>> = {
  filed: ['offer.new'],
  booked: ['hold.book', 'offer.book'],
  moved: ['hold.move', 'hold.book', 'visit.move', 'offer.move', 'stop.visit'],
  cancelled: ['visit.yes-cancel', 'visit.cancel', 'stop.visit', 'offer.cancel'],
  confirmed: [],
  answered: ['ask.person'],
  stopped: ['stop.all'],
};
