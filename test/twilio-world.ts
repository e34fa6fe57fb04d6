import {
  accountsOf,
  createAsking,
  createDeliveryStore,
  eachDelivery,
  ingestQueue,
  webhookRoutes,
} from '#channels/index.ts';
import {
  type ConversationDeps,
  conversationReactions,
  type FilledGaps,
  filledGaps,
  inboundLook,
  parseDelivery,
  takeTurnJob,
  turnsQueue,
} from '#conversation/index.ts';
import { intakeReactions } from '#intake/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import {
  askUnderway,
  bulkSendsQueue,
  expireMessages,
  lookUp,
  lookupsQueue,
  messageAppends,
  messageReactions,
  type NewMessage,
  sendNext,
  sendsQueue,
} from '#messages/index.ts';
import { openDb } from '#platform/db/db.ts';
import { createEgress } from '#platform/egress.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createHttp } from '#platform/http/server.ts';
import type { JobHandler } from '#platform/job.ts';
import { createLog } from '#platform/log.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { startTwilio, type Twilio, type User } from '../sandbox/twilio/index.ts';
import { inboundParams } from '../sandbox/twilio/params.ts';
import { signatureOf } from '../sandbox/twilio/signature.ts';
import { viewsOf } from '../src/app.ts';
import { aurora, auroraIntake } from '../src/conversation/testdata/dialogue.ts';
import { createTestDatabase } from './db.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { freePort } from './ports.ts';

/**
 * A practice at Twilio: the product's receiving, answering, sending and asking on a real database and over real sockets, with a clock
 * of the test's own and queues whose jobs run when the test says so.
 */
export type TwilioWorld = {
  readonly twilio: Twilio;
  /** The patient writes; the webhook is delivered, unless the simulator was told to lose it. Gives back the provider's id. */
  readonly says: (text: string) => Promise<string>;
  /** Delivers the webhook of a message that was lost. */
  readonly deliverLate: (sid: string) => Promise<number>;
  /** A member of staff says something in the patient's conversation. */
  readonly tell: (messageId: string, text: string) => Promise<void>;
  /** Does all work that is due, until there is none. */
  readonly work: () => Promise<void>;
  /** Time passes, and the work that falls due is done in its order. */
  readonly pass: (seconds: number) => Promise<void>;
  /** Looks at the list of what came in. @param isStarting as a process does that has just started */
  readonly look: (isStarting?: boolean) => Promise<void>;
  /** Has Twilio asked about what is long on its way, and gives up what never arrived. */
  readonly sweep: () => Promise<void>;
  /** What staff are told of messages that only the list brought within so many minutes. */
  readonly gaps: (minutes: number) => Promise<FilledGaps | undefined>;
  /** What the read table says of a message of ours. */
  readonly fateOf: (messageId: string) => Promise<{ state: string; status: string | null } | undefined>;
  readonly counted: (metric: string, labels?: Readonly<Record<string, string>>) => number;
  readonly query: <R extends object>(sql: string, values?: readonly unknown[]) => Promise<R[]>;
  readonly close: () => Promise<void>;
};

const practiceId = aurora.id;
const sender = '12025550100';
const patient: User = { phone: '12025550143', userId: 'US.48213306590127745521', name: 'Ana Example' };
const secrets = { accountSid: 'AC1', apiKey: 'SK1', apiSecret: 'fixture-api-secret' };
const start = Date.UTC(2026, 10, 23, 12, 0, 0);

type Waiting = { readonly job: OwedJob; readonly dueMs: number };

export async function openTwilioWorld(): Promise<TwilioWorld> {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 6 });
  const ingestDb = openDb({ url: database.url, role: 'vestibule_ingest', maxConnections: 3 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${folder}/keys.json`) });
  await sealer.preparePractice(practiceId);
  let nowMs = start;
  const clock = { now: () => nowMs };
  const counts = new Map<string, number>();
  const metrics = {
    count(name: string, labels: object = {}, by = 1) {
      for (const [key, value] of [['', ''], ...Object.entries(labels)])
        counts.set(`${name}/${key}/${value}`, (counts.get(`${name}/${key}/${value}`) ?? 0) + by);
    },
    close: async () => undefined,
  };
  const log = createLog('silent');
  let waiting: readonly Waiting[] = [];
  const queues: ConversationDeps['queues'] = {
    // As the queue with one waiting job per key does.
    enqueue: async (tx, jobs) =>
      tx.afterCommit(() => {
        for (const job of jobs) {
          const isThere =
            job.key !== undefined &&
            waiting.some((each) => each.job.queue === job.queue && each.job.key === job.key);
          if (!isThere) waiting = [...waiting, { job, dueMs: nowMs + (job.afterSeconds ?? 0) * 1000 }];
        }
      }),
  };
  const store = createEventStore({
    sealer,
    views: viewsOf(sealer),
    reactions: [messageReactions, intakeReactions, conversationReactions],
    enqueue: queues.enqueue,
  });
  const practice = () => ({ settings: aurora, form: auroraIntake, scheduling: undefined });
  const deps: ConversationDeps = {
    db,
    store,
    sealer,
    queues,
    clock,
    metrics,
    practice,
    calendarUrl: () => '',
  };

  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const webhookUrl = `${publicUrl}/webhooks/twilio/front-desk`;
  const account = {
    ...secrets,
    authToken: 'fixture-auth-token',
    senders: [{ number: sender, webhookUrl: `${webhookUrl}#rc=0` }],
    contents: [],
    users: [patient],
  };
  const twilio = await startTwilio({ accounts: [account], clock });
  const accounts = accountsOf([
    {
      practiceId,
      id: 'front-desk',
      channel: 'twilio',
      config: {
        practiceId,
        id: 'front-desk',
        ...secrets,
        authTokens: [account.authToken],
        sender,
        baseUrl: twilio.url,
        messagingUrl: twilio.url,
        statusCallbackUrl: webhookUrl,
        templates: [],
        questions: [],
        typing: false,
      },
    },
  ]);
  const deliveries = createDeliveryStore({ db: ingestDb, sealer, queues, clock, metrics });
  const app = await createHttp({ log, apiToken: undefined, sandbox: false, version: '1.2.3' });
  webhookRoutes(app, { accounts, deliveries, metrics, publicUrl, log, clock });
  await app.listen({ port, host: '127.0.0.1' });
  const egress = createEgress({ timeoutMs: 10_000, maxResponseBytes: 4 * 1024 * 1024, allow: [twilio.url] });
  const asking = createAsking({ egress, clock });
  const send = sendNext({
    ...deps,
    accounts,
    egress,
    contentMode: () => aurora.contentMode,
    isCurrent: async () => true,
    maybeStopped: async () => false,
  });
  const handlers = new Map<string, JobHandler>([
    [ingestQueue, eachDelivery(parseDelivery({ ...deps, accounts, deliveries }), deps)],
    [turnsQueue, takeTurnJob(deps)],
    [sendsQueue, send],
    [bulkSendsQueue, send],
    [lookupsQueue, lookUp({ ...deps, accounts, asking })],
  ]);
  const askForUnderway = askUnderway({ ...deps, accounts });
  const lookAt = inboundLook({ ...deps, accounts, asking, log });

  /** Does all work that is due, what it brings about as well. */
  async function work(): Promise<void> {
    for (;;) {
      await twilio.idle();
      const due = waiting.filter(({ dueMs }) => dueMs <= nowMs);
      if (due.length === 0) return;
      waiting = waiting.filter((each) => !due.includes(each));
      for (const { job } of due) await handlers.get(job.queue)?.({ id: 'job', attempt: 1, data: job.data });
    }
  }

  async function pass(seconds: number): Promise<void> {
    const end = nowMs + seconds * 1000;
    for (;;) {
      await work();
      const next = Math.min(...waiting.map(({ dueMs }) => dueMs));
      if (next > end) break;
      nowMs = Math.max(nowMs, next);
    }
    nowMs = end;
  }

  const query: TwilioWorld['query'] = (sql, values = []) =>
    db.tx(practiceId, (tx) => tx.query(sql, [...values]));

  async function conversationId(): Promise<string> {
    const [row] = await query<{ id: string }>('select conversation_id as id from channel_threads');
    if (row === undefined) throw new Error('nobody has written yet');
    return row.id;
  }

  return {
    twilio,
    async says(text) {
      const sid = twilio.receive(account, patient, sender, { Body: text });
      await twilio.idle();
      return sid;
    },
    async deliverLate(sid) {
      const message = twilio.messages.find((each) => each.sid === sid);
      if (message === undefined) throw new Error('Twilio has no such message');
      const params = inboundParams(message, patient, account, { Body: message.body });
      const response = await fetch(webhookUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-twilio-signature': signatureOf(account.authToken, webhookUrl, params),
        },
        body: new URLSearchParams(params.map(([name, value]) => [name, value])).toString(),
      });
      return response.status;
    },
    async tell(messageId, text) {
      const conversation = await conversationId();
      const message: NewMessage = {
        messageId,
        purpose: 'staff',
        dataClass: 'none',
        content: { kind: 'text', text },
      };
      const at = new Date(nowMs).toISOString();
      await db.tx(practiceId, async (tx) => {
        await lockMailbox(tx, conversation);
        const context = { at, actor: 's1', correlationId: messageId, causationId: messageId };
        await store.append(tx, messageAppends(conversation, 'practice', [message], at), context);
      });
    },
    work,
    pass,
    async look(isStarting = false) {
      await lookAt(isStarting);
      await work();
    },
    async sweep() {
      await db.tx(practiceId, async (tx) => {
        await askForUnderway(tx);
        await expireMessages(tx, { ...deps, accounts });
      });
      await work();
    },
    gaps: (minutes) =>
      db.tx(practiceId, (tx) => filledGaps(tx, new Date(nowMs - minutes * 60_000).toISOString())),
    async fateOf(messageId) {
      const [row] = await query<{ state: string; status: string | null }>(
        'select state, status from views_messages where message_id = $1',
        [messageId],
      );
      return row;
    },
    counted(metric, labels = {}) {
      const [[key, value] = ['', '']] = Object.entries(labels);
      return counts.get(`${metric}/${key}/${value}`) ?? 0;
    },
    query,
    async close() {
      await twilio.stop();
      await app.close();
      await ingestDb.close();
      await db.close();
      await database.drop();
      await removeFolder(folder);
    },
  };
}
