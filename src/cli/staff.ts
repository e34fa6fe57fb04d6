import { type Db, openDb } from '#platform/db/db.ts';
import type { StaffRole } from '#security/contract.ts';
import {
  addAudit,
  addPerson,
  changePerson,
  endEnrolments,
  endSessionsOf,
  findPerson,
  hasOtherAdmin,
  listPeople,
  makeEnrolmentLink,
} from '#security/index.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { openPrepared } from './database.ts';
import { PracticesError } from './findings.ts';
import { loadPractices } from './load-practices.ts';
import { examplePractices } from './paths.ts';

/** `vestibule staff …`: who may sign in, from the machine itself: for the first administrator, and when none can sign in any more. */

/** What the command line is called in the audit trail: whoever may run it is the operator. */
const operator = 'operator';

type Common = { readonly practices: string | undefined; readonly json: boolean };

/** The ids of the practices that the program runs. Secrets are not needed, so every reference counts as there. */
async function practiceIds(config: Config, dir: string | undefined): Promise<readonly string[]> {
  const env = new Proxy<Record<string, string>>({}, { get: () => 'https://known.example' });
  const folder = dir ?? config.practicesDir ?? examplePractices;
  const loaded = await loadPractices(folder, { env, readFile: () => 'known' });
  if ('findings' in loaded) throw new PracticesError(loaded.findings);
  return loaded.practices.map(({ settings }) => settings.id);
}

async function withDb<T>(config: Config, work: (db: Db) => Promise<T>): Promise<T> {
  const database = await openPrepared(config);
  try {
    const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 1 });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  } finally {
    await database.stop();
  }
}

function chosen(known: readonly string[], practice: string | undefined): readonly string[] {
  if (practice === undefined) return known;
  if (known.includes(practice)) return [practice];
  throw new ConfigError([`--practice: expected one of ${known.join(', ')}`]);
}

const print = (json: boolean, value: object, lines: readonly string[]) =>
  void process.stdout.write(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));

/** Adds a person and prints the one-time link with which they make their passkey. */
export async function inviteStaff(
  options: Common & { readonly practice: string; readonly name: string; readonly role: StaffRole },
): Promise<number> {
  const config = readConfig(process.env);
  chosen(await practiceIds(config, options.practices), options.practice);
  const name = options.name.trim();
  if (name === '' || name.length > 80) throw new ConfigError(['--name: expected 1 to 80 characters']);
  const invited = await withDb(config, (db) =>
    db.tx(options.practice, async (tx) => {
      const staffId = await addPerson(tx, { name, role: options.role });
      const target = `staff/${staffId}/${options.role}`;
      await addAudit(tx, { who: operator, action: 'InviteStaff', target, outcome: 'done' });
      return { staffId, ...(await makeEnrolmentLink(tx, config.publicUrl, staffId)) };
    }),
  );
  print(options.json, { ok: true, ...invited }, [
    `${invited.staffId} may sign in as ${options.role} with this link, once, until ${invited.expiresAt}:`,
    invited.link,
  ]);
  return 0;
}

/** Prints who works in the practices, and how they sign in. */
export async function listStaff(
  options: Common & { readonly practice: string | undefined },
): Promise<number> {
  const config = readConfig(process.env);
  const practices = chosen(await practiceIds(config, options.practices), options.practice);
  const staff = await withDb(config, async (db) => {
    const found = [];
    for (const practice of practices) {
      const people = await db.tx(practice, listPeople);
      found.push(...people.map((person) => ({ practice, ...person })));
    }
    return found;
  });
  const ways = (person: (typeof staff)[number]) =>
    [person.hasPasskey && 'passkey', person.isOidc && 'oidc', person.isPersona && 'persona'].filter(Boolean);
  print(
    options.json,
    {
      ok: true,
      staff: staff.map(({ hasPasskey, isOidc, isPersona, ...person }) => ({
        ...person,
        ways: ways({ hasPasskey, isOidc, isPersona, ...person }),
      })),
    },
    staff.map((person) =>
      [
        person.practice,
        person.staffId,
        person.role,
        person.active ? 'active' : 'inactive',
        ways(person).join('+') || 'no way in yet',
        person.name,
      ].join('\t'),
    ),
  );
  return 0;
}

/**
 * Takes a person's access away: inactive, signed out everywhere, open links ended.
 * @returns 1 where no practice has this person
 */
export async function revokeStaff(options: Common & { readonly staff: string }): Promise<number> {
  const config = readConfig(process.env);
  const practices = await practiceIds(config, options.practices);
  const revoked = await withDb(config, async (db) => {
    for (const practice of practices) {
      const sessions = await db.tx(practice, async (tx) => {
        const isReplaceable = await hasOtherAdmin(tx, options.staff, false);
        const person = await findPerson(tx, options.staff);
        if (person === undefined || person.isPersona) return undefined;
        await changePerson(tx, person.staffId, { role: person.role, active: false });
        await endEnrolments(tx, person.staffId);
        const target = `staff/${person.staffId}`;
        await addAudit(tx, { who: operator, action: 'Deactivate', target, outcome: 'done' });
        const wasLastAdmin = person.role === 'admin' && !isReplaceable;
        return { ended: await endSessionsOf(tx, person.staffId, 'deactivated'), wasLastAdmin };
      });
      if (sessions !== undefined) return { practice, ...sessions };
    }
    return undefined;
  });
  if (revoked === undefined) {
    print(options.json, { ok: false }, ['no practice has a member of staff with this id']);
    return 1;
  }
  const last = `${revoked.practice} has no administrator now: the next start prints a link for a new one`;
  print(options.json, { ok: true, practice: revoked.practice, sessionsEnded: revoked.ended }, [
    `${options.staff} of ${revoked.practice} can no longer sign in; sessions ended: ${revoked.ended}`,
    ...(revoked.wasLastAdmin ? [last] : []),
  ]);
  return 0;
}
