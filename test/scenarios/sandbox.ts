import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#platform/log.ts';
import type { PhoneContent, PhoneState } from '../../sandbox/phone/index.ts';
import { type FhirResource, readPms } from '../../sandbox/world/index.ts';
import { examplePractices } from '../../src/cli/paths.ts';
import { type Sandbox, startSandbox } from '../../src/cli/sandbox.ts';
import { readConfig } from '../../src/config.ts';
import { createTestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';

/** The whole product in its sandbox world, in this process, on a database of its own. */
export type TestSandbox = {
  readonly sandbox: Sandbox;
  /** The folder of the sandbox's files. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Every line that was logged, as written. */
  readonly logged: () => string;
  /** One patient at one practice. */
  readonly patient: (patientId: string, practiceId?: string) => TestPatient;
  readonly resources: (practiceId?: string) => Promise<readonly FhirResource[]>;
  readonly timeline: (practiceId?: string) => Promise<readonly TimelineEvent[]>;
  readonly stop: () => Promise<void>;
};

export type TimelineEvent = {
  readonly type: string;
  readonly stream: string;
  readonly data: Record<string, unknown>;
};

export type TestPatient = {
  /** Sends, and waits until the practice has answered. Returns what it said since, joined by line breaks. */
  readonly says: (text: string) => Promise<string>;
  readonly sends: (content: PhoneContent) => Promise<string>;
  /** Taps the choice with this title in the newest message that offers it. */
  readonly taps: (title: string) => Promise<string>;
  /** Sends without waiting for an answer. */
  readonly mutters: (content: PhoneContent) => void;
  readonly chat: () => PhoneState;
  /** Waits until the chat is as wanted. */
  readonly until: (wanted: (state: PhoneState) => boolean, what: string) => Promise<PhoneState>;
};

/** Milliseconds of real time until a wait is given up; generous, for a busy machine. */
const patienceMs = 30_000;

export async function startTestSandbox(
  options: { readonly env?: Record<string, string> } = {},
): Promise<TestSandbox> {
  const database = await createTestDatabase();
  const dataDir = await makeFolder();
  let lines = '';
  const write = (line: string) => {
    lines += line;
  };
  const log = createLog('debug', { write });
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    METRICS_PORT: '0',
    DATABASE_URL: database.url,
    VESTIBULE_DATA: dataDir,
    ...options.env,
  });
  const sandbox = await startSandbox({ config, practicesDir: examplePractices, log });
  return {
    sandbox,
    dataDir,
    databaseUrl: database.url,
    logged: () => lines,
    patient: (patientId, practiceId = 'aurora') => testPatient(sandbox, patientId, practiceId),
    resources: (practiceId = 'aurora') => readPms({ baseUrl: sandbox.world.pmsUrl(practiceId) ?? '' }),
    timeline: (practiceId = 'aurora') => readTimeline(sandbox, practiceId),
    async stop() {
      await sandbox.stop();
      await database.drop();
      await removeFolder(dataDir);
    },
  };
}

/** The secrets that the sandbox made up for an account. */
export function credentialsOf(dataDir: string, accountId: string): Record<string, string> {
  return JSON.parse(readFileSync(join(dataDir, 'sandbox', 'credentials.json'), 'utf8'))[accountId];
}

async function readTimeline({ url, apiToken }: Sandbox, practice: string): Promise<readonly TimelineEvent[]> {
  const events: TimelineEvent[] = [];
  let after = '0:0';
  for (;;) {
    const query = new URLSearchParams({ practice, after, limit: '1000' });
    const response = await fetch(`${url}/api/timeline?${query}`, {
      headers: { authorization: `Bearer ${apiToken}` },
    });
    const page = (await response.json()) as { events: TimelineEvent[]; next: string };
    if (page.events.length === 0) return events;
    events.push(...page.events);
    after = page.next;
  }
}

const practiceSide = (state: PhoneState) => state.messages.filter((message) => message.side === 'practice');

function testPatient(sandbox: Sandbox, patientId: string, practiceId: string): TestPatient {
  const { phone } = sandbox.world;
  const account = sandbox.accountOf(practiceId);
  if (account === undefined) throw new Error(`no account of ${practiceId}`);
  const chat = () => phone.chat(patientId, account);

  function until(wanted: (state: PhoneState) => boolean, what: string): Promise<PhoneState> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        phone.events.off('change', look);
        const said = practiceSide(chat()).at(-1)?.text ?? 'nothing';
        reject(new Error(`waited in vain for ${what}; the practice said last: ${said}`));
      }, patienceMs);
      function look() {
        const state = chat();
        if (!wanted(state)) return;
        clearTimeout(timer);
        phone.events.off('change', look);
        resolve(state);
      }
      phone.events.on('change', look);
      look();
    });
  }

  async function sends(content: PhoneContent): Promise<string> {
    const before = practiceSide(chat()).length;
    phone.send(patientId, account as string, content);
    const state = await until((now) => practiceSide(now).length > before, 'an answer');
    return practiceSide(state)
      .slice(before)
      .map((message) => message.text ?? `(${message.kind})`)
      .join('\n');
  }

  function tap(title: string): PhoneContent {
    for (const message of practiceSide(chat()).toReversed()) {
      const rows = message.list?.sections.flatMap((section) => section.rows) ?? [];
      const choice = [...(message.buttons ?? []), ...rows].find((one) => one.title === title);
      if (choice !== undefined) return { kind: 'tap', messageId: message.id, choiceId: choice.id };
    }
    throw new Error(`no message offers "${title}"`);
  }

  return {
    chat,
    until,
    sends,
    says: (text) => sends({ kind: 'text', text }),
    taps: async (title) => await sends(tap(title)),
    mutters: (content) => void phone.send(patientId, account, content),
  };
}
