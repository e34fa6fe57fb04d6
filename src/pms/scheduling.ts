import type { Appointment, Task } from 'fhir/r4.js';
import { accepted, type Outcome, retry } from '#kernel/outcome.ts';
import type { Call, Known } from './call.ts';
import type {
  FoundAppointment,
  FoundSchedule,
  FoundSlot,
  FoundTask,
  Identifier,
  OperationOf,
  ScheduleQuery,
  SlotQuery,
} from './pms.ts';

/**
 * Slots and appointments. Each is one call, so that "did it happen?" has one answer; only the searches follow pages. A write of an
 * old version is `rejected` with `CONFLICT`: read again, and decide again.
 */
export type PmsScheduling = {
  /** What the system lets us do to a Slot (`pms.yaml`). */
  readonly slots: 'hold' | 'take' | 'read';
  readonly findSchedules: (
    query: Pick<ScheduleQuery, 'serviceType'>,
  ) => Promise<Outcome<readonly FoundSchedule[]>>;
  /** At most `count`, earliest first. */
  readonly findSlots: (query: Omit<SlotQuery, 'page' | 'plain'>) => Promise<Outcome<readonly FoundSlot[]>>;
  readonly readSlot: (slotId: string) => Promise<Outcome<FoundSlot>>;
  readonly setSlot: (
    slot: FoundSlot,
    status: 'free' | 'busy-tentative' | 'busy',
    hold: Identifier,
  ) => Promise<Outcome<FoundSlot>>;
  /** After `unknown`, and after `rejected` with `CONFLICT`, ask `findAppointment` before anything else. */
  readonly createAppointment: (
    identifier: Identifier,
    appointment: Appointment,
  ) => Promise<Outcome<FoundAppointment>>;
  readonly findAppointment: (identifier: Identifier) => Promise<Outcome<FoundAppointment | undefined>>;
  readonly readAppointment: (appointmentId: string) => Promise<Outcome<FoundAppointment>>;
  readonly updateAppointment: (
    current: FoundAppointment,
    appointment: Appointment,
  ) => Promise<Outcome<FoundAppointment>>;
  readonly readTask: (taskId: string) => Promise<Outcome<FoundTask>>;
  readonly updateTask: (current: FoundTask, task: Task) => Promise<Outcome<FoundTask>>;
};

/** Milliseconds for which the schedules are taken as unchanged: clinicians do not come and go by the minute. */
const schedulesLifeMs = 300_000;

/** Pages of one search that are followed. A server that does not narrow by day has years of slots. */
const maxPages = 10;

/** How a server says that it does not take a parameter. */
const parameterRefused: readonly string[] = ['INVALID', 'NOT_SUPPORTED'];

type Options = {
  readonly slots: PmsScheduling['slots'];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export function createScheduling(call: Call, known: Known, { slots, now }: Options): PmsScheduling {
  return {
    slots,
    findSchedules: rememberSchedules(call, now),
    findSlots: slotFinder(call),
    readSlot: (slotId) => call('read-slot', { type: 'read-slot', slotId }),
    setSlot: (slot, status, hold) => call('set-slot', { type: 'set-slot', slot, status, hold }),
    async createAppointment(identifier, appointment) {
      const able = await known();
      if (able.kind !== 'accepted') return able;
      const operation = { type: 'create-appointment', identifier, appointment } as const;
      return call('create-appointment', operation, able.value);
    },
    findAppointment: (identifier) => call('find-appointment', { type: 'find-appointment', identifier }),
    readAppointment: (appointmentId) => call('read-appointment', { type: 'read-appointment', appointmentId }),
    updateAppointment: (current, appointment) =>
      call('update-appointment', { type: 'update-appointment', current, appointment }),
    readTask: (taskId) => call('read-task', { type: 'read-task', taskId }),
    updateTask: (current, task) => call('update-task', { type: 'update-task', current, task }),
  };
}

function rememberSchedules(call: Call, now: () => number): PmsScheduling['findSchedules'] {
  const find = scheduleFinder(call);
  const remembered = new Map<string, { readonly value: readonly FoundSchedule[]; readonly until: number }>();
  return async (query) => {
    const key = JSON.stringify([query.serviceType?.system, query.serviceType?.code]);
    const before = remembered.get(key);
    if (before !== undefined && now() < before.until) return accepted(before.value);
    const outcome = await find(query);
    // A clinic without schedules has just not set them up yet.
    if (outcome.kind === 'accepted' && outcome.value.length > 0)
      remembered.set(key, { value: outcome.value, until: now() + schedulesLifeMs });
    return outcome;
  };
}

function scheduleFinder(call: Call): PmsScheduling['findSchedules'] {
  const search = plainWhereRefused<OperationOf<'find-schedules'>, FoundSchedule>(async (operation) => {
    const page = await call('find-schedules', operation);
    if (page.kind !== 'accepted') return page;
    return accepted({ items: page.value.schedules, next: page.value.next });
  });
  const all = () => false;
  return async ({ serviceType }) => {
    const typed = await search({ type: 'find-schedules', serviceType }, all);
    // Many systems name the service on the slots alone. Of all schedules, those of another service are left out.
    const none = typed.kind === 'accepted' && typed.value.length === 0 && serviceType !== undefined;
    if (!none) return typed;
    return search({ type: 'find-schedules', serviceType, untyped: true }, all);
  };
}

function slotFinder(call: Call): PmsScheduling['findSlots'] {
  const search = plainWhereRefused<OperationOf<'find-slots'>, FoundSlot>(async (operation) => {
    const page = await call('find-slots', operation);
    if (page.kind !== 'accepted') return page;
    return accepted({ items: page.value.slots, next: page.value.next });
  });
  return async (query) => {
    // A server that sorts has given the earliest by then; one that does not may have earlier ones on a further page.
    const enough = (slots: readonly FoundSlot[]) => slots.length >= query.count && isInOrder(slots);
    const found = await search({ type: 'find-slots', ...query }, enough);
    if (found.kind !== 'accepted') return found;
    return accepted(found.value.toSorted(byStart).slice(0, query.count));
  };
}

function byStart(left: FoundSlot, right: FoundSlot): number {
  const [one, other] = [`${left.start} ${left.id}`, `${right.start} ${right.id}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

function isInOrder(slots: readonly FoundSlot[]): boolean {
  return slots.every((slot, index) => index === 0 || (slots[index - 1]?.start ?? '') <= slot.start);
}

type Page<Item> = { readonly items: readonly Item[]; readonly next: string | undefined };

type PagedOperation = { readonly page?: string | undefined; readonly plain?: boolean | undefined };

/** All pages of a search until `enough`, each thing once. What the system has refused once is not asked for again. */
function plainWhereRefused<Operation extends PagedOperation, Item extends { readonly id: string }>(
  ask: (operation: Operation) => Promise<Outcome<Page<Item>>>,
): (operation: Operation, enough: (items: readonly Item[]) => boolean) => Promise<Outcome<readonly Item[]>> {
  let plain = false;
  return async (operation, enough) => {
    let first = await ask({ ...operation, plain });
    if (!plain && first.kind === 'rejected' && parameterRefused.includes(first.code)) {
      first = await ask({ ...operation, plain: true });
      plain = first.kind === 'accepted';
    }
    const items = new Map<string, Item>();
    let page = first;
    for (let pages = 1; ; pages += 1) {
      if (page.kind !== 'accepted') return page;
      for (const item of page.value.items) items.set(item.id, item);
      const { next } = page.value;
      const found = [...items.values()];
      if (next === undefined || pages === maxPages || enough(found)) return accepted(found);
      page = await ask({ ...operation, plain, page: next });
      // Its pages are no longer kept. What was found stands; that there is nothing would not be known.
      if (page.kind === 'rejected') return found.length > 0 ? accepted(found) : retry('SEARCH_INCOMPLETE');
    }
  };
}
