import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { type Ran, run } from './program.ts';

/** `vestibule staff …` as an operator types it, against a database of its own. */

const practices = fileURLToPath(new URL('../../practices', import.meta.url));

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await makeFolder();
});

afterAll(async () => {
  await database.drop();
  await removeFolder(dataDir);
});

const staff = (...args: readonly string[]): Promise<Ran> =>
  run(['staff', ...args], {
    env: {
      DATABASE_URL: database.url,
      VESTIBULE_DATA: dataDir,
      VESTIBULE_PRACTICES: practices,
      PUBLIC_URL: 'https://intake.example',
    },
  });

const invite = (name: string, role: string) =>
  staff('invite', '--practice', 'aurora', '--name', name, '--role', role, '--json');

test('invites, lists and takes away', async () => {
  const { code, out } = await invite('Rui Neves', 'admin');
  expect(code).toBe(0);
  const invited = JSON.parse(out);
  expect(invited).toMatchObject({ ok: true, staffId: expect.any(String), expiresAt: expect.any(String) });
  expect(invited.link).toMatch(/^https:\/\/intake\.example\/enrol#aurora\.[\w-]{43}$/);

  const listed = await staff('list', '--json');
  expect(JSON.parse(listed.out).staff).toEqual([
    {
      practice: 'aurora',
      staffId: invited.staffId,
      name: 'Rui Neves',
      role: 'admin',
      active: true,
      ways: [],
      sessions: 0,
      lastSeenAt: null,
    },
  ]);
  const told = await staff('list', '--practice', 'aurora');
  expect(told.out).toBe(`aurora\t${invited.staffId}\tadmin\tactive\tno way in yet\tRui Neves\n`);
  expect((await staff('list', '--practice', 'riverside')).out).toBe('');

  const revoked = await staff('revoke', '--staff', invited.staffId);
  expect([revoked.code, revoked.out]).toEqual([
    0,
    `${invited.staffId} of aurora can no longer sign in; sessions ended: 0\n` +
      'aurora has no administrator now: the next start prints a link for a new one\n',
  ]);
  expect((await staff('list')).out).toContain('\tinactive\t');
});

test('nobody to take away is found, and told', async () => {
  expect(await staff('revoke', '--staff', 'nobody', '--json')).toMatchObject({
    code: 1,
    out: '{"ok":false}\n',
  });
});

describe('used wrongly, it says how and exits with 2', () => {
  test.each([
    [['invite', '--practice', 'aurora', '--name', 'X'], "required option '--role <role>'"],
    [['invite', '--practice', 'aurora', '--name', 'X', '--role', 'king'], 'Allowed choices are front-desk'],
    [
      ['invite', '--practice', 'nowhere', '--name', 'X', '--role', 'admin'],
      '--practice: expected one of aurora',
    ],
    [
      ['invite', '--practice', 'aurora', '--name', ' ', '--role', 'admin'],
      '--name: expected 1 to 80 characters',
    ],
    [['revoke'], "required option '--staff <id>'"],
    [['list', '--practice', 'nowhere'], '--practice: expected one of aurora'],
  ])('vestibule staff %j', async (args, expected) => {
    const { code, err, out } = await staff(...args);
    expect(err).toContain(expected);
    expect(err).not.toContain('    at ');
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

test.each([[[]], [['invite']], [['list']], [['revoke']]])('vestibule staff %j --help', async (args) => {
  const { code, out } = await staff(...args, '--help');
  expect(out).toMatch(/^Usage: vestibule staff/);
  expect(code).toBe(0);
});
