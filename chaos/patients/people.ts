import type { Patient } from '../../sandbox/phone/index.ts';
import type { Random } from '../random.ts';

/** Made-up people. No two may be taken for one another by a practice system: names and birth dates are theirs alone. */

const givenNames = [
  ...[
    'Ana',
    'Bento',
    'Clara',
    'Davi',
    'Elisa',
    'Fabio',
    'Gilda',
    'Heitor',
    'Iara',
    'Jonas',
    'Karina',
    'Lauro',
  ],
  ...['Marta', 'Nelson', 'Olga', 'Paulo', 'Quiteria', 'Renato', 'Sonia', 'Tadeu', 'Ursula', 'Vasco'],
];
const familyNames = [
  'Exemplo',
  'Amostra',
  'Modelo',
  'Ficticia',
  'Inventada',
  'Ensaio',
  'Rascunho',
  'Suposta',
];

const languages = ['pt', 'pt', 'es', 'en'] as const;
const reasons = {
  pt: ['Dor no joelho desde segunda', 'Consulta de rotina', 'Dor nas costas'],
  es: ['Dolor de rodilla desde el lunes', 'Revisión anual', 'Dolor de espalda'],
  en: ['A sore knee since Monday', 'Annual check-up', 'Back pain'],
} as const;

/** What a patient does with a reminder. */
export type OnReminder = 'confirm' | 'move' | 'cancel' | 'ignore';

/** What a patient wants, in this order. */
export type Wish = 'filed' | 'booked' | 'moved' | 'cancelled' | 'confirmed' | 'answered' | 'stopped';

export type Player = {
  readonly patient: Patient;
  readonly wishes: readonly Wish[];
  readonly onReminder: OnReminder;
  /** Now and then sends something that is no answer, or says hello twice. */
  readonly isChatty: boolean;
  /** Milliseconds after the beginning at which they first write. */
  readonly arrivesMs: number;
};

const courses: readonly (readonly Wish[])[] = [
  ['filed', 'booked'],
  ['filed', 'booked'],
  ['filed', 'booked', 'moved'],
  ['filed', 'booked', 'moved', 'moved'],
  ['filed', 'booked', 'cancelled'],
  ['filed', 'booked', 'moved', 'cancelled'],
  ['filed', 'booked', 'answered'],
  ['answered', 'filed', 'booked'],
  ['filed', 'booked', 'stopped'],
];

/** @param arriveMs within which all of them have come */
export function makePlayers(random: Random, count: number, arriveMs: number): readonly Player[] {
  return Array.from({ length: count }, (_, index) => {
    const own = random.fork(`patient-${index}`);
    return {
      patient: makePatient(own, index),
      wishes: own.pick(courses),
      onReminder: own.pick(['confirm', 'confirm', 'move', 'cancel', 'ignore'] as const),
      isChatty: own.chance(0.3),
      arrivesMs: index === 0 ? 0 : own.int(0, arriveMs),
    };
  });
}

function makePatient(random: Random, index: number): Patient {
  const language = random.pick(languages);
  const given = givenNames[index % givenNames.length] ?? '';
  const family = familyNames[Math.floor(index / givenNames.length) % familyNames.length] ?? '';
  const digits = String(1000 + index);
  const two = (value: number) => String(value).padStart(2, '0');
  const birthDate = `${1940 + (index % 61)}-${two((index % 12) + 1)}-${two((index % 28) + 1)}`;
  return {
    user: {
      id: `p${index + 1}`,
      profileName: given,
      country: 'BR',
      phone: `551195555${digits}`,
      identity: random.pick(['phone', 'phone+bsuid', 'phone+bsuid', 'bsuid'] as const),
    },
    language,
    about: 'Plays in a world under fire.',
    persona: {
      language,
      name: `${given} ${family}`,
      birthDate,
      sex: random.pick(['female', 'male', 'other'] as const),
      phone: `+55 11 95555-${digits}`,
      address: `Rua das Flores, ${index + 1}, São Paulo, 01310-100`,
      payer: 'Saúde Horizonte',
      memberNumber: `77000${digits}`,
      reason: random.pick(reasons[language]),
    },
  };
}
