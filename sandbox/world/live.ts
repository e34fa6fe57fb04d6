import { EventEmitter } from 'node:events';
import type { Phone } from '../phone/index.ts';
import type { PmsSource } from './pms.ts';
import { readPms } from './pms.ts';
import { type Product, readPage } from './product.ts';

export type LiveEvent =
  | { readonly type: 'phone'; readonly patientId: string; readonly accountId: string }
  | { readonly type: 'pms'; readonly practiceId: string }
  | { readonly type: 'timeline'; readonly practiceId: string };

/** Milliseconds between two looks at what cannot tell us by itself; only while someone listens. */
const lookEveryMs = 1_000;

/** Events per page of the timeline: enough to pass a long past in few steps. */
const pageLimit = 1_000;

/** What changes in the world, for whoever looks on. */
export type Live = {
  readonly listen: (listener: (event: LiveEvent) => void) => () => void;
  /** Something has changed in a practice system. */
  readonly pmsChanged: (practiceId: string) => void;
  readonly stop: () => Promise<void>;
};

export type LiveOptions = {
  readonly phone: Phone;
  readonly product: Product;
  readonly practiceIds: readonly string[];
  /** Practice systems that do not tell us by themselves. */
  readonly watched: ReadonlyMap<string, PmsSource>;
};

export function createLive({ phone, product, practiceIds, watched }: LiveOptions): Live {
  const bus: EventEmitter<{ event: [LiveEvent] }> = new EventEmitter();
  bus.setMaxListeners(0);
  const emit = (event: LiveEvent) => bus.emit('event', event);
  phone.events.on('change', ({ patientId, accountId }) => emit({ type: 'phone', patientId, accountId }));
  const cursors = new Map<string, string>();
  const charts = new Map<string, string>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();

  /** Passes what is new in the timeline; the first look only finds its end. */
  const lookAtTimeline = async (practiceId: string) => {
    const known = cursors.get(practiceId);
    let cursor = known;
    for (;;) {
      const page = readPage(await product.timeline(practiceId, cursor, pageLimit));
      if (page === undefined) return;
      cursor = page.next;
      cursors.set(practiceId, cursor);
      if (!page.full) break;
    }
    if (known !== undefined && known !== cursor) emit({ type: 'timeline', practiceId });
  };

  const lookAtChart = async (practiceId: string, source: PmsSource) => {
    const resources = await readPms(source).catch(() => undefined);
    if (resources === undefined) return;
    const now = resources
      .map(({ resourceType, id, meta }) => `${resourceType}/${id}@${meta?.lastUpdated}`)
      .join();
    const before = charts.get(practiceId);
    charts.set(practiceId, now);
    if (before !== undefined && before !== now) emit({ type: 'pms', practiceId });
  };

  const look = () => {
    looking = Promise.all([
      ...practiceIds.map(lookAtTimeline),
      ...[...watched].map(([practiceId, source]) => lookAtChart(practiceId, source)),
    ]).finally(() => {
      if (bus.listenerCount('event') > 0) timer = setTimeout(look, lookEveryMs).unref();
      else timer = undefined;
    });
  };

  return {
    listen: (listener) => {
      bus.on('event', listener);
      if (bus.listenerCount('event') === 1 && timer === undefined) look();
      return () => bus.off('event', listener);
    },
    pmsChanged: (practiceId) => {
      // A transaction tells of each of its resources; whoever looks on needs to hear of it once.
      if (changed.has(practiceId)) return;
      changed.add(practiceId);
      setImmediate(() => {
        changed.delete(practiceId);
        emit({ type: 'pms', practiceId });
      });
    },
    stop: async () => {
      bus.removeAllListeners();
      clearTimeout(timer);
      await looking;
      clearTimeout(timer);
    },
  };
}
