/**
 * Which conversation somebody's addresses lead to, and what is learned from addresses that are seen together. Pure: the book holds what
 * the database knows, and every change is written into it and listed.
 *
 * - **address**: a user id of the provider's, or one spelling of a phone number, in one account. Named by its blind hash here.
 * - **answering**: the address that a conversation is answered at: the one of its kind that the provider gave last.
 * - **past**: an address with an `until`: the provider said that it is the user's no more. A user id is never given to anybody else, so a past one
 *   still leads to its conversation. A phone number is: a past one leads there only for what was said before it changed hands.
 *
 * Times are the provider's, in milliseconds since 1970. Why it is so: docs/decisions/0013-who-writes.md
 */

export type AddressKind = 'user-id' | 'phone';

/** What is known of one address. */
export type Known = {
  readonly name: string;
  readonly kind: AddressKind;
  readonly conversationId: string;
  readonly answering: boolean;
  /** Since when it leads to this conversation. */
  readonly since: number;
  readonly until: number | undefined;
};

/** The addresses that came together. */
export type Seen = {
  /** The provider's own id; then the ids that only find (a parent's), if any. */
  readonly userIds: readonly string[];
  readonly phone: SeenPhone | undefined;
  readonly at: number;
};

export type SeenPhone = {
  /** As it was given: it is answered so. */
  readonly given: string;
  /** The spelling that stands for all, and finds whichever is given. */
  readonly dialled: string;
  /** All spellings, these two among them. */
  readonly spellings: readonly string[];
};

/** `before`: what the database still holds of it. */
export type Change = { readonly now: Known; readonly before: Known | undefined };

/** What is known of the addresses that came, of all other addresses of their conversations, and what has changed. */
export type Book = {
  readonly find: (name: string) => Known | undefined;
  readonly of: (conversationId: string) => readonly Known[];
  readonly put: (now: Known) => void;
  /** From now on, `from` is reached where `to` is: they are the same person's. */
  readonly join: (from: string, to: string) => void;
  readonly changes: () => readonly Change[];
  readonly joined: () => readonly Continued[];
};

/** Two conversations of one person: the older is reached where the later one is. */
export type Continued = { readonly from: string; readonly to: string };

export function bookOf(stored: readonly Known[]): Book {
  const before = new Map(stored.map((each) => [each.name, each]));
  const current = new Map<string, Known>();
  const names = new Map<string, Set<string>>();
  const joins = new Map<string, string>();
  const put = (now: Known) => {
    names.get(current.get(now.name)?.conversationId ?? '')?.delete(now.name);
    current.set(now.name, now);
    names.set(now.conversationId, (names.get(now.conversationId) ?? new Set()).add(now.name));
  };
  for (const each of before.values()) put(each);
  return {
    find: (name) => current.get(name),
    of: (conversationId) => [...(names.get(conversationId) ?? [])].flatMap((name) => current.get(name) ?? []),
    put,
    join: (from, to) => void (from !== to && joins.set(from, to)),
    changes: () =>
      [...current.values()].flatMap((now) => {
        const was = before.get(now.name);
        return was !== undefined && isSame(now, was) ? [] : [{ now, before: was }];
      }),
    joined: () => [...joins].map(([from, to]) => ({ from, to })),
  };
}

function isSame(a: Known, b: Known): boolean {
  return (
    a.conversationId === b.conversationId &&
    a.answering === b.answering &&
    a.since === b.since &&
    a.until === b.until
  );
}

/**
 * The conversation that the addresses lead to, `fresh` where that is a new one; the book then holds what they tell. Undefined where
 * there is no address.
 */
export function place(book: Book, seen: Seen, fresh: string): string | undefined {
  const { userIds, phone } = seen;
  if (userIds.length === 0 && phone === undefined) return undefined;
  const byId = findById(book, userIds);
  const held = holderOf(book, seen);
  if (byId !== undefined) {
    addIds(book, byId.conversationId, seen);
    // A past id tells of what was: the number that came with it is not where the user is answered now.
    if (byId.until === undefined) givePhone(book, byId.conversationId, seen, 'join');
    return byId.conversationId;
  }
  const conversationId = held !== undefined && mayBe(book, held, seen) ? held.conversationId : fresh;
  addIds(book, conversationId, seen);
  givePhone(book, conversationId, seen);
  return conversationId;
}

/**
 * Learns the user id of a number that is known and has none yet; begins nothing and takes nothing: for what tells of a user without
 * their having written.
 */
export function learn(book: Book, seen: Seen): void {
  const held = holderOf(book, seen);
  if (held === undefined || seen.userIds.length === 0) return;
  if (findById(book, seen.userIds) === undefined && mayBe(book, held, seen))
    addIds(book, held.conversationId, seen);
}

/** Whom the provider's word about a change is about: by what they were known by, else by what they are known by now. */
export function aboutWhom(book: Book, was: Seen, is: Seen): string | undefined {
  const held = holderOf(book, was, 'before it changed');
  const isTheirs = held !== undefined && mayBe(book, held, was);
  const found = findById(book, was.userIds) ?? (isTheirs ? held : undefined) ?? findById(book, is.userIds);
  return found?.conversationId;
}

/**
 * Somebody whom we do not know has another number now: whoever had that one before has it no more.
 */
export function vacate(book: Book, { phone, at }: Seen): void {
  for (const name of phone?.spellings ?? []) {
    const known = book.find(name);
    if (known !== undefined && known.until === undefined && known.since < at)
      book.put({ ...known, answering: false, until: at });
  }
}

/**
 * The provider says that the user of this conversation is known by other addresses now: it gets those, and what it had of the same kinds is
 * past. Somebody else who had one of them before has it no more. A conversation that began after the change, by the new
 * addresses, is the user's own: the older one is reached there from now on, and nothing else of the two is put together.
 */
export function move(book: Book, conversationId: string, is: Seen): void {
  const began = conversationSince(book, is, conversationId);
  if (began !== undefined) book.join(conversationId, began);
  const to = began ?? conversationId;
  if (is.userIds.length > 0 || is.phone !== undefined) retire(book, conversationId, is);
  addIds(book, to, is, 'take');
  givePhone(book, to, is);
}

/** Milliseconds. A notice that is later than this behind what was written after it is never delivered (Meta: a week of retries). */
const latestNoticeMs = 7 * 24 * 3_600_000;

/**
 * The conversation that the new addresses began by themselves after the change. By the number alone only where that is all there is: whoever
 * has it under another id has got it from this user since.
 */
function conversationSince(book: Book, is: Seen, than: string): string | undefined {
  const isAfter = ({ since }: Known) => since >= is.at && since - is.at <= latestNoticeMs;
  const began = (name: string) => {
    const known = book.find(name);
    const isTheirs = known !== undefined && known.conversationId !== than && isAfter(known);
    return isTheirs && book.of(known.conversationId).every(({ since }) => since >= is.at) ? known : undefined;
  };
  const byId = is.userIds.map(began).find((known) => known !== undefined);
  if (byId !== undefined) return byId.conversationId;
  const byPhone = is.phone?.spellings.map(began).find((known) => known !== undefined);
  if (byPhone === undefined) return undefined;
  return mayBe(book, byPhone, is) && byPhone.until === undefined ? byPhone.conversationId : undefined;
}

/** What the user had before: past, unless it is newer than the word of the change. */
function retire(book: Book, conversationId: string, { userIds, phone, at }: Seen): void {
  const stays = new Set([...userIds, ...(phone?.spellings ?? [])]);
  for (const known of book.of(conversationId)) {
    const isKept = stays.has(known.name) || known.until !== undefined || known.since > at;
    if (!isKept) book.put({ ...known, answering: false, until: at });
  }
}

/** A user id is one person's for ever, so whatever time it was seen at, it leads to them. */
function findById(book: Book, userIds: readonly string[]): Known | undefined {
  return userIds.map((name) => book.find(name)).find((known) => known !== undefined);
}

/** Who has the number; `before it changed`: at the moment that it changed hands, who had it until then. */
function holderOf(book: Book, { phone, at }: Seen, asked?: 'before it changed'): Known | undefined {
  const isTheirs = ({ since, until }: Known) =>
    asked === undefined
      ? until === undefined || at < until
      : since <= at && (until === undefined || at <= until);
  return phone?.spellings
    .map((name) => book.find(name))
    .find((known) => known !== undefined && isTheirs(known));
}

/**
 * Whether whoever has the number may be the one who came with it under ids that nobody knows: who is known under another id is somebody
 * else. Ids that are all past say nothing of who has the number since.
 */
function mayBe(book: Book, held: Known, { userIds, at }: Seen): boolean {
  const ids = book.of(held.conversationId).filter(({ kind }) => kind === 'user-id');
  if (userIds.length === 0 || ids.length === 0) return true;
  return held.until === undefined && held.since <= at && ids.every(({ until }) => until !== undefined);
}

function hasUserId(book: Book, conversationId: string): boolean {
  return book.of(conversationId).some(({ kind, until }) => kind === 'user-id' && until === undefined);
}

/** The first one is answered at; the others find. `take`: also from whoever had it. */
function addIds(book: Book, conversationId: string, { userIds, at }: Seen, take?: 'take'): void {
  for (const [i, name] of userIds.entries()) {
    const known = book.find(name);
    const isOwn = known?.conversationId === conversationId;
    if (known !== undefined && !isOwn && take === undefined) continue;
    if (isOwn && known.until !== undefined) continue;
    const ids = book.of(conversationId).filter(({ kind }) => kind === 'user-id');
    const isNewest = i === 0 && ids.every((own) => !own.answering || own.since <= at);
    if (isNewest) answerAt(book, ids, name);
    const answering = isNewest || (isOwn && known.answering);
    const since = isOwn ? known.since : at;
    book.put({ name, kind: 'user-id', conversationId, answering, since, until: undefined });
  }
}

/** At none of these any more but at this one. */
function answerAt(book: Book, ids: readonly Known[], name: string): void {
  for (const own of ids) if (own.answering && own.name !== name) book.put({ ...own, answering: false });
}

/**
 * The number is this user's as of now: under whichever spelling, and from whoever had it. Another number of theirs is past. What is
 * older than what is known changes nothing. `join`: whoever is known by this number alone is the same person.
 */
function givePhone(book: Book, conversationId: string, { phone, at }: Seen, join?: 'join'): void {
  if (phone === undefined) return;
  const { given, dialled, spellings } = phone;
  const known = spellings.map((name) => book.find(name)).filter((each) => each !== undefined);
  const others = known.filter((each) => each.conversationId !== conversationId);
  const numbers = book
    .of(conversationId)
    .filter(({ kind, until }) => kind === 'phone' && until === undefined);
  const replaced = numbers.filter(({ name }) => !spellings.includes(name));
  const isNewer = [...others, ...replaced].some(({ since }) => at < since);
  if (isNewer || known.some(({ until }) => until !== undefined && at < until)) return;
  for (const { conversationId: other, until } of others)
    if (join !== undefined && until === undefined && !hasUserId(book, other))
      book.join(other, conversationId);
  for (const each of replaced) book.put({ ...each, answering: false, until: at });
  for (const name of new Set([given, dialled, ...known.map((each) => each.name)])) {
    const before = book.find(name);
    const isOwn = before?.conversationId === conversationId && before.until === undefined;
    const since = isOwn ? before.since : at;
    book.put({ name, kind: 'phone', conversationId, answering: name === given, since, until: undefined });
  }
}
