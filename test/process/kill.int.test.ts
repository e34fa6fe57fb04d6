import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FhirResource } from '../../sandbox/world/index.ts';
import { patienceMs } from '../patience.ts';
import { freePort } from '../ports.ts';
import { type WebPhone, webPhone, worldEvents } from './phone.ts';
import { databasePid, makeDataFolder, type Program, removeDataFolder, startProgram } from './program.ts';
import { answersOf, confirm, greeting, isFiled, take, takeAndHear } from './walk.ts';

/**
 * The program is killed with its world, started again on the same folder, and every conversation goes on: nothing is lost, asked
 * twice, said twice or filed twice.
 */

let dataDir: string;
let port: number;
let program: Program;

const account = 'aurora-wa';
const people = {
  maria: { name: 'Maria Exemplo da Silva', birthDate: '3 de maio de 1984', phone: '+55 11 95550-0101' },
  joao: { name: 'João Exemplo', birthDate: '21 de novembro de 1990', phone: '+55 11 95550-0102' },
  lucia: { name: 'Lucía Ejemplo', birthDate: '28 de fevereiro de 1978', phone: '+54 9 11 5555-0103' },
  emma: { name: 'Emma Sample', birthDate: '9 de julho de 1995', phone: '+55 21 95550-0104' },
};

const phoneOf = (patientId: string) => webPhone(() => program.url, patientId, account);

beforeAll(async () => {
  dataDir = await makeDataFolder();
  port = await freePort();
  program = await start();
});

afterAll(async () => {
  await program.kill('SIGKILL');
  await removeDataFolder(dataDir);
});

function start(): Promise<Program> {
  return startProgram({ env: { PORT: String(port), VESTIBULE_DATA: dataDir } });
}

/** Power off, power on. The database is a process of its own: it outlives us unless it is killed too. */
async function killAndStart(withDatabase: 'and its database' | 'alone' = 'alone'): Promise<void> {
  const database = await databasePid(dataDir);
  const ended = await program.kill('SIGKILL');
  expect(ended.signal).toBe('SIGKILL');
  expect(database).toBeDefined();
  if (withDatabase === 'and its database' && database !== undefined) process.kill(database, 'SIGKILL');
  program = await start();
  expect((await fetch(`${program.url}/health/ready`)).status).toBe(200);
}

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${program.url}/sandbox/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

async function resources(): Promise<readonly FhirResource[]> {
  const answer = await fetch(`${program.url}/sandbox/api/pms/aurora`);
  return ((await answer.json()) as { resources: FhirResource[] }).resources;
}

type World = {
  readonly practices: readonly { readonly id: string; readonly pms: { readonly baseUrl: string } }[];
};

type Fact = { readonly type: string; readonly stream: string };

/** Types of the facts of every message, by message. */
async function messageFacts(): Promise<readonly (readonly string[])[]> {
  const facts: Fact[] = [];
  for (let after = '0:0'; ; ) {
    const answer = await fetch(`${program.url}/sandbox/api/timeline/aurora?limit=1000&after=${after}`);
    const page = (await answer.json()) as { events: Fact[]; next: string };
    if (page.events.length === 0) break;
    facts.push(...page.events);
    after = page.next;
  }
  const ofMessages = facts.filter(({ stream }) => stream.startsWith('message/'));
  return [...Map.groupBy(ofMessages, ({ stream }) => stream).values()].map((all) =>
    all.map(({ type }) => type),
  );
}

/** As `messageFacts`, once the provider's answer to the last message is written down. */
async function settledMessageFacts(): Promise<readonly (readonly string[])[]> {
  for await (const _ of worldEvents(program.url, AbortSignal.timeout(patienceMs))) {
    const all = await messageFacts();
    if (all.every((facts) => facts.includes('MessageAccepted'))) return all;
  }
  return await messageFacts();
}

const count = (facts: readonly string[], type: string) => facts.filter((each) => each === type).length;

/** Every intake files four resources. */
async function expectFiled(phone: WebPhone, before: readonly FhirResource[]): Promise<void> {
  await phone.until(isFiled, 'the news that all is filed');
  const known = new Set(before.map(({ id }) => id));
  const filed = (await resources()).filter(({ id }) => !known.has(id));
  expect(filed.map(({ resourceType }) => resourceType).sort()).toEqual([
    'Consent',
    'Coverage',
    'Patient',
    'QuestionnaireResponse',
  ]);
  const heard = await phone.heard();
  expect(heard).toEqual([...new Set(heard)]);
  // The greeting, what follows each answer (the last is the summary), the thanks, what became of it, free times; perhaps that it
  // takes longer.
  expect(heard.length).toBeLessThanOrEqual(answersOf(people.maria).length + 5);
}

test('killed right after the provider took a message', async () => {
  const phone = phoneOf('maria');
  const before = await resources();
  await takeAndHear(phone, greeting, () => killAndStart());
  for (const [at, answer] of answersOf(people.maria).entries()) {
    if (at === 4) await takeAndHear(phone, answer, () => killAndStart('and its database'));
    else if (at === 9) await takeAndHear(phone, answer, () => killAndStart());
    else await takeAndHear(phone, answer);
  }
  await take(phone, confirm);
  await expectFiled(phone, before);
});

test('killed after the provider took a reply, before its answer: the status settles it, nothing is sent twice', async () => {
  const phone = phoneOf('joao');
  const before = await resources();
  await takeAndHear(phone, greeting);
  for (const [at, answer] of answersOf(people.joao).entries()) {
    const inDoubt = at === 2 || at === 6;
    if (inDoubt) await post('/faults', { target: 'meta', fault: 'timeout-after', count: 1 });
    await takeAndHear(phone, answer);
    if (inDoubt) await killAndStart(at === 6 ? 'and its database' : 'alone');
  }
  await take(phone, confirm);
  await expectFiled(phone, before);
  for (const facts of await settledMessageFacts()) {
    // A claim that is proven not to have left may be followed by another (the provider starts beside us); none in doubt may.
    expect(count(facts, 'MessageClaimed')).toBe(1 + count(facts, 'MessageDeferred'));
    expect(facts).toContain('MessageAccepted');
    expect(facts).not.toContain('MessageUnresolved');
  }
});

test('killed between two writes to the practice system, twice', async () => {
  const phone = phoneOf('lucia');
  const before = await resources();
  await takeAndHear(phone, greeting);
  for (const answer of answersOf(people.lucia)) await takeAndHear(phone, answer);
  await killAtWrite('alone', () => take(phone, confirm));
  // What this write did is in doubt: the practice system does it and never says so.
  await killAtWrite('and its database', () => neverAnswer({ method: 'POST', type: 'Bundle' }));
  await expectFiled(phone, before);
});

/** Kills the program when something is written to the practice system. */
async function killAtWrite(
  withDatabase: 'and its database' | 'alone',
  action: () => Promise<void>,
): Promise<void> {
  for await (const event of worldEvents(program.url, AbortSignal.timeout(patienceMs))) {
    if (event.type === 'hello') await action();
    if (event.type === 'pms') return killAndStart(withDatabase);
  }
  throw new Error('nothing was written to the practice system');
}

/** Aurora's practice system does such requests from now on, and never answers them. */
async function neverAnswer(requests: { readonly method: string; readonly type: string }): Promise<void> {
  const { practices } = (await (await fetch(`${program.url}/sandbox/api/world`)).json()) as World;
  const fhirUrl = practices.find(({ id }) => id === 'aurora')?.pms.baseUrl ?? '';
  const answer = await fetch(new URL('/_faults', fhirUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind: 'timeout', when: 'after', ...requests }),
  });
  expect(answer.status).toBe(201);
}

test('told to stop in the middle: it finishes, says 0, takes its database along, and goes on later', async () => {
  const phone = phoneOf('emma');
  const before = await resources();
  await takeAndHear(phone, greeting);
  for (const [at, answer] of answersOf(people.emma).entries()) {
    if (at === 3 || at === 7) await takeAndHear(phone, answer, stopAndStart);
    else await takeAndHear(phone, answer);
  }
  await take(phone, confirm);
  await stopAndStart();
  await expectFiled(phone, before);
});

async function stopAndStart(): Promise<void> {
  expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await databasePid(dataDir)).toBeUndefined();
  program = await start();
}
