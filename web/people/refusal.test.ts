import { expect, test } from 'vitest';
import { staffRoles } from '#security/contract.ts';
import { hasText } from '../texts/t.ts';
import { inOrder, refusalOf, type StaffMember } from './refusal.ts';

const person = (part: Partial<StaffMember> = {}): StaffMember => ({
  staffId: 's1',
  name: 'Ada Nunes',
  role: 'admin',
  active: true,
  ways: ['passkey'],
  sessions: 0,
  lastSeenAt: null,
  ...part,
});

test('the last administrator is told why they stay one', () => {
  expect(refusalOf('CONFLICT', 'role', person())).toBe('people.refused.lastAdmin');
  expect(refusalOf('CONFLICT', 'deactivate', person())).toBe('people.refused.lastAdmin');
});

test('whom the clinic’s own sign-in lets in, it also gives their role', () => {
  const theirs = person({ ways: ['oidc'] });
  expect(refusalOf('CONFLICT', 'role', theirs)).toBe('people.refused.role');
  expect(refusalOf('CONFLICT', 'link', theirs)).toBe('people.refused.link');
  expect(refusalOf('CONFLICT', 'deactivate', theirs)).toBe('people.refused.lastAdmin');
});

test('who is deactivated gets no link', () => {
  expect(refusalOf('CONFLICT', 'link', person({ active: false }))).toBe('people.refused.inactive');
});

test('any other refusal speaks for itself', () => {
  expect(refusalOf('CONFLICT', 'deactivate', person({ role: 'manager' }))).toBeUndefined();
  expect(refusalOf('FORBIDDEN', 'role', person())).toBeUndefined();
  expect(refusalOf('NO_ANSWER', 'deactivate', person())).toBeUndefined();
});

test('who works here stands first, each part by name', () => {
  const names = inOrder([
    person({ name: 'Zoe', active: true }),
    person({ name: 'Bia', active: false }),
    person({ name: 'ana', active: true }),
  ]).map(({ name }) => name);
  expect(names).toEqual(['ana', 'Zoe', 'Bia']);
});

test('each role says what it may', () => {
  for (const role of staffRoles)
    expect(hasText(`roleMay.${role}`) && hasText(`role.${role}`), role).toBe(true);
});
