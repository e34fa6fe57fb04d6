import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import type { ChannelUser } from '../channel.ts';

/**
 * Threads and the addresses by which they are found.
 *
 * - **thread**: a conversation as its channel sees it: account, addresses, when the patient last wrote.
 */

export type Sender = { readonly accountId: string; readonly user: ChannelUser };

type Address = { readonly kind: 'user-id' | 'phone'; readonly value: string };

function addressesOf(user: ChannelUser): readonly Address[] {
  return [
    ...(user.userId === undefined ? [] : [{ kind: 'user-id' as const, value: user.userId }]),
    ...(user.phone === undefined ? [] : [{ kind: 'phone' as const, value: user.phone }]),
  ];
}

/** Bound to its conversation: moved to another's row it does not open. */
const addressContext = (conversationId: string, kind: string) =>
  `conversation_addresses|address|${conversationId}|${kind}`;

type HashedAddress = Address & { readonly accountId: string; readonly hash: Buffer; readonly name: string };

type AddressRow = { account_id: string; address_hash: Buffer; conversation_id: string };

const nameOf = (accountId: string, hash: Buffer) => `${accountId}|${hash.toString('base64')}`;

export const addressesSql = `
  select a.* from unnest($2::text[], $3::bytea[]) as wanted(account_id, address_hash)
  cross join lateral (
    select account_id, address_hash, conversation_id from conversation_addresses c
    where practice_id = $1 and c.account_id = wanted.account_id and c.address_hash = wanted.address_hash
    offset 0
  ) a`;

function selectAddresses(tx: Tx, addresses: readonly HashedAddress[]): Promise<AddressRow[]> {
  return tx.query<AddressRow>(addressesSql, [
    tx.practiceId,
    addresses.map((address) => address.accountId),
    addresses.map((address) => address.hash),
  ]);
}

type OwnAddress = HashedAddress & { readonly conversationId: string };
type NewAddress = OwnAddress & { readonly sealed: Buffer };

/** Each sealed with its conversation's key. */
async function sealedAddresses(tx: Tx, sealer: Sealer, added: readonly OwnAddress[]): Promise<NewAddress[]> {
  await sealer.prepareSealing(
    tx,
    added.map(({ conversationId }) => conversationId),
  );
  const rows: NewAddress[] = [];
  for (const address of added) {
    const context = addressContext(address.conversationId, address.kind);
    const sealed = await sealer.seal(tx, address.conversationId, context, Buffer.from(address.value));
    rows.push({ ...address, sealed });
  }
  return rows;
}

/** Waits for a racing transaction that adds the same; returns whose it is then. */
function insertAddresses(tx: Tx, addresses: readonly NewAddress[]): Promise<AddressRow[]> {
  return tx.query<AddressRow>(
    `insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address, subject)
     select $1, account_id, address_hash, conversation_id, kind, address, conversation_id
     from unnest($2::text[], $3::bytea[], $4::text[], $5::text[], $6::bytea[])
       as a(account_id, address_hash, conversation_id, kind, address)
     order by account_id, address_hash
     on conflict (practice_id, account_id, address_hash) do update set kind = excluded.kind
     returning account_id, address_hash, conversation_id`,
    [
      tx.practiceId,
      addresses.map((address) => address.accountId),
      addresses.map((address) => address.hash),
      addresses.map((address) => address.conversationId),
      addresses.map((address) => address.kind),
      addresses.map((address) => address.sealed),
    ],
  );
}

/** A racing transaction began the user's conversation first, or erased it: try again, and what holds now is found. */
export class ThreadRaced extends Error {
  constructor() {
    super('another writer began or erased the conversation first');
    this.name = 'ThreadRaced';
  }
}

/**
 * The conversations of users, in the order asked for: found by any address, begun where there is none; undefined for one without an
 * address. A user whose id and phone are seen together is known by both from then on; where both are known already, the
 * provider's own id decides.
 *
 * Takes no lock on what is there already: the caller takes the mailboxes' locks first, then comes `touchThreads`.
 * @throws ThreadRaced when another transaction was first
 */
export async function conversationsFor(
  tx: Tx,
  sealer: Sealer,
  senders: readonly Sender[],
): Promise<readonly (string | undefined)[]> {
  const addresses = senders.map(({ accountId, user }) =>
    addressesOf(user).map((address) => {
      const hash = sealer.blind(tx.practiceId, 'address', `${address.kind}:${address.value}`);
      return { ...address, accountId, hash, name: nameOf(accountId, hash) };
    }),
  );
  const all = addresses.flat();
  if (all.length === 0) return senders.map(() => undefined);
  const known = new Map<string, string>();
  for (const row of await selectAddresses(tx, all))
    known.set(nameOf(row.account_id, row.address_hash), row.conversation_id);
  const added: OwnAddress[] = [];
  const conversationIds: (string | undefined)[] = [];
  for (const own of addresses) {
    const found = own.map(({ name }) => known.get(name)).find((id) => id !== undefined);
    const conversationId = own.length === 0 ? undefined : (found ?? newId());
    conversationIds.push(conversationId);
    if (conversationId === undefined) continue;
    for (const address of own.filter(({ name }) => !known.has(name))) {
      known.set(address.name, conversationId);
      added.push({ ...address, conversationId });
    }
  }
  await addAddresses(tx, await sealedAddresses(tx, sealer, added));
  return conversationIds;
}

async function addAddresses(tx: Tx, added: readonly NewAddress[]): Promise<void> {
  if (added.length === 0) return;
  const ours = new Map(added.map(({ name, conversationId }) => [name, conversationId]));
  const rows = await insertAddresses(tx, added);
  const isOurs = (row: AddressRow) =>
    ours.get(nameOf(row.account_id, row.address_hash)) === row.conversation_id;
  if (!rows.every(isOurs)) throw new ThreadRaced();
}

export type Move = {
  readonly conversationId: string;
  readonly accountId: string;
  readonly user: ChannelUser;
};

/**
 * The provider says that a user is reached by other addresses now: the conversation gets those and loses all that it had. Whoever
 * is given the old number next begins a conversation of their own. An address that is another conversation's already stays there:
 * nothing is merged on the provider's word alone. Nothing happens where no new address is named.
 *
 * The caller holds the locks of the conversations' mailboxes.
 */
export async function moveAddresses(tx: Tx, sealer: Sealer, moves: readonly Move[]): Promise<void> {
  for (const { conversationId, accountId, user } of moves) {
    const addresses = addressesOf(user).map((address) => ({
      ...address,
      accountId,
      hash: sealer.blind(tx.practiceId, 'address', `${address.kind}:${address.value}`),
    }));
    if (addresses.length === 0) continue;
    await deleteOtherAddresses(
      tx,
      conversationId,
      addresses.map(({ hash }) => hash),
    );
    const added = addresses.map((address) => {
      return { ...address, name: nameOf(accountId, address.hash), conversationId };
    });
    // Of the rows that come back, another conversation's stayed as they were.
    await insertAddresses(tx, await sealedAddresses(tx, sealer, added));
  }
}

function deleteOtherAddresses(tx: Tx, conversationId: string, kept: readonly Buffer[]): Promise<unknown> {
  return tx.query(
    `delete from conversation_addresses
     where practice_id = $1 and conversation_id = $2 and address_hash <> all($3::bytea[])`,
    [tx.practiceId, conversationId, kept],
  );
}

export type Touch = {
  readonly conversationId: string;
  readonly channel: string;
  readonly accountId: string;
  /** When the user wrote. */
  readonly at: string;
  /** When we heard of it: the beginning of a thread that is new. */
  readonly now: string;
};

/**
 * Writes down when users wrote, and begins the threads that are new. Returns whose key seals what is said, by conversation: the
 * conversation's own, until a patient is known.
 *
 * The caller holds the locks of the conversations' mailboxes: a turn takes those first and the threads' rows second, and whoever
 * did it the other way round would wait for the turn while the turn waits for them.
 * @throws ThreadRaced when one was erased while we waited for its lock: read again, the message begins a new one
 */
export async function touchThreads(tx: Tx, touches: readonly Touch[]): Promise<ReadonlyMap<string, string>> {
  const latest = new Map<string, Touch>();
  for (const touch of touches) {
    const before = latest.get(touch.conversationId);
    if (before === undefined || before.at < touch.at) latest.set(touch.conversationId, touch);
  }
  if (latest.size === 0) return new Map();
  const rows = await upsertThreads(tx, [...latest.values()]);
  if (rows.length < latest.size) throw new ThreadRaced();
  return new Map(rows.map((row) => [row.conversation_id, row.subject]));
}

function upsertThreads(
  tx: Tx,
  touches: readonly Touch[],
): Promise<{ conversation_id: string; subject: string }[]> {
  return tx.query(
    `insert into channel_threads
       (practice_id, conversation_id, channel, account_id, started_at, last_inbound_at, subject)
     select $1, conversation_id, channel, account_id, started_at, last_inbound_at, conversation_id
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as t(conversation_id, channel, account_id, started_at, last_inbound_at)
     where exists (
       select from conversation_addresses a where a.practice_id = $1 and a.conversation_id = t.conversation_id
     )
     on conflict (practice_id, conversation_id) do update set
       last_inbound_at = greatest(channel_threads.last_inbound_at, excluded.last_inbound_at),
       subject = case channel_threads.subject when '${practiceSubject}' then excluded.subject else channel_threads.subject end
     returning conversation_id, subject`,
    [
      tx.practiceId,
      touches.map((touch) => touch.conversationId),
      touches.map((touch) => touch.channel),
      touches.map((touch) => touch.accountId),
      touches.map((touch) => touch.now),
      touches.map((touch) => touch.at),
    ],
  );
}

export type Thread = {
  readonly channel: string;
  readonly accountId: string;
  /** The provider's time of the patient's last message. */
  readonly lastInboundAt: string | undefined;
  readonly subject: string;
  /** How to reach them. */
  readonly user: ChannelUser;
};

type ThreadRow = {
  conversation_id: string;
  channel: string;
  account_id: string;
  last_inbound_at: Date | null;
  subject: string;
  kind: string | null;
  address: Buffer | null;
  address_subject: string | null;
};

export const threadsSql = `
  select t.* from unnest($2::text[]) as wanted(conversation_id)
  cross join lateral (
    select conversation_id, t.channel, t.account_id, t.last_inbound_at, t.subject, a.kind, a.address,
      a.subject as address_subject
    from channel_threads t
    left join conversation_addresses a using (practice_id, conversation_id)
    where t.practice_id = $1 and t.conversation_id = wanted.conversation_id
    offset 0
  ) t`;

function selectThreads(tx: Tx, conversationIds: readonly string[]): Promise<ThreadRow[]> {
  return tx.query<ThreadRow>(threadsSql, [tx.practiceId, conversationIds]);
}

async function userOf(tx: Tx, sealer: Sealer, rows: readonly ThreadRow[]): Promise<ChannelUser> {
  const user: { userId?: string; phone?: string } = {};
  for (const { conversation_id: conversationId, kind, address, address_subject: owner } of rows) {
    if (kind === null || address === null || owner === null) continue;
    const value = (await sealer.open(tx, owner, addressContext(conversationId, kind), address)).toString();
    if (kind === 'phone') user.phone = value;
    else user.userId = value;
  }
  return user;
}

/** The threads of conversations with their addresses; one that there is not is left out. */
export async function readThreads(
  tx: Tx,
  sealer: Sealer,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, Thread>> {
  const threads = new Map<string, Thread>();
  if (conversationIds.length === 0) return threads;
  const rows = await selectThreads(tx, [...new Set(conversationIds)]);
  await sealer.prepareOpening(
    tx,
    rows.flatMap((row) => row.address_subject ?? []),
  );
  for (const [conversationId, own] of Map.groupBy(rows, (row) => row.conversation_id)) {
    const [first] = own;
    if (first === undefined) continue;
    threads.set(conversationId, {
      channel: first.channel,
      accountId: first.account_id,
      lastInboundAt: first.last_inbound_at?.toISOString(),
      subject: first.subject,
      user: await userOf(tx, sealer, own),
    });
  }
  return threads;
}

/** A conversation's thread with its addresses, or undefined when there is none. */
export async function readThread(
  tx: Tx,
  sealer: Sealer,
  conversationId: string,
): Promise<Thread | undefined> {
  return (await readThreads(tx, sealer, [conversationId])).get(conversationId);
}

/** From now on, what is said in these conversations is sealed with these subjects' keys. */
export function setThreadSubjects(
  tx: Tx,
  changes: readonly { readonly conversationId: string; readonly subject: string }[],
): void {
  if (changes.length === 0) return;
  tx.send(
    `update channel_threads t set subject = c.subject
     from unnest($2::text[], $3::text[]) as c(conversation_id, subject)
     where t.practice_id = $1 and t.conversation_id = c.conversation_id`,
    [tx.practiceId, changes.map((change) => change.conversationId), changes.map((change) => change.subject)],
  );
}
