import { expect, test } from 'vitest';
import { ownPhoneIn } from './shared-contact.ts';

const card = (requested: boolean, ...phones: string[]) =>
  ({ kind: 'contacts', contacts: [{ name: 'Maria', phones, requested }] }) as const;

test.each([
  ['shared as it was asked for', card(true, '+55 11 95550-0101'), '5511955500101'],
  ['as the messenger writes its own ids', card(true, '+553186550101'), '553186550101'],
  ['the first that is a number', card(true, 'work', '+12025550143'), '12025550143'],
  ["somebody else's card", card(false, '+55 11 95550-0101'), undefined],
  ['without its country', card(true, '11 95550-0101'), undefined],
  ['without a number', card(true), undefined],
  ['no card', { kind: 'text', text: '+55 11 95550-0101' } as const, undefined],
])('%s', (_, content, own) => expect(ownPhoneIn(content)).toBe(own));
