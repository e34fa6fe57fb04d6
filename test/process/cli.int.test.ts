import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFolder, removeFolder } from '../folder.ts';
import { databasePid, makeDataFolder, removeDataFolder, run, startProgram } from './program.ts';

const practices = fileURLToPath(new URL('../../practices', import.meta.url));

let folder: string;
let dataDir: string;

beforeAll(async () => {
  folder = await makeFolder();
  dataDir = await makeDataFolder();
});

afterAll(async () => {
  await removeFolder(folder);
  await removeDataFolder(dataDir);
});

describe('used wrongly, it says how and exits with 2', () => {
  test.each([
    [[], 'Usage: vestibule'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['start', '--bogus'], "unknown option '--bogus'"],
    [['start', '--roles', 'web,cook'], 'expected some of web, worker'],
    [['check'], "missing required argument 'dir'"],
    [['replay', 'history'], 'expected one of views, figures'],
    [['check', '/nowhere'], 'expected a folder'],
    [['start', '--practices', '/nowhere'], 'expected a folder'],
    [['demo', '--practice', 'nowhere'], '--practice: expected one of aurora, riverside'],
    [['demo', '--language', 'xx', '--practice', 'x'], '--language: expected one of pt, es, en'],
  ])('vestibule %j', async (args, expected) => {
    const { code, err, out } = await run(args, { env: { VESTIBULE_DATA: dataDir } });
    expect(err).toContain(expected);
    expect(err).not.toContain('    at ');
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

test.each([[[]], [['start']], [['migrate']], [['check']], [['demo']], [['replay']], [['staff']]])(
  'vestibule %j --help',
  async (command) => {
    const { code, out } = await run([...command, '--help']);
    expect(out).toMatch(/^Usage: vestibule/);
    expect(code).toBe(0);
  },
);

describe('check', () => {
  test('finds nothing in the example practices', async () => {
    const said = await run(['check', practices], { env: { PUBLIC_URL: 'https://intake.example' } });
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatch(/^nothing found\n/);
    for (const account of ['aurora/aurora-wa', 'riverside/riverside-wa'])
      expect(said.out).toContain(
        `\n${account}, Meta WhatsApp Cloud API: https://intake.example/webhooks/meta/`,
      );
    expect(said.out).toContain(
      'callback URL https://intake.example/webhooks/meta/aurora-wa and the verify token',
    );
    const { code, out } = await run(['check', '--json', join(practices, 'aurora')], { cwd: '/' });
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      findings: [],
      warnings: [],
      accounts: [{ practice: 'aurora', account: 'aurora-wa', provider: 'meta' }],
    });
    expect(code).toBe(0);
  });

  test('says of each finding the file, the place, what, and an example', async () => {
    const broken = join(folder, 'broken');
    await cp(practices, broken, { recursive: true });
    await change(join(broken, 'aurora', 'practice.yaml'), 'contentMode: open', 'contentMode: wide');
    await change(join(broken, 'riverside', 'channels.yaml'), 'provider: meta', 'provider: pigeon');

    const { code, out } = await run(['check', broken]);
    expect(code).toBe(1);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/aurora\/practice\.yaml: contentMode: .+; example: .+/);
    expect(lines[1]).toMatch(/riverside\/channels\.yaml: accounts\.0\.provider: .+; example: .+/);

    const json = await run(['check', '--json', broken]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toEqual({
      ok: false,
      warnings: [],
      accounts: [],
      findings: ['practice.yaml', 'channels.yaml'].map((file) => ({
        folder: expect.any(String),
        file,
        path: expect.any(String),
        problem: expect.any(String),
        example: expect.any(String),
      })),
    });
  });

  test('explains, for the provider, what is missing, what does not work and what needs care', async () => {
    const other = join(folder, 'other-provider');
    await cp(join(practices, 'riverside'), other, { recursive: true });
    await change(join(other, 'practice.yaml'), 'contentMode: minimal', 'contentMode: open');
    const account = {
      id: 'desk',
      provider: 'twilio',
      displayPhone: '+1 202 555 0100',
      accountSid: 'clinic',
      apiKey: 'env:TWILIO_KEY',
      apiSecret: 'env:TWILIO_SECRET',
      authTokens: ['env:TWILIO_TOKEN'],
    };
    const write = (value: object) =>
      writeFile(join(other, 'channels.yaml'), JSON.stringify({ accounts: [value] }));
    await write(account);
    const missing = await run(['check', other]);
    expect(missing.code).toBe(1);
    expect(missing.out).toContain('accounts.0.sender: ');
    expect(missing.out).toContain('(the WhatsApp number: digits with country code, no plus)');

    await write({ ...account, sender: '12025550100' });
    const { code, out } = await run(['check', '--json', other]);
    const { ok, findings, warnings, accounts } = JSON.parse(out);
    expect([code, ok]).toEqual([1, false]);
    const paths = (list: readonly { path: string }[]) => [...new Set(list.map(({ path }) => path))];
    expect(paths(findings)).toEqual(['accounts.0.accountSid', 'accounts.0.templates']);
    expect(paths(warnings)).toEqual(['accounts.0.questions', 'accounts.0.provider']);
    expect(warnings.at(-1).problem).toContain('HIPAA BAA');
    expect(accounts[0].references).toEqual(['env:TWILIO_SECRET', 'env:TWILIO_TOKEN', 'env:TWILIO_KEY']);
    expect(accounts[0].steps[0]).toContain('/webhooks/twilio/desk#rc=5&rp=ct,rt,5xx');
    const env = { TWILIO_KEY: 'not a SID', TWILIO_SECRET: 'hunter2', TWILIO_TOKEN: '' };
    const looked = await run(['check', '--references', other], { env });
    expect(looked.out).toContain('accounts.0.apiKey: expected the SID of an API key');
    expect(looked.out).toContain('refers to the environment variable TWILIO_TOKEN, which is not there');
    for (const secret of ['not a SID', 'hunter2']) expect(looked.out).not.toContain(secret);
  });

  test('finds a folder without practices', async () => {
    const { code, out } = await run(['check', dirname(practices)]);
    expect(code).toBe(1);
    expect(out).toContain('practice.yaml');
  });
});

/** Replaces what is there; a test that changed nothing would prove nothing. */
async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

describe('start refuses', () => {
  test('wrong settings, all at once and without their values', async () => {
    const secret = 'mysql://user:hunter2@db.example/x';
    const env = { PORT: '70000', DATABASE_URL: secret, LOG_LEVEL: 'shout', VESTIBULE_API_TOKEN: 'short' };
    const { code, err } = await run(['start'], { env: { ...env, VESTIBULE_DATA: join(folder, 'never') } });
    expect(code).toBe(2);
    for (const name of Object.keys(env)) expect(err).toContain(`${name}: `);
    for (const value of Object.values(env)) expect(err).not.toContain(value);
    expect(await readdir(folder)).not.toContain('never');
  });

  test('production without keys, practices and https', async () => {
    const { code, err } = await run(['start'], { env: { NODE_ENV: 'production' } });
    expect(code).toBe(2);
    for (const name of ['VESTIBULE_KEYS', 'VESTIBULE_PRACTICES', 'PUBLIC_URL'])
      expect(err).toContain(`${name}: `);
  });

  const production = () => ({
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://intake.example',
    VESTIBULE_KEYS: `file:${join(folder, 'keys.json')}`,
    VESTIBULE_DATA: join(folder, 'production'),
    PORT: '0',
  });

  test('the sandbox in production', async () => {
    const { code, err } = await run(['start', '--sandbox', '--practices', practices], { env: production() });
    expect(err).toContain('--sandbox: ');
    expect(code).toBe(2);
  });

  test('generated keys and the accounts of a sandbox in production', async () => {
    const one = (practice: string) => ({
      [`${practice}_META_PHONE_NUMBER_ID`]: '100000000000001',
      [`${practice}_META_WABA_ID`]: '200000000000002',
      [`${practice}_META_URL`]: 'http://127.0.0.1:8091',
      [`${practice}_META_APP_SECRET`]: '0123456789abcdef0123456789abcdef',
      [`${practice}_META_VERIFY_TOKEN`]: 'a-verify-token-of-a-test',
      [`${practice}_META_ACCESS_TOKEN`]: 'an-access-token-of-a-test',
      [`${practice}_FHIR_URL`]: 'http://fhir.example/r4',
      [`${practice}_FHIR_TOKEN`]: 'a-token-of-a-test',
    });
    const { code, err } = await run(['start', '--practices', practices], {
      env: { ...production(), ...one('AURORA'), ...one('RIVERSIDE') },
    });
    expect(err).toContain('VESTIBULE_KEYS: ');
    expect(err).toContain('aurora channels.yaml accounts.aurora-wa.baseUrl: ');
    expect(err).toContain('riverside pms.yaml baseUrl: ');
    expect(err).not.toContain('http://');
    expect(code).toBe(2);
  });

  test('practices whose secrets are not there', async () => {
    const { code, err } = await run(['start', '--practices', practices], {
      env: { VESTIBULE_DATA: join(folder, 'never') },
    });
    expect(err).toMatch(/aurora\/channels\.yaml: .+AURORA_META_ACCESS_TOKEN, which is not there; example: /);
    expect(code).toBe(2);
    expect(await readdir(folder)).not.toContain('never');
  });

  test('a port that is taken, and leaves no database behind', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      const { code, err } = await run(['start'], {
        env: { PORT: String(port), METRICS_PORT: String(port), VESTIBULE_DATA: dataDir },
      });
      expect(err).toContain(`PORT: ${port} is in use`);
      expect(err).toContain(`METRICS_PORT: ${port} is in use`);
      expect(code).toBe(2);
      expect(await databasePid(dataDir)).toBeUndefined();
    } finally {
      taken.close();
    }
  });

  test('a database that does not answer, without its password', async () => {
    const { code, err } = await run(['migrate'], {
      env: { DATABASE_URL: 'postgres://vestibule:hunter2@127.0.0.1:1/vestibule' },
    });
    expect(err).toContain('ECONNREFUSED');
    expect(err).not.toContain('hunter2');
    expect(code).toBe(1);
  });
});

test('migrate may be repeated, and stops the database that it started', async () => {
  const env = { VESTIBULE_DATA: dataDir };
  expect(await run(['migrate'], { env })).toEqual({ code: 0, out: 'the database is up to date\n', err: '' });
  expect(await run(['migrate', '--json'], { env })).toEqual({ code: 0, out: '{"ok":true}\n', err: '' });
  expect(await databasePid(dataDir)).toBeUndefined();
});

describe('demo', () => {
  /** Settings that a shell may hold and that are none of a demo's business. */
  const busy = {
    NODE_ENV: 'production',
    PORT: '1',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x',
    HOME: '/nowhere',
  };

  const demo = async (...args: string[]) => {
    const temporary = await makeFolder();
    const { code, out, err } = await run(['demo', ...args], {
      env: { ...busy, TMPDIR: temporary },
      cwd: '/',
    });
    expect(err).toBe('');
    expect(code).toBe(0);
    expect((await readdir(temporary)).filter((name) => name.startsWith('vestibule-demo-'))).toEqual([]);
    await removeFolder(temporary);
    return out;
  };

  /** What stands in the timeline when the whole way was walked, in this order. */
  const wholeWay = [
    'IntakeFiled',
    'AppointmentBooked',
    'ReminderSent',
    'AppointmentMoved',
    'HandedOver',
    'HandoffTaken',
    'StaffReplied',
    'HandoffResolved',
    'HandedBack',
  ];

  test.each(['es', 'en'])(
    'in %s: intake, booking, reminder, another time, a person, and back to the assistant',
    async (tag) => {
      const walk = JSON.parse(await demo('--json', '--language', tag));
      expect(Object.keys(walk)).toEqual(['ok', 'transcript', 'resources', 'events']);
      expect(walk.ok).toBe(true);
      const types = new Set(walk.resources.map((reference: string) => reference.split('/')[0]));
      expect([...types].sort()).toEqual([
        'Appointment',
        'Communication',
        'Consent',
        'Coverage',
        'Patient',
        'QuestionnaireResponse',
        'Task',
      ]);
      expect(walk.transcript[0]).toMatchObject({ side: 'patient', kind: 'text' });
      expect(walk.transcript.at(-1)).toMatchObject({ side: 'practice' });
      const events = walk.events.map(({ type }: { type: string }) => type);
      expect(events.filter((type: string) => wholeWay.includes(type))).toEqual(wholeWay);
    },
  );

  test('in pt, for people: by section, with what lies in the practice system', async () => {
    const text = await demo();
    for (const title of ['Intake', 'Booking', 'The reminder', 'A member of staff answers'])
      expect(text).toContain(`── ${title} ─`);
    expect(text).toMatch(/\[Confirmar\] \[Remarcar\] \[Cancelar\]/);
    expect(text).toMatch(/^ {2}Appointment\/\S+: booked, \d{4}-\d\d-\d\d \d\d:\d\d$/m);
    expect(text).toContain('Done: Intake · Booking · The reminder');
  });

  test('at the clinic that keeps clinical content off the chat: a person takes over, and hands back', async () => {
    const text = await demo('--practice', 'riverside', '--language', 'en');
    expect(text).toContain('Riverside Family Clinic');
    expect(text).toMatch(/^Done: .+ · A member of staff answers$/m);
  });
});

test('a Node that is too old starts the one of the package, and takes it along when it goes', async () => {
  // What an older Node would do, on ours: the file decides by the version that it is told.
  const old = join(folder, 'old-node.mjs');
  await writeFile(
    old,
    `Object.defineProperty(process.versions, 'node', { value: '20.0.0' });
     process.argv.splice(1, 1);
     await import(process.argv[1]);`,
  );
  const wrapped = { nodeArgs: [old], env: { PORT: '0', VESTIBULE_DATA: dataDir } };
  expect(await run(['--version'], wrapped)).toMatchObject({ code: 0, err: '' });
  expect(await run(['nonsense'], wrapped)).toMatchObject({ code: 2 });
  const program = await startProgram(wrapped);
  expect((await fetch(`${program.url}/health/live`)).status).toBe(200);
  expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(await databasePid(dataDir)).toBeUndefined();
});
