import { join } from 'node:path';
import { conversationsFor, touchThreads } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import { compileForm } from '#intake/index.ts';
import { type Aggregate, fold, isRefusal } from '#kernel/decider.ts';
import type { Fact } from '#kernel/event.ts';
import { messageAppends, messageReactions, type NewMessage, templateContent } from '#messages/index.ts';
import { type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createEventStore, type EventStore, type Write } from '#platform/eventstore/store.ts';
import { createLog } from '#platform/log.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { openQueues } from '#platform/queue.ts';
import { checkPractice } from '#practice/index.ts';
import { appointment, appointmentStream } from '#scheduling/index.ts';
import { reminderTap } from '#scheduling/reminder-tap.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { queueDefinitions } from '../src/app/queues.ts';
import { viewsOf } from '../src/app.ts';
import { readPracticeFolder } from '../src/cli/load-practices.ts';
import { examplePractices } from '../src/cli/paths.ts';
import { account, practiceId, type Setting } from './setting.ts';
import { phoneOf } from './webhooks.ts';

/**
 * The morning of `bulk`: patients who said yes to reminders, last wrote two days ago and have a visit tomorrow, and the reminders of those
 * visits. Written through the product's own event store and views, sealed with a key per patient, by a process that works no queue.
 */

export type Reminded = {
  readonly conversationId: string;
  readonly phone: string;
  readonly messageId: string;
  readonly appointmentId: string;
};

export type Morning = {
  readonly people: readonly Reminded[];
  /** Queues everyone's reminder, and the jobs that send them, in one commit: until then the product sees none. Returns when that was. */
  readonly fallDue: () => Promise<number>;
  /** What became of the reminders so far; `at` is a Unix time in milliseconds. */
  readonly progress: (at: number) => Promise<Progress>;
};

export type Progress = {
  /** Not settled yet. */
  readonly open: number;
  /** Settled after `at`. */
  readonly settledAfter: number;
  /** Unix milliseconds of the last that was settled. */
  readonly last: number;
};

/** People whose facts share an append, and of those who come before the morning also a transaction. */
const perBatch = 500;
/** Far from the numbers of the patients who write. */
const firstPhone = 20_000_000;
const dayMs = 86_400_000;

type World = { readonly db: Db; readonly store: EventStore; readonly sealer: Sealer };

export async function openMorning(
  { databaseUrl, env }: Setting,
  count: number,
  defer: (stop: () => Promise<void>) => void,
): Promise<Morning> {
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: 2 });
  defer(db.close);
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${env.VESTIBULE_DATA}/keys.json`) });
  await sealer.preparePractice(practiceId);
  const queues = await openQueues({
    url: databaseUrl,
    definitions: queueDefinitions,
    log: createLog('error'),
    metrics: { count: () => {}, close: async () => {} },
  });
  defer(() => queues.stop(5_000));
  const store = createEventStore({
    sealer,
    views: viewsOf(sealer),
    // Visits that are booked plan nothing here: the reminders fall due by our word.
    reactions: [messageReactions],
    enqueue: queues.enqueue,
  });
  const world = { db, store, sealer };
  const now = Date.now();
  const people: Reminded[] = [];
  for (let n = 0; n < count; n += perBatch)
    people.push(...(await meet(world, n, Math.min(count, n + perBatch), now)));
  const reminder = await reminderOf(now);
  return {
    people,
    fallDue: () => fallDue(world, people, reminder),
    progress: (at) => db.tx(practiceId, (tx) => selectProgress(tx, at)),
  };
}

/** Facts by the product's own rules: what `commands` lead to, one after the other. */
function factsOf<State, Command, Event extends Fact, Refusal extends string>(
  aggregate: Aggregate<State, Command, Event, Refusal>,
  commands: readonly Command[],
): Event[] {
  const facts: Event[] = [];
  for (const command of commands) {
    const decision = aggregate.decide(command, fold(aggregate, facts));
    if (isRefusal(decision)) throw new Error(`refused: ${decision.refused}`);
    facts.push(...decision);
  }
  return facts;
}

const iso = (ms: number) => new Date(ms).toISOString();
const startOfVisit = (now: number) => iso(now + dayMs);

/** Patients `first` to `last`: thread, consent and visit. */
function meet({ db, store, sealer }: World, first: number, last: number, now: number): Promise<Reminded[]> {
  const at = iso(now - 2 * dayMs);
  return db.tx(practiceId, async (tx) => {
    const phones = Array.from({ length: last - first }, (_, i) => phoneOf(firstPhone + first + i));
    const senders = phones.map((phone) => ({ accountId: account.id, user: { phone } }));
    const { conversationIds } = await conversationsFor(tx, sealer, { senders });
    const people = conversationIds.map((conversationId = '', i): Reminded => {
      const id = `bulk-${first + i}`;
      return { conversationId, phone: phones[i] ?? '', messageId: `reminder-${id}`, appointmentId: id };
    });
    lockMailboxes(
      tx,
      people.map(({ conversationId }) => conversationId),
    );
    await touchThreads(
      tx,
      people.map(({ conversationId }) => {
        return { conversationId, channel: 'meta', accountId: account.id, at, now: at };
      }),
    );
    await store.appendAll(
      tx,
      people.map((person) => pastOf(person, at, now)),
    );
    return people;
  });
}

function pastOf({ conversationId, appointmentId }: Reminded, at: string, now: number): Write {
  const matter = { purpose: 'care', channel: 'whatsapp', wording: '1', language: 'pt', at } as const;
  const yes: ConsentEvent[] = factsOf(consent, [
    { type: 'AskOptIn', because: 'first', ...matter },
    { type: 'GiveOptIn', how: 'tapped', externalId: `wamid.${appointmentId}`, ...matter },
  ]);
  const start = startOfVisit(now);
  const slot = { slotId: `slot-${appointmentId}`, scheduleId: 'schedule-1', start };
  const offer = { ...slot, end: iso(Date.parse(start) + 1_800_000) };
  const holdId = `hold-${appointmentId}`;
  const visit = factsOf(appointment, [
    {
      type: 'RequestSlots',
      appointmentId,
      conversationId,
      intakeId: `intake-${appointmentId}`,
      patientId: conversationId,
      visitType: 'consultation',
      search: { from: at, to: offer.end, backwards: false, asked: 'first' },
      at,
    },
    { type: 'RecordSlots', round: 1, slots: [offer], clinicians: { 'schedule-1': 'Dra. Exemplo' }, at },
    { type: 'ChooseSlot', slotId: offer.slotId, holdId, at },
    { type: 'RecordHeld', holdId, expiresAt: iso(Date.parse(at) + 900_000), at },
    { type: 'RequestBooking', at },
    {
      type: 'RecordBooked',
      holdId,
      pmsAppointmentId: `pms-${appointmentId}`,
      pmsPatientId: `pms-${appointmentId}`,
      at,
    },
  ]);
  const own = { expectedVersion: 0, subject: conversationId };
  return {
    appends: [
      { stream: `consent/${conversationId}`, ...own, facts: yes },
      { stream: appointmentStream(appointmentId), ...own, facts: visit },
    ],
    context: { at, actor: 'patient', correlationId: appointmentId, causationId: appointmentId },
  };
}

/** The example practice's reminder of a visit tomorrow, in its template. */
async function reminderOf(now: number): Promise<(person: Reminded) => NewMessage> {
  const checked = checkPractice(await readPracticeFolder(join(examplePractices, 'aurora')), compileForm);
  const template = 'findings' in checked ? undefined : checked.configuration.templates['visit-reminder'];
  if (template === undefined) throw new Error('the example practice has no reminder');
  const start = startOfVisit(now);
  const samples = template.texts.pt?.samples ?? [];
  const values = Object.fromEntries(template.variables.map((variable, i) => [variable, samples[i] ?? '']));
  return ({ messageId, appointmentId }) => {
    const payloads = template.buttons.map((action) => reminderTap(action, appointmentId, start));
    const text = templateContent(template, 'pt', values, payloads);
    if (text === undefined) throw new Error('the example reminder lacks a value');
    return { messageId, purpose: 'reminder', about: { appointmentId, start }, ...text };
  };
}

async function fallDue(
  { db, store }: World,
  people: readonly Reminded[],
  reminder: (person: Reminded) => NewMessage,
): Promise<number> {
  await db.tx(practiceId, async (tx) => {
    lockMailboxes(
      tx,
      people.map(({ conversationId }) => conversationId),
    );
    for (let n = 0; n < people.length; n += perBatch) {
      const at = iso(Date.now());
      const writes = people.slice(n, n + perBatch).map((person): Write => {
        const { conversationId, appointmentId: cause } = person;
        return {
          appends: messageAppends(conversationId, conversationId, [reminder(person)], at),
          context: { at, actor: 'system', correlationId: cause, causationId: cause },
        };
      });
      await store.appendAll(tx, writes);
    }
  });
  return Date.now();
}

async function selectProgress(tx: Tx, at: number): Promise<Progress> {
  const [row] = await tx.query<{ open: number; later: number; last: Date | null }>(
    `select count(*) filter (where state in ('queued', 'claimed', 'unknown'))::int as open,
       count(*) filter (where state not in ('queued', 'claimed', 'unknown') and changed_at > $2)::int as later,
       max(changed_at) filter (where state not in ('queued', 'claimed', 'unknown')) as last
     from views_messages where practice_id = $1 and purpose = 'reminder'`,
    [tx.practiceId, iso(at)],
  );
  return { open: row?.open ?? 0, settledAfter: row?.later ?? 0, last: row?.last?.getTime() ?? Number.NaN };
}
