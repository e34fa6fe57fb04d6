import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { Sealer } from '#security/index.ts';
import type { ChannelUser } from '../../channel.ts';
import { dialable, phoneVariants } from '../../phone-variants.ts';
import {
  type AddressKind,
  aboutWhom,
  type Book,
  bookOf,
  type Change,
  type Continued,
  type Known,
  learn,
  move,
  place,
  type Seen,
  vacate,
} from '../place.ts';

/** The addresses by which conversations are found, and at which they are answered: `place.ts` decides, this reads and writes. */

export type Sender = {
  readonly accountId: string;
  readonly user: ChannelUser;
  /** The provider's time, ISO 8601. Left out: long ago. */
  readonly at?: string;
};

/** The provider says that a user is known by other addresses now. */
export type UserChange = {
  readonly accountId: string;
  readonly was: ChannelUser;
  readonly is: ChannelUser;
  readonly at: string;
};

/** Another transaction began the user's conversation first, or changed or erased it: try again, and what holds now is found. */
export class ThreadRaced extends Error {
  constructor() {
    super('another writer began, changed or erased the conversation first');
    this.name = 'ThreadRaced';
  }
}

/** Bound to its conversation: moved to another's row it does not open. */
export const addressContext = (conversationId: string, kind: string) =>
  `conversation_addresses|address|${conversationId}|${kind}`;

type Address = {
  readonly accountId: string;
  readonly kind: AddressKind;
  readonly value: string;
  readonly hash: Buffer;
};

const nameOf = (accountId: string, hash: Buffer) => `${accountId}|${hash.toString('base64')}`;

/** The addresses that were named, by name, and what each sender named. */
type Named = { readonly addresses: Map<string, Address>; readonly seen: (sender: Sender) => Seen };

function naming(tx: Tx, sealer: Sealer): Named {
  const addresses = new Map<string, Address>();
  const name = (accountId: string, kind: AddressKind, value: string) => {
    const hash = sealer.blind(tx.practiceId, 'address', `${kind}:${value}`);
    const named = nameOf(accountId, hash);
    addresses.set(named, { accountId, kind, value, hash });
    return named;
  };
  const seen = ({ accountId, user: { userId, parentUserId, phone }, at }: Sender): Seen => ({
    userIds: [userId, parentUserId].flatMap((id) => (id === undefined ? [] : name(accountId, 'user-id', id))),
    phone:
      phone === undefined
        ? undefined
        : {
            given: name(accountId, 'phone', phone),
            dialled: name(accountId, 'phone', dialable(phone)),
            spellings: phoneVariants(phone).map((spelling) => name(accountId, 'phone', spelling)),
          },
    at: at === undefined ? 0 : Date.parse(at),
  });
  return { addresses, seen };
}

type AddressRow = {
  account_id: string;
  address_hash: Buffer;
  conversation_id: string;
  kind: AddressKind;
  answers: boolean;
  since: Date;
  until: Date | null;
};

/** With each address, all others of its conversation. */
export const addressesSql = `
  select a.* from unnest($2::text[], $3::bytea[]) as wanted(account_id, address_hash)
  cross join lateral (
    select conversation_id from conversation_addresses c
    where practice_id = $1 and c.account_id = wanted.account_id and c.address_hash = wanted.address_hash
    offset 0
  ) found
  cross join lateral (
    select account_id, address_hash, conversation_id, kind, answers, since, until from conversation_addresses o
    where practice_id = $1 and o.conversation_id = found.conversation_id
    offset 0
  ) a`;

async function readBook(tx: Tx, addresses: ReadonlyMap<string, Address>): Promise<Book> {
  const wanted = [...addresses.values()];
  const rows = await tx.query<AddressRow>(addressesSql, [
    tx.practiceId,
    wanted.map(({ accountId }) => accountId),
    wanted.map(({ hash }) => hash),
  ]);
  return bookOf(
    rows.map((row) => ({
      name: nameOf(row.account_id, row.address_hash),
      kind: row.kind,
      conversationId: row.conversation_id,
      answering: row.answers,
      since: row.since.getTime(),
      until: row.until?.getTime(),
    })),
  );
}

/** What a transaction read: who wrote, whom the provider says to have changed, who was merely met (a message reached them). */
export type Encounters = {
  readonly senders: readonly Sender[];
  readonly changes?: readonly UserChange[];
  readonly met?: readonly Sender[];
};

export type Places = {
  /** Of the senders, in their order; undefined for one without an address. */
  readonly conversationIds: readonly (string | undefined)[];
  /** Whom the changes are about, in their order; undefined where nobody is known by either. */
  readonly changed: readonly (string | undefined)[];
  /** Other conversations that the caller must lock before `settleAddresses`. */
  readonly alsoLock: readonly string[];
  /** What is still to be written, once the locks of the conversations' mailboxes are held. */
  readonly owed: OwedAddresses;
  /** Conversations that turned out to be one person's, for `continueThreads`. */
  readonly continued: readonly Continued[];
};

export type OwedAddresses = {
  readonly updates: readonly Change[];
  readonly addresses: ReadonlyMap<string, Address>;
};

/**
 * The conversations of users, found by any address and begun where there is none, in the order of what happened. New addresses are
 * written at once. What is there already is not touched, nor locked: the caller takes the mailboxes' locks, then comes
 * `settleAddresses`.
 * @throws ThreadRaced when another transaction was first
 */
export async function conversationsFor(
  tx: Tx,
  sealer: Sealer,
  { senders, changes = [], met = [] }: Encounters,
): Promise<Places> {
  const { addresses, seen } = naming(tx, sealer);
  const people = senders.map(seen);
  const turned = changes.map(({ accountId, was, is, at }) => ({
    was: seen({ accountId, user: was, at }),
    is: seen({ accountId, user: is, at }),
  }));
  const known = met.map(seen);
  const book = addresses.size === 0 ? bookOf([]) : await readBook(tx, addresses);
  const conversationIds: (string | undefined)[] = new Array(senders.length);
  const changed: (string | undefined)[] = new Array(changes.length);
  const steps = [
    // Of one second, the change came first: whoever wrote by the new address has it already.
    ...turned.map(({ was, is }, i) => {
      const run = () => {
        changed[i] = change(book, was, is);
      };
      return { at: is.at, run };
    }),
    ...people.map((each, i) => {
      const run = () => {
        conversationIds[i] = place(book, each, newId());
      };
      return { at: each.at, run };
    }),
    ...known.map((each) => ({ at: each.at, run: () => learn(book, each) })),
  ];
  for (const { run } of steps.toSorted((a, b) => a.at - b.at)) run();
  const all = book.changes();
  const added = all.filter(({ before }) => before === undefined).map(({ now }) => now);
  await insertAddresses(tx, sealer, addresses, added);
  const updates = all.filter(({ before }) => before !== undefined);
  const continued = book.joined();
  const alsoLock = [
    ...updates.flatMap(({ now, before }) => [
      now.conversationId,
      before?.conversationId ?? now.conversationId,
    ]),
    ...continued.flatMap(({ from, to }) => [from, to]),
  ];
  return { conversationIds, changed, alsoLock, owed: { updates, addresses }, continued };
}

function change(book: Book, was: Seen, is: Seen): string | undefined {
  const conversationId = aboutWhom(book, was, is);
  if (conversationId === undefined) vacate(book, is);
  else move(book, conversationId, is);
  return conversationId;
}

/** Sealed with its conversation's key. */
async function sealedFor(
  tx: Tx,
  sealer: Sealer,
  addresses: ReadonlyMap<string, Address>,
  known: readonly Known[],
): Promise<readonly { readonly address: Address; readonly sealed: Buffer }[]> {
  await sealer.prepareSealing(
    tx,
    known.map(({ conversationId }) => conversationId),
  );
  const rows: { address: Address; sealed: Buffer }[] = [];
  for (const { name, conversationId, kind } of known) {
    const address = addresses.get(name);
    // Only what somebody named is given to a conversation.
    if (address === undefined) throw new Error('an address that nobody named');
    const context = addressContext(conversationId, kind);
    rows.push({
      address,
      sealed: await sealer.seal(tx, conversationId, context, Buffer.from(address.value)),
    });
  }
  return rows;
}

const isoOf = (at: number) => new Date(at).toISOString();

/** Waits for a racing transaction that adds the same; what is then another's is known by what comes back. */
async function insertAddresses(
  tx: Tx,
  sealer: Sealer,
  addresses: ReadonlyMap<string, Address>,
  added: readonly Known[],
): Promise<void> {
  if (added.length === 0) return;
  const sealed = await sealedFor(tx, sealer, addresses, added);
  const rows = await tx.query<{ account_id: string; address_hash: Buffer; conversation_id: string }>(
    `insert into conversation_addresses
       (practice_id, account_id, address_hash, conversation_id, kind, address, subject, answers, since)
     select $1, account_id, address_hash, conversation_id, kind, address, conversation_id, answers, since
     from unnest($2::text[], $3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::boolean[], $8::timestamptz[])
       as a(account_id, address_hash, conversation_id, kind, address, answers, since)
     order by account_id, address_hash
     on conflict (practice_id, account_id, address_hash) do update set kind = excluded.kind
     returning account_id, address_hash, conversation_id`,
    [
      tx.practiceId,
      sealed.map(({ address }) => address.accountId),
      sealed.map(({ address }) => address.hash),
      added.map((known) => known.conversationId),
      added.map((known) => known.kind),
      sealed.map((each) => each.sealed),
      added.map((known) => known.answering),
      added.map((known) => isoOf(known.since)),
    ],
  );
  const ours = new Map(added.map(({ name, conversationId }) => [name, conversationId]));
  const isOurs = (row: (typeof rows)[number]) =>
    ours.get(nameOf(row.account_id, row.address_hash)) === row.conversation_id;
  if (!rows.every(isOurs)) throw new ThreadRaced();
}

/**
 * Writes what `conversationsFor` owes, before the threads are touched. The caller holds the locks of the mailboxes of the conversations that it named.
 * @throws ThreadRaced when another transaction changed one of the addresses meanwhile
 */
export async function settleAddresses(tx: Tx, sealer: Sealer, owed: OwedAddresses): Promise<void> {
  const moved = owed.updates.filter(({ now, before }) => now.conversationId !== before?.conversationId);
  const kept = owed.updates.filter((update) => !moved.includes(update));
  const sealed = await sealedFor(
    tx,
    sealer,
    owed.addresses,
    moved.map(({ now }) => now),
  );
  const written = [
    ...moved.map((update, i) => ({ ...update, sealed: sealed[i]?.sealed ?? null })),
    ...kept.map((update) => ({ ...update, sealed: null })),
  ];
  if (written.length > 0) await updateAddresses(tx, written);
}

async function updateAddresses(
  tx: Tx,
  written: readonly (Change & { readonly sealed: Buffer | null })[],
): Promise<void> {
  const hashOf = (name: string) => Buffer.from(name.slice(name.lastIndexOf('|') + 1), 'base64');
  const accountOf = (name: string) => name.slice(0, name.lastIndexOf('|'));
  const rows = await tx.query(
    `update conversation_addresses a set
       conversation_id = w.conversation_id,
       subject = case when w.address is null then a.subject else w.conversation_id end,
       address = coalesce(w.address, a.address),
       answers = w.answers, since = w.since, until = w.until
     from unnest($2::text[], $3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::boolean[], $8::timestamptz[], $9::timestamptz[])
       as w(account_id, address_hash, held_by, conversation_id, address, answers, since, until)
     where a.practice_id = $1 and a.account_id = w.account_id and a.address_hash = w.address_hash
       and a.conversation_id = w.held_by
     returning a.address_hash`,
    [
      tx.practiceId,
      written.map(({ now }) => accountOf(now.name)),
      written.map(({ now }) => hashOf(now.name)),
      written.map(({ before }) => before?.conversationId ?? ''),
      written.map(({ now }) => now.conversationId),
      written.map(({ sealed }) => sealed),
      written.map(({ now }) => now.answering),
      written.map(({ now }) => isoOf(now.since)),
      written.map(({ now }) => (now.until === undefined ? null : isoOf(now.until))),
    ],
  );
  if (rows.length < written.length) throw new ThreadRaced();
}
