import type { ProviderEntry } from '../ledgers.ts';
import { type Books, eventsOf, type MailRow, type Violation, violation } from './books.ts';

/** What patients wrote: every acknowledged delivery was read, once, and in order. */

type Written = Extract<ProviderEntry, { kind: 'written' }>;

/** Which messages were acknowledged, and when first. */
export function acknowledgements(books: Books): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const entry of books.provider) {
    if (entry.kind !== 'delivery' || entry.status !== 200) continue;
    for (const wamid of entry.messages) first.set(wamid, Math.min(first.get(wamid) ?? Infinity, entry.wall));
  }
  return first;
}

/** Where in the whole of its conversation a message was read: turn, then place in the turn. */
type Read = { readonly turn: number; readonly mail: MailRow };

function reads(books: Books): ReadonlyMap<string, Read> {
  const turns = new Map<string, number>();
  for (const { correlationId, position, stream } of books.events) {
    if (stream.startsWith('conversation/'))
      turns.set(correlationId, Math.min(turns.get(correlationId) ?? Infinity, position));
  }
  const found = new Map<string, Read>();
  for (const mail of books.mail) {
    const turn = mail.takenBy === null ? undefined : turns.get(mail.takenBy);
    if (turn !== undefined) found.set(mail.wamid, { turn, mail });
  }
  return found;
}

export function checkDeliveries(books: Books): readonly Violation[] {
  const written = books.provider.filter((entry) => entry.kind === 'written');
  const acknowledged = acknowledgements(books);
  const read = reads(books);
  return [
    ...written.flatMap(({ wamid, patientId }) => lostMessage(wamid, patientId, acknowledged, read, books)),
    ...readTwice(books),
    ...[...Map.groupBy(written, ({ patientId }) => patientId).values()].flatMap((own) =>
      readOutOfOrder(own, acknowledged, read),
    ),
  ];
}

function lostMessage(
  wamid: string,
  patientId: string,
  acknowledged: ReadonlyMap<string, number>,
  read: ReadonlyMap<string, Read>,
  books: Books,
): readonly Violation[] {
  if (!acknowledged.has(wamid))
    return [
      violation('stuck', 'the provider could not deliver a message in all that time', patientId, wamid),
    ];
  if (read.has(wamid)) return [];
  const mail = books.mail.find((one) => one.wamid === wamid);
  const what = mail === undefined ? 'is in no mailbox' : 'was not read';
  return [violation('lost', `an acknowledged message ${what}`, patientId, wamid)];
}

/** A turn says how many messages it read; its mailbox how many it took. */
function readTwice(books: Books): readonly Violation[] {
  const taken = Map.groupBy(books.mail, ({ takenBy }) => takenBy);
  const told = new Map<string, number>();
  for (const { type, data, correlationId } of books.events) {
    if (type !== 'MessagesRead' || !Array.isArray(data.kinds)) continue;
    told.set(correlationId, (told.get(correlationId) ?? 0) + data.kinds.length);
  }
  return [...told].flatMap(([turn, count]) => {
    const took = taken.get(turn)?.length ?? 0;
    if (took === count) return [];
    const kind = count > took ? 'doubled' : 'lost';
    return [violation(kind, `a turn read ${count} messages and took ${took}`, turn)];
  });
}

/**
 * A message that was acknowledged before the next one was written must be read first. What the provider itself delivered in
 * another order may be read in that order.
 */
function readOutOfOrder(
  own: readonly Written[],
  acknowledged: ReadonlyMap<string, number>,
  read: ReadonlyMap<string, Read>,
): readonly Violation[] {
  return own.flatMap((later, index) =>
    own.slice(0, index).flatMap((earlier) => {
      const at = acknowledged.get(earlier.wamid);
      const [first, second] = [read.get(earlier.wamid), read.get(later.wamid)];
      if (at === undefined || at >= later.wall || first === undefined || second === undefined) return [];
      if (isBefore(first, second)) return [];
      return [
        violation(
          'out-of-order',
          'a message was read before an earlier one that had been acknowledged',
          later.patientId,
          earlier.wamid,
          later.wamid,
        ),
      ];
    }),
  );
}

function isBefore(a: Read, b: Read): boolean {
  if (a.turn !== b.turn) return a.turn < b.turn;
  const [x, y] = [Date.parse(a.mail.sentAt), Date.parse(b.mail.sentAt)];
  return x === y ? a.mail.seq < b.mail.seq : x < y;
}

/** Every intake that a patient confirmed has come to an end, and no job was given up. */
export function checkWork(books: Books): readonly Violation[] {
  const ended = ['IntakeFiled', 'IntakeRefused'];
  const intakes = [...eventsOf(books, 'intake')].flatMap(([intakeId, events]) =>
    events.some(({ type }) => type === 'IntakeConfirmed') && !events.some(({ type }) => ended.includes(type))
      ? [violation('lost', 'a confirmed intake was neither filed nor refused', intakeId)]
      : [],
  );
  const dead = books.deadLetters.map(({ queue, id }) =>
    violation('lost', `a job of ${queue} was given up`, id),
  );
  const stuck = books.patients.flatMap(({ patientId, openWishes, lastSide, lastText }) =>
    openWishes.length === 0
      ? []
      : [
          violation(
            'stuck',
            `a patient still wants: ${openWishes.join(', ')}; last spoke the ${lastSide}: "${lastText.slice(0, 80)}"`,
            patientId,
          ),
        ],
  );
  return [...intakes, ...dead, ...stuck];
}
