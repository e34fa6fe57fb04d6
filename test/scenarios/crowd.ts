import type { Patient } from '../../sandbox/phone/index.ts';

/** Made-up names: no two of the crowd may be taken for one another by a practice system. */
const givenNames = [
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
];

export const crowdSize = givenNames.length;

/** Patients `p1`, `p2` … who write Portuguese: for tests in which several come side by side. */
export const crowd: readonly Patient[] = givenNames.map((given, index) => {
  const number = index + 1;
  const digits = String(200 + number).padStart(4, '0');
  return {
    user: {
      id: `p${number}`,
      profileName: given,
      country: 'BR',
      phone: `551195550${digits}`,
      identity: 'phone+bsuid',
    },
    language: 'pt',
    about: 'One of a crowd.',
    persona: {
      language: 'pt',
      name: `${given} Exemplo`,
      birthDate: `19${60 + number}-0${(number % 9) + 1}-1${number % 9}`,
      sex: number % 2 === 0 ? 'male' : 'female',
      phone: `+55 11 95550-${digits}`,
      address: `Rua das Flores, ${number}, São Paulo, 01310-100`,
      payer: 'Saúde Horizonte',
      memberNumber: `77000${digits}`,
      reason: 'Consulta de rotina',
    },
  };
});

/** A patient all of whose words stand nowhere else: where one of them is found, something has leaked. */
export const canary: Patient = {
  user: {
    id: 'canary',
    profileName: 'Zyxprofilo',
    country: 'BR',
    phone: '5511937331597',
    identity: 'phone+bsuid',
  },
  language: 'pt',
  about: 'Nobody else has these words.',
  persona: {
    language: 'pt',
    name: 'Quillabamba Exemplovska',
    birthDate: '1971-07-17',
    sex: 'female',
    phone: '+55 11 93733-1597',
    address: 'Alameda Wombatinga 4711, Xapurilandia, 01777-333',
    payer: 'Zebriluxe Saúde',
    memberNumber: 'MBX94177330',
    reason: 'xilofonite aguda no cotovelo',
  },
};

/** Another such patient, all of whose words hold one stem, so that whole data folders can be searched for it. */
export const marked: Patient = {
  user: {
    id: 'marked',
    profileName: 'Zyqxprofilo',
    country: 'BR',
    phone: '5511937338642',
    identity: 'phone+bsuid',
  },
  language: 'pt',
  about: 'Every word has the stem.',
  persona: {
    language: 'pt',
    name: 'Zyqxana Zyqxovska',
    birthDate: '1969-02-13',
    sex: 'female',
    phone: '+55 11 93733-8642',
    address: 'Alameda Zyqxorta 4711, Zyqxandia, 01777-444',
    payer: 'Zyqxluxe Saúde',
    memberNumber: 'ZYQX94177331',
    reason: 'zyqxofonite aguda no cotovelo',
  },
};

export const markedStem = 'Zyqx';
