import { createHash } from 'node:crypto';
import type { StoredEvent } from '#kernel/event.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import { microsOf, sealable } from '#platform/eventstore/seal.ts';
import type { Sealer } from '#security/index.ts';
import { newRow, type Row, rowAfter } from '../src/handoff/row.ts';
import { upsertRows, wordHashes } from '../src/handoff/views.ts';

/**
 * Conversations in bulk, as months of use would leave them: threads, sealed letters, messages, facts, and the inbox's rows folded from
 * those very facts. Written by a handful of statements per thousand, because walking each would take hours.
 */

export type Seed = {
  readonly practiceId: string;
  readonly accountId: string;
  readonly conversations: number;
  /** The first so many are long: this many messages each way. */
  readonly long: { readonly conversations: number; readonly messages: number };
  /** Staff who have some of them. */
  readonly staffIds: readonly string[];
  readonly now: number;
};

const given = ['Maria', 'João', 'Ana', 'José', 'Paula', 'Pedro', 'Lúcia', 'Rafael', 'Clara', 'Tiago'];
const family = ['Silva', 'Souza', 'Lima', 'Costa', 'Rocha', 'Alves', 'Prado', 'Reis', 'Dias', 'Nunes'];

export const conversationIdOf = (n: number) => `seed-${String(n).padStart(6, '0')}`;
export const phoneOf = (n: number) => `55119${60_000_000 + n}`;
/** The last word is one that nobody else has: what a search for one patient looks like. */
export const nameOf = (n: number) =>
  `${given[n % given.length]} ${family[Math.floor(n / given.length) % family.length]} ${uniqueWordOf(n)}`;
export const uniqueWordOf = (n: number) =>
  `Q${[...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;

/** Patients share keys here: making a key is three statements, which is not what is measured. */
const patientsPerKey = 50;
const subjectOf = (n: number) => `patient-${n % Math.max(1, Math.floor(100_000 / patientsPerKey))}`;

/** Conversations written by one transaction. */
const batch = 1_000;

export async function seedInbox(db: Db, sealer: Sealer, seed: Seed): Promise<void> {
  for (let first = 0; first < seed.conversations; first += batch) {
    const last = Math.min(seed.conversations, first + batch);
    await db.tx(seed.practiceId, (tx) => seedBatch(tx, sealer, seed, first, last));
  }
}

type Letter = { id: string; key: Buffer; at: string; subject: string; body: Buffer };
type Told = {
  stream: string;
  version: number;
  type: string;
  data: object;
  phi?: unknown;
  subject: string;
  at: string;
};

async function seedBatch(tx: Tx, sealer: Sealer, seed: Seed, first: number, last: number): Promise<void> {
  const letters: Letter[] = [];
  const facts: Told[] = [];
  const rows: Row[] = [];
  const words: { word: Buffer; conversationId: string }[] = [];
  for (let n = first; n < last; n += 1) {
    const told = factsOf(seed, n);
    facts.push(...told);
    rows.push(rowOf(conversationIdOf(n), told));
    for (const word of wordHashes(sealer, seed.practiceId, nameOf(n)))
      words.push({ word, conversationId: conversationIdOf(n) });
    letters.push(...(await lettersOf(tx, sealer, seed, n)));
  }
  await insertThreads(tx, sealer, seed, first, last);
  await insertLetters(tx, letters);
  await insertFacts(tx, sealer, facts);
  await upsertRows(tx, rows);
  await insertWords(tx, words);
}

/** Minutes between two messages of a conversation. */
const pace = 2;

function startOf(seed: Seed, n: number): number {
  // Spread over the last months; the first ones, which staff have, are of today.
  return seed.now - (n < 5_000 ? 20 * 3_600_000 : 86_400_000 + n * 60_000) - (n % 60) * 1_000;
}

const messagesOf = (seed: Seed, n: number) => (n < seed.long.conversations ? seed.long.messages : 1);

const timeOf = (seed: Seed, n: number, i: number) =>
  new Date(startOf(seed, n) + i * pace * 60_000).toISOString();

type Stage = 'bot' | 'waiting' | 'taken' | 'resolved';

/** 2 % wait for a person, half a percent are with one, every tenth was resolved. */
function stageOf(n: number): Stage {
  if (n < 2_000) return 'waiting';
  if (n < 2_500) return 'taken';
  return n % 10 === 0 ? 'resolved' : 'bot';
}

function factsOf(seed: Seed, n: number): Told[] {
  const id = conversationIdOf(n);
  const subject = subjectOf(n);
  const versions = new Map<string, number>();
  const told: Told[] = [];
  const tell = (stream: string, type: string, at: string, data: object, phi?: unknown) => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    told.push({
      stream,
      version,
      type,
      data: { ...data, at },
      subject,
      at,
      ...(phi === undefined ? {} : { phi }),
    });
  };
  const begin = timeOf(seed, n, 0);
  const conversation = `conversation/${id}`;
  tell(conversation, 'ConversationStarted', begin, { channel: 'meta', accountId: seed.accountId });
  tell(conversation, 'LanguageChosen', begin, { language: ['pt', 'es', 'en'][n % 3], how: 'tapped' });
  tell(conversation, 'IntakeOpened', begin, { intakeId: `i-${id}` });
  tell(
    `intake/i-${id}`,
    'AnswerGiven',
    begin,
    { linkId: 'name', way: 'typed', dropped: [], complete: false },
    { answer: { kind: 'name', text: nameOf(n), given: [given[n % given.length]] } },
  );
  const messages = messagesOf(seed, n);
  const stage = stageOf(n);
  for (let i = 0; i < messages; i += 1) {
    const at = timeOf(seed, n, i);
    tell(conversation, 'MessagesRead', at, { kinds: ['text'] });
    tell(
      `message/${id}.${i}`,
      'MessageQueued',
      at,
      { conversationId: id, purpose: 'reply', dataClass: 'none', kind: 'text' },
      { content: { kind: 'text', text: `Obrigado. Pergunta número ${i}?` } },
    );
    if (i === Math.max(0, messages - 2) && stage !== 'bot') handOver(seed, n, at, tell);
  }
  return told;
}

type Tell = (stream: string, type: string, at: string, data: object, phi?: unknown) => void;

function handOver(seed: Seed, n: number, at: string, tell: Tell): void {
  const id = conversationIdOf(n);
  const reason = ['asked', 'three-misunderstandings', 'red-flag'][n % 3] ?? 'asked';
  const priority = n % 100 === 2 ? 'top' : 'normal';
  const stage = stageOf(n);
  const handoffId = `h-${id}`;
  const context = {
    schema: 'handoff-context/1',
    handoffId,
    conversationId: id,
    at,
    reason,
    priority,
    language: 'pt',
    doing: { what: 'step', question: 'Qual é o seu convênio?', misunderstood: 0 },
    patient: { name: nameOf(n), phone: `+${phoneOf(n)}` },
    lastMessage: 'quero falar com uma pessoa',
  };
  tell(`conversation/${id}`, 'HandedOver', at, { reason, priority });
  tell(`handoff/${id}`, 'HandoffOpened', at, { handoffId, reason, priority, language: 'pt' }, { context });
  if (stage === 'waiting') return;
  const staffId = seed.staffIds[n % seed.staffIds.length] ?? '';
  const until = new Date(seed.now + 3_600_000).toISOString();
  tell(`handoff/${id}`, 'HandoffTaken', at, { staffId, token: 1, until, how: 'waiting' });
  if (stage === 'resolved')
    tell(`handoff/${id}`, 'HandoffResolved', at, { staffId, token: 1, code: 'answered', resume: false });
}

function rowOf(conversationId: string, told: readonly Told[]): Row {
  const events = told as unknown as readonly StoredEvent[]; // what a row is folded from is in them
  const first = newRow(conversationId, told[0]?.at ?? '');
  return events.reduce(rowAfter, first);
}

async function lettersOf(tx: Tx, sealer: Sealer, seed: Seed, n: number): Promise<Letter[]> {
  const letters: Letter[] = [];
  const subject = subjectOf(n);
  for (let i = 0; i < messagesOf(seed, n); i += 1) {
    const at = timeOf(seed, n, i);
    const key = createHash('sha256').update(`seed/${n}/${i}`).digest();
    const mail = {
      kind: 'message',
      externalId: `wamid.seed.${n}.${i}`,
      at,
      from: { phone: phoneOf(n) },
      content: { kind: 'text', text: `Bom dia, esta é a minha mensagem número ${i}.` },
    };
    const context = `mailbox|body|${key.toString('hex')}`;
    const body = await sealer.seal(tx, subject, context, Buffer.from(JSON.stringify(mail)));
    letters.push({ id: conversationIdOf(n), key, at, subject, body });
  }
  return letters;
}

async function insertThreads(tx: Tx, sealer: Sealer, seed: Seed, first: number, last: number): Promise<void> {
  const numbers = Array.from({ length: last - first }, (_, i) => first + i);
  const ids = numbers.map(conversationIdOf);
  await tx.query(
    `insert into channel_threads (practice_id, conversation_id, channel, account_id, started_at, last_inbound_at, subject)
     select $1, id, 'meta', $3, at, at, subject
     from unnest($2::text[], $4::timestamptz[], $5::text[]) as t(id, at, subject)`,
    [
      tx.practiceId,
      ids,
      seed.accountId,
      numbers.map((n) => timeOf(seed, n, messagesOf(seed, n) - 1)),
      numbers.map(subjectOf),
    ],
  );
  await tx.query(
    `insert into mailboxes (practice_id, mailbox_id, counter) select $1, id, 1 from unnest($2::text[]) as m(id)`,
    [tx.practiceId, ids],
  );
  await tx.query(
    `insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address)
     select $1, $2, hash, id, 'phone', address from unnest($3::bytea[], $4::text[], $5::bytea[]) as a(hash, id, address)`,
    [
      tx.practiceId,
      seed.accountId,
      numbers.map((n) => sealer.blind(tx.practiceId, 'address', `phone:${phoneOf(n)}`)),
      ids,
      numbers.map((n) =>
        sealer.sealForPractice(
          tx.practiceId,
          `conversation_addresses|address|${conversationIdOf(n)}|phone`,
          Buffer.from(phoneOf(n)),
        ),
      ),
    ],
  );
}

async function insertLetters(tx: Tx, letters: readonly Letter[]): Promise<void> {
  await tx.query(
    `insert into mailbox (practice_id, mail_key, mailbox_id, kind, sent_at, arrived_at, subject, body, taken_by)
     select $1, key, id, 'message', at, at, subject, body, 'seed'
     from unnest($2::bytea[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[]) as m(key, id, at, subject, body)`,
    [
      tx.practiceId,
      letters.map(({ key }) => key),
      letters.map(({ id }) => id),
      letters.map(({ at }) => at),
      letters.map(({ subject }) => subject),
      letters.map(({ body }) => body),
    ],
  );
}

async function insertFacts(tx: Tx, sealer: Sealer, facts: readonly Told[]): Promise<void> {
  const sealed: (Buffer | null)[] = [];
  for (const { stream, version, subject, phi } of facts) {
    const context = `events|phi|${stream}|${version}`;
    sealed.push(
      phi === undefined ? null : await sealer.seal(tx, subject, context, Buffer.from(JSON.stringify(phi))),
    );
  }
  // The facts of a stream come in their order.
  const newest = new Map<string, Buffer>();
  const seals = facts.map(({ stream, version, type, data, subject, at }, i) => {
    const [actor, correlationId, causationId] = ['bot', 'seed', 'seed'];
    const place = { practiceId: tx.practiceId, stream, version, micros: microsOf(at) };
    const content = {
      ...place,
      type,
      data,
      phi: sealed[i] ?? null,
      subject,
      actor,
      correlationId,
      causationId,
    };
    const seal = sealer.sealEvent(tx.practiceId, sealable(content, newest.get(stream) ?? null));
    newest.set(stream, seal);
    return seal;
  });
  // The messages were sent and read, as their own view would have them.
  await tx.query(
    `with added as (
       insert into events (practice_id, stream, version, type, data, phi, subject, actor, correlation_id, causation_id, at, seal)
       select $1, stream, version, type, data, phi, subject, 'bot', 'seed', 'seed', at, seal
       from unnest($2::text[], $3::int[], $4::text[], $5::jsonb[], $6::bytea[], $7::text[], $8::timestamptz[], $9::bytea[])
         as e(stream, version, type, data, phi, subject, at, seal)
       returning stream, type, data, position, at
     )
     insert into views_messages
       (practice_id, message_id, conversation_id, position, purpose, state, status, attempts, queued_at, changed_at)
     select $1, substr(stream, length('message/') + 1), data->>'conversationId', position, 'reply', 'accepted', 'read', 1, at, at
     from added where type = 'MessageQueued'`,
    [
      tx.practiceId,
      facts.map(({ stream }) => stream),
      facts.map(({ version }) => version),
      facts.map(({ type }) => type),
      facts.map(({ data }) => JSON.stringify(data)),
      sealed,
      facts.map(({ subject }) => subject),
      facts.map(({ at }) => at),
      seals,
    ],
  );
}

async function insertWords(
  tx: Tx,
  words: readonly { word: Buffer; conversationId: string }[],
): Promise<void> {
  await tx.query(
    `insert into views_inbox_words (practice_id, word, conversation_id)
     select $1, word, id from unnest($2::bytea[], $3::text[]) as w(word, id)`,
    [tx.practiceId, words.map(({ word }) => word), words.map(({ conversationId }) => conversationId)],
  );
}
