import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allowedActions, permits, policyProblems } from './authorize.ts';
import { type StaffAction, type StaffRole, staffActions, staffRoles } from './contract.ts';

const file = (name: string) => readFileSync(new URL(`./policies/${name}`, import.meta.url), 'utf8');
const policies = file('staff.cedar');
const schema = file('staff.cedarschema');

const care: readonly StaffAction[] = [
  'UseOwnSession',
  'ReadInbox',
  'ReadConversation',
  'AnswerConversation',
  'AssignConversation',
  'ReadAppointments',
  'ReadFigures',
];

/** Written out beside the policies, so that a change of one is a change of both. */
const wanted: Readonly<Record<StaffRole, readonly StaffAction[]>> = {
  'front-desk': care,
  clinician: care,
  manager: [...care, 'TakeOverConversation', 'ReadFailures', 'RedriveDeadLetters', 'ReadChannels'],
  auditor: ['UseOwnSession', 'ReadFigures', 'ReadAudit', 'ReadChannels'],
  admin: [
    'UseOwnSession',
    'ManageStaff',
    'ReadFailures',
    'RedriveDeadLetters',
    'ReadFigures',
    'ReadChannels',
  ],
};

describe.each(staffRoles)('%s', (role) => {
  test.each(staffActions)('%s: as the table says', (action) => {
    expect(permits({ practiceId: 'aurora', staffId: 's1', role }, action)).toBe(
      wanted[role].includes(action),
    );
  });

  test('may nothing in another practice', () => {
    const actor = { practiceId: 'aurora', staffId: 's1', role };
    expect(staffActions.filter((action) => permits(actor, action, 'riverside'))).toEqual([]);
  });

  test('is shown what it may do', () => {
    expect([...allowedActions(role)].sort()).toEqual([...wanted[role]].sort());
  });
});

test('a role or an action that nobody knows may nothing', () => {
  // Out of a row or a declaration, where the types do not reach.
  const unknown = { practiceId: 'aurora', staffId: 's1', role: 'owner' as StaffRole };
  expect(staffActions.filter((action) => permits(unknown, action))).toEqual([]);
  const admin = { practiceId: 'aurora', staffId: 's1', role: 'admin' } as const;
  expect(permits(admin, 'DropEverything' as StaffAction)).toBe(false);
});

describe('the check of the policies', () => {
  test('finds nothing in ours', () => {
    expect(policyProblems(policies, schema)).toEqual([]);
  });

  test.each([
    ['a misspelt role', 'Role::"manager"', 'Role::"manger"'],
    ['a misspelt action', 'Action::"ReadAudit"', 'Action::"ReadAudits"'],
    ['an attribute that nobody has', 'principal.practice', 'principal.clinic'],
    ['a text that is none', 'permit (', 'permit it ('],
  ])('finds %s', (_, text, wrong) => {
    expect(policies).toContain(text);
    expect(policyProblems(policies.replace(text, wrong), schema)).not.toEqual([]);
  });

  test('knows every action and role of the contract, and no other', () => {
    const named = (list: string | undefined) => (list ?? '').match(/[A-Za-z-]+/g)?.sort();
    expect(named(/^action ([^;]*?)appliesTo/m.exec(schema)?.[1])).toEqual([...staffActions].sort());
    expect(named(/Role enum \[(.*?)\]/.exec(schema)?.[1])).toEqual([...staffRoles].sort());
  });
});
