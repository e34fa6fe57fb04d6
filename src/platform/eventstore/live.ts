import { EventEmitter } from 'node:events';
import type { Db } from '../db/db.ts';
import { errorCode, type Log } from '../log.ts';
import { beginning, type Cursor, committedAfter, type PlainEvent } from './reader.ts';

/**
 * Tells whoever listens which facts were just committed, in this process or another. The events table is looked at, rather than
 * announced to: commits that announce something wait for each other. Only while somebody listens: one indexed query per
 * practice and look.
 */
export type LiveFacts = {
  /** Facts of one practice that are committed from now on, in commit order. The returned function ends it. */
  readonly listen: (practiceId: string, onFacts: (facts: readonly PlainEvent[]) => void) => () => void;
  readonly stop: () => Promise<void>;
};

/** Milliseconds between two looks: well within the half second in which a message is to show. */
const lookEveryMs = 150;

const factsPerLook = 500;

type Watch = {
  readonly bus: EventEmitter<{ facts: [readonly PlainEvent[]] }>;
  cursor: Cursor | undefined;
  timer: NodeJS.Timeout | undefined;
  looking: Promise<void>;
  isLooking: boolean;
};

export function createLiveFacts(options: { readonly db: Db; readonly log: Log }): LiveFacts {
  const { db, log } = options;
  const watches = new Map<string, Watch>();
  let isStopped = false;

  function look(practiceId: string, watch: Watch): void {
    watch.looking = lookOnce(practiceId, watch)
      .catch((error: unknown) => log.warn('facts could not be looked at', { code: errorCode(error) }))
      .finally(() => {
        watch.isLooking = !isStopped && watch.bus.listenerCount('facts') > 0;
        if (watch.isLooking) watch.timer = setTimeout(() => look(practiceId, watch), lookEveryMs);
      });
  }

  async function lookOnce(practiceId: string, watch: Watch): Promise<void> {
    for (;;) {
      const { cursor } = watch;
      if (cursor === undefined) {
        watch.cursor = await db.tx(practiceId, newest);
        return;
      }
      const facts = await db.tx(practiceId, (tx) => committedAfter(tx, cursor, factsPerLook));
      const last = facts.at(-1);
      if (last === undefined) return;
      watch.cursor = { xact: last.xact, position: last.position };
      watch.bus.emit('facts', facts);
      if (facts.length < factsPerLook) return;
    }
  }

  function watchOf(practiceId: string): Watch {
    const known = watches.get(practiceId);
    if (known !== undefined) return known;
    const bus: Watch['bus'] = new EventEmitter();
    bus.setMaxListeners(0);
    const watch: Watch = {
      bus,
      cursor: undefined,
      timer: undefined,
      looking: Promise.resolve(),
      isLooking: false,
    };
    watches.set(practiceId, watch);
    return watch;
  }

  return {
    listen(practiceId, onFacts) {
      const watch = watchOf(practiceId);
      watch.bus.on('facts', onFacts);
      if (!watch.isLooking) {
        // What happened while nobody listened is not news.
        watch.cursor = undefined;
        watch.isLooking = true;
        look(practiceId, watch);
      }
      return () => watch.bus.off('facts', onFacts);
    },
    async stop() {
      isStopped = true;
      for (const { timer, looking, bus } of watches.values()) {
        bus.removeAllListeners();
        clearTimeout(timer);
        await looking;
        clearTimeout(timer);
      }
    },
  };
}

/** Where the facts end now. Those still open commit later, and are news. */
async function newest(tx: Parameters<Parameters<Db['tx']>[1]>[0]): Promise<Cursor> {
  const [row] = await tx.query<Cursor>(
    `select xact::text as xact, position::text as position from events
     where practice_id = $1 and xact < pg_snapshot_xmin(pg_current_snapshot())
     order by events.xact desc, events.position desc limit 1`,
    [tx.practiceId],
  );
  return row ?? beginning;
}
