import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { conversationsFor, readThread, touchThreads } from '#channels/index.ts';
import {
  fileHandoffStep,
  type HandoffContext,
  handoffAppends,
  handoffReactions,
  handoffRoutes,
  handoffStream,
  inboxView,
  type Visit,
} from '#handoff/index.ts';
import { compileForm } from '#intake/index.ts';
import type { Fact } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { messageReactions, messagesView } from '#messages/index.ts';
import { type Batch, type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createEgress } from '#platform/egress.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import { HttpError } from '#platform/http/errors.ts';
import { createHttp, type StaffPrincipal } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { addMail, lockMailboxes } from '#platform/mailbox.ts';
import { openMetrics } from '#platform/metrics.ts';
import { createPms } from '#pms/index.ts';
import { checkPractice } from '#practice/index.ts';
import type { StaffAction, StaffRole } from '#security/contract.ts';
import { createSealer, openKeyProvider, permits, type Sealer } from '#security/index.ts';
import { createTestDatabase } from './db.ts';
import { makeFolder, removeFolder } from './folder.ts';

/** Conversations that need a person, over a database of their own: what patients and staff do, and what comes of it. */

export type TestColleague = { readonly staffId: string; readonly name: string; readonly role: StaffRole };

export const colleagues: readonly TestColleague[] = [
  { staffId: 'ana', name: 'Ana Souza', role: 'front-desk' },
  { staffId: 'bo', name: 'Bo Lima', role: 'front-desk' },
  { staffId: 'mia', name: 'Mia Costa', role: 'manager' },
  { staffId: 'eva', name: 'Eva Reis', role: 'auditor' },
];

export const identifierSystem = 'https://aurora.example/ids';

export type HandoffWorld = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly app: FastifyInstance;
  /** What was written down: who, action, target. */
  readonly audited: { who: string; action: string; target: string | null }[];
  /** Moves the clock; the patient's messages carry its time. */
  readonly wait: (minutes: number) => void;
  readonly at: () => string;
  /** A patient who writes for the first time; returns the conversation. */
  readonly starts: (phone: string, options?: { name?: string; practiceId?: string }) => Promise<string>;
  readonly writes: (conversationId: string, text: string) => Promise<void>;
  readonly handsOver: (conversationId: string, context?: Partial<HandoffContext>) => Promise<void>;
  readonly withdraws: (conversationId: string) => Promise<void>;
  readonly says: (conversationId: string, stream: string, ...facts: readonly Fact[]) => Promise<void>;
  readonly visits: Map<string, Visit[]>;
  /** Runs what the practice system is owed until nothing is; `rounds` where it is never done. */
  readonly files: (rounds?: number) => Promise<void>;
  readonly owed: OwedJob[];
  readonly ask: (who: string, method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>;
  readonly stop: () => Promise<void>;
};

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape; what is not as expected fails it
export type Answer = { readonly status: number; readonly body: any };

const practicesDir = fileURLToPath(new URL('../practices', import.meta.url));

function configurationOf(practiceId: string) {
  const dir = `${practicesDir}/${practiceId}`;
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => /\.(yaml|json)$/.test(name));
  const texts = Object.fromEntries(files.map((name) => [name, readFileSync(`${dir}/${name}`, 'utf8')]));
  const checked = checkPractice(texts, compileForm);
  if ('findings' in checked) throw new Error(JSON.stringify(checked.findings));
  const { practice, routing, templates } = checked.configuration;
  return { settings: practice, routing, templates };
}

const mailContext = (key: Uint8Array) => `mailbox|body|${Buffer.from(key).toString('hex')}`;

/** @param pmsUrl the base of a practice system; nothing is filed where there is none */
export async function handoffWorld(pmsUrl = 'http://127.0.0.1:9/fhir'): Promise<HandoffWorld> {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 25 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${folder}/keys.json`) });
  const practices = new Map(['aurora', 'riverside'].map((id) => [id, configurationOf(id)]));
  for (const id of practices.keys()) await sealer.preparePractice(id);
  let now = Date.parse('2026-11-22T10:00:00.000Z');
  const clock = { now: () => now };
  const at = () => new Date(now).toISOString();
  const owed: OwedJob[] = [];
  const enqueue = async (_tx: Batch, jobs: readonly OwedJob[]) => {
    owed.push(...jobs);
  };
  const store = createEventStore({
    sealer,
    views: [messagesView(sealer), inboxView(sealer)],
    reactions: [messageReactions, handoffReactions],
    enqueue,
  });
  const metrics = await openMetrics(0);
  const openLetter = async (tx: Tx, { key, subject, body }: { key: Buffer; subject: string; body: Buffer }) =>
    JSON.parse((await sealer.open(tx, subject, mailContext(key), body)).toString('utf8'));
  const visits = new Map<string, Visit[]>();
  const shared = { db, store, sealer, clock, openLetter };
  const practiceOf = new Map<string, string>();
  const inPractice = <T>(conversationId: string, work: (tx: Tx) => Promise<T>) =>
    db.tx(practiceOf.get(conversationId) ?? 'aurora', work);

  const audited: HandoffWorld['audited'] = [];
  const app = await createHttp({
    log: createLog('error'),
    apiToken: undefined,
    sandbox: false,
    version: 'test',
    staff: {
      async admit(request, action) {
        const [practiceId = '', staffId = ''] = String(request.headers['x-staff'] ?? '').split('/');
        const person = colleagues.find((each) => each.staffId === staffId);
        if (person === undefined) throw new HttpError('UNAUTHENTICATED');
        const principal: StaffPrincipal = { practiceId, sessionId: 's', ...person };
        // The routes name actions of the closed list.
        if (!permits({ ...person, practiceId }, action as StaffAction)) throw new HttpError('FORBIDDEN');
        return principal;
      },
      async audit(_tx, staff, action, target) {
        audited.push({ who: staff.staffId, action, target });
      },
    },
  });
  handoffRoutes(app, {
    ...shared,
    practice: (practiceId) => practices.get(practiceId),
    staff: async () => colleagues.map((person) => ({ ...person, active: true })),
    // The roles are those of the list above.
    permits: (who, action) => permits({ ...who, role: who.role as StaffRole }, action),
    reasons: ['asked', 'red-flag'],
    panel: async () => ({ name: null, birthDate: '1984-05-03', pmsPatientId: null, answers: [] }),
    visits: async (_tx, conversationId) => visits.get(conversationId) ?? [],
  });

  async function append(
    tx: Tx,
    conversationId: string,
    stream: string,
    facts: readonly Fact[],
    actor: string,
  ) {
    const past = (await store.load(tx, [stream])).get(stream) ?? [];
    await store.append(
      tx,
      [{ stream, expectedVersion: past.length, subject: subjectOf(conversationId), facts }],
      {
        at: at(),
        actor,
        correlationId: 'test',
        causationId: 'test',
      },
    );
  }

  const subjectOf = (conversationId: string) => `patient-${conversationId}`;

  async function changes(conversationId: string, change: Parameters<typeof handoffAppends>[1]['changes']) {
    await inPractice(conversationId, async (tx) => {
      await lockMailboxes(tx, [conversationId]);
      const stream = handoffStream(conversationId);
      const past = (await store.load(tx, [stream])).get(stream) ?? [];
      const subject = subjectOf(conversationId);
      const handed = handoffAppends(past, { conversationId, subject, changes: change, at: at() });
      const context = { at: at(), actor: 'patient', correlationId: 'test', causationId: 'test' };
      if (handed !== undefined) await store.append(tx, [handed], context);
    });
  }

  let serial = 0;
  const world: HandoffWorld = {
    db,
    store,
    sealer,
    app,
    audited,
    visits,
    owed,
    at,
    wait: (minutes) => {
      now += minutes * 60_000;
    },
    async starts(phone, { name, practiceId = 'aurora' } = {}) {
      const account = { accountId: `${practiceId}-wa`, user: { phone } };
      const id = await db.tx(practiceId, async (tx) => {
        const { conversationIds } = await conversationsFor(tx, sealer, { senders: [account] });
        const [conversationId = ''] = conversationIds;
        await lockMailboxes(tx, [conversationId]);
        const { accountId } = account;
        await touchThreads(tx, [{ conversationId, channel: 'meta', accountId, at: at(), now: at() }]);
        return conversationId;
      });
      practiceOf.set(id, practiceId);
      await world.says(
        id,
        `conversation/${id}`,
        { type: 'ConversationStarted', data: { channel: 'meta', accountId: account.accountId, at: at() } },
        { type: 'LanguageChosen', data: { language: 'pt', how: 'tapped', at: at() } },
        { type: 'IntakeOpened', data: { intakeId: `i-${id}`, at: at() } },
      );
      if (name !== undefined)
        await world.says(id, `intake/i-${id}`, {
          type: 'AnswerGiven',
          data: { linkId: 'name', way: 'typed', dropped: [], complete: false, at: at() },
          phi: { answer: { kind: 'name', text: name, given: [] } },
        });
      return id;
    },
    async writes(conversationId, text) {
      await inPractice(conversationId, async (tx) => {
        await lockMailboxes(tx, [conversationId]);
        const thread = await readThread(tx, sealer, conversationId);
        if (thread === undefined) throw new Error('nobody to write');
        await touchThreads(tx, [{ conversationId, ...thread, at: at(), now: at() }]);
        serial += 1;
        const key = sealer.blind(tx.practiceId, 'mail', `test/${serial}`);
        const mail = {
          kind: 'message',
          externalId: `wamid.${serial}`,
          at: at(),
          from: thread.user,
          content: { kind: 'text', text },
        };
        const subject = subjectOf(conversationId);
        const body = await sealer.seal(tx, subject, mailContext(key), Buffer.from(JSON.stringify(mail)));
        await addMail(
          tx,
          [{ mailboxId: conversationId, key, kind: 'message', sentAt: at(), subject, body }],
          at(),
        );
        const read = { type: 'MessagesRead', data: { kinds: ['text'], at: at() } };
        await append(tx, conversationId, `conversation/${conversationId}`, [read], 'patient');
      });
    },
    async handsOver(conversationId, changed = {}) {
      serial += 1;
      const context: HandoffContext = {
        schema: 'handoff-context/1',
        handoffId: `h-${conversationId}-${serial}`,
        conversationId,
        at: at(),
        reason: 'asked',
        priority: 'normal',
        language: 'pt',
        doing: { what: 'step', question: 'Qual é o seu convênio?', misunderstood: 1 },
        patient: { name: 'Maria da Silva', phone: '+5511987654321' },
        lastMessage: 'quero falar com uma pessoa',
        ...changed,
      };
      const { reason, priority } = context;
      await world.says(conversationId, `conversation/${conversationId}`, {
        type: 'HandedOver',
        data: { reason, priority, at: at() },
      });
      await changes(conversationId, [{ context }]);
    },
    withdraws: (conversationId) => changes(conversationId, [{ withdrawn: 'patient' }]),
    says: (conversationId, stream, ...facts) =>
      inPractice(conversationId, async (tx) => {
        await lockMailboxes(tx, [conversationId]);
        await append(tx, conversationId, stream, facts, 'bot');
      }),
    async files(rounds = 20) {
      const egress = createEgress({ timeoutMs: 10_000, maxResponseBytes: 1_000_000, allow: [pmsUrl] });
      const account = {
        practiceId: 'aurora',
        adapter: 'fhir' as const,
        baseUrl: pmsUrl,
        authentication: { kind: 'none' as const },
        identifierSystem,
        timeoutMs: 10_000,
      };
      const pms = createPms(account, egress, clock);
      const run = fileHandoffStep({
        ...shared,
        queues: { enqueue },
        metrics,
        staffNames: async () => new Map(colleagues.map(({ staffId, name }) => [staffId, name])),
        practice: () => ({
          settings: { timeZone: 'America/Sao_Paulo', name: 'Clínica Aurora' },
          identifierSystem,
          resolutionName: (code) => (code === 'answered' ? 'Question answered' : code),
          pms,
        }),
      });
      for (let round = 0; round < rounds; round += 1) {
        const job = owed.findIndex(({ queue }) => queue === 'handoffs');
        const [next] = job === -1 ? [] : owed.splice(job, 1);
        if (next === undefined) return;
        await run({ id: 'job', data: next.data, attempt: 1 });
      }
    },
    async ask(who, method, path, body) {
      const staff = who.includes('/') ? who : `aurora/${who}`;
      const answer = await app.inject({
        method,
        url: path,
        headers: { 'x-staff': staff },
        ...(body === undefined ? {} : { payload: body }),
      });
      return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() };
    },
    async stop() {
      await app.close();
      await metrics.close();
      await db.close();
      await database.drop();
      await removeFolder(folder);
    },
  };
  return world;
}
