import type { WhatsAppUser } from '../provider/users.ts';
import type { Persona } from './persona.ts';

/** A made-up patient of the sandbox: how WhatsApp knows them, and what they answer when they play by themselves. */
export type Patient = {
  readonly user: WhatsAppUser;
  /** BCP 47 tag of what they speak. */
  readonly language: 'pt' | 'es' | 'en';
  /** Who this is, in a sentence, for the person who plays them. */
  readonly about: string;
  readonly persona: Persona;
};

/**
 * Nobody here exists. The surnames say so, the North American numbers are from the range reserved for fiction
 * (555-01xx), and nothing is ever sent to any of the numbers: they are known to the simulator only.
 */
export const patients: readonly Patient[] = [
  {
    user: {
      id: 'maria',
      profileName: 'Maria',
      country: 'BR',
      phone: '5511955500101',
      identity: 'phone+bsuid',
    },
    language: 'pt',
    about: 'Lives in São Paulo, writes Portuguese, has had a sore knee since Monday.',
    persona: {
      language: 'pt',
      name: 'Maria Exemplo',
      birthDate: '1984-05-03',
      sex: 'female',
      phone: '+55 11 95550-0101',
      address: 'Rua das Flores, 12, São Paulo, 01310-100',
      payer: 'Saúde Horizonte',
      memberNumber: '0123456789',
      reason: 'Dor no joelho desde segunda-feira',
    },
  },
  {
    user: {
      id: 'joao',
      profileName: 'João',
      country: 'BR',
      phone: '5511955500102',
      username: 'joao.exemplo',
      identity: 'bsuid',
    },
    language: 'pt',
    about: 'Has taken a username, so the clinic never sees his phone number.',
    persona: {
      language: 'pt',
      name: 'João Exemplo',
      birthDate: '1990-11-21',
      sex: 'male',
      phone: '+55 11 95550-0102',
      address: 'Avenida Paulista, 900, São Paulo, 01310-100',
      payer: 'Bem Viver Saúde',
      memberNumber: '987650001',
      reason: 'Consulta de rotina',
    },
  },
  {
    user: {
      id: 'lucia',
      profileName: 'Lucía',
      country: 'AR',
      phone: '5491155550103',
      identity: 'phone+bsuid',
    },
    language: 'es',
    about: 'Moved to São Paulo from Buenos Aires and writes Spanish.',
    persona: {
      language: 'es',
      name: 'Lucía Ejemplo',
      birthDate: '1978-02-28',
      sex: 'female',
      phone: '+54 9 11 5555-0103',
      address: 'Rua Augusta, 45, São Paulo, 01305-000',
      payer: 'Serra Azul Planos',
      memberNumber: '44500077',
      reason: 'Dolor de espalda desde hace dos semanas',
    },
  },
  {
    user: { id: 'emma', profileName: 'Emma', country: 'BR', phone: '5521955500104', identity: 'phone' },
    language: 'en',
    about: 'Works in Rio for a year and writes English. Her phone is known by its number only.',
    persona: {
      language: 'en',
      name: 'Emma Sample',
      birthDate: '1995-07-09',
      sex: 'female',
      phone: '+55 21 95550-0104',
      address: 'Rua do Catete, 8, Rio de Janeiro, 22220-000',
      payer: 'Self-pay',
      memberNumber: '',
      reason: 'A cough that does not go away',
    },
  },
  {
    user: {
      id: 'jordan',
      profileName: 'Jordan',
      country: 'US',
      phone: '13125550142',
      identity: 'phone+bsuid',
    },
    language: 'en',
    about: 'Lives in Chicago and writes English to the clinic in the United States.',
    persona: {
      language: 'en',
      name: 'Jordan Sample',
      birthDate: '1969-01-15',
      sex: 'male',
      phone: '+1 312 555 0142',
      address: '100 Example Street, Chicago, IL 60601',
      payer: 'Lakeshore Health Plan',
      memberNumber: 'LHP5550142',
      reason: 'Annual check-up',
    },
  },
  {
    user: { id: 'rosa', profileName: 'Rosa', country: 'US', phone: '13125550157', identity: 'phone+bsuid' },
    language: 'es',
    about: 'Lives in Chicago and writes Spanish to the clinic in the United States.',
    persona: {
      language: 'es',
      name: 'Rosa Ejemplo',
      birthDate: '2001-12-30',
      sex: 'female',
      phone: '+1 312 555 0157',
      address: '200 Example Avenue, Chicago, IL 60602',
      payer: 'Summit Mutual',
      memberNumber: 'SM5550157',
      reason: 'Revisión anual',
    },
  },
];
