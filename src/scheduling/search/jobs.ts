import type { Outcome } from '#kernel/outcome.ts';
import type { Coding, FoundSchedule, FoundSlot } from '#pms/index.ts';
import type { VisitType } from '#practice/index.ts';
import type { SlotOffer, SlotSearch } from '../events.ts';
import { type KeptTime, keptTimes } from '../holds/commands.ts';
import { slotsToShow, visitTypeById } from '../slots.ts';
import { counted, failed, type Next, nothing, type ScheduleDeps, type Work } from '../step.ts';

/** Slots that are asked for per schedule: enough to spread what is shown over some days. */
const slotsPerSchedule = 100;

/** Backwards the last ones are wanted, and systems give the first: so all before the ones that were shown. */
const slotsPerScheduleBackwards = 1_000;

/** Schedules that are asked at the same time: more would be a burst that systems throttle. */
const schedulesAtOnce = 4;

/** The step `search`: free slots that fit the visit, of which at most five are shown. */
export async function search(work: Work, deps: ScheduleDeps): Promise<Next> {
  const { state, practice, at } = work;
  const isWaiting = state.found === 'searching' || state.found === 'delayed';
  if (work.round !== state.round || !isWaiting) return nothing;
  const refused = (code: string): Next => ({
    commands: [{ type: 'RecordSearchRefused', round: state.round, code, at }],
    owed: [],
  });
  const visitType = visitTypeById(practice.scheduling, state.visitType);
  if (visitType === undefined) return refused('VISIT_TYPE_UNKNOWN');
  const schedules = await schedulesFor(visitType, work, deps);
  if (schedules.kind !== 'accepted') return failed(work, schedules, refused);
  const wanted = schedules.value.filter(
    ({ id }) => state.search.scheduleId === undefined || state.search.scheduleId === id,
  );
  const found = await slotsOf(wanted, visitType, work, deps);
  if (found.kind !== 'accepted') return failed(work, found, refused);
  const free = await unkept(found.value, wanted, state.search, work, deps);
  const slots = slotsToShow(free, {
    settings: practice.scheduling,
    visitType,
    search: state.search,
    timeZone: practice.settings.timeZone,
    at,
  });
  return {
    commands: [{ type: 'RecordSlots', round: state.round, slots, clinicians: namesOf(schedules.value), at }],
    owed: [],
  };
}

/** Schedules of the visit's service. */
export async function schedulesFor(
  visitType: VisitType | undefined,
  { practice }: Work,
  deps: ScheduleDeps,
): Promise<Outcome<readonly FoundSchedule[]>> {
  const serviceType = codingOf(visitType);
  const query = serviceType === undefined ? {} : { serviceType };
  return counted(deps, 'find-schedules', await practice.pms.scheduling.findSchedules(query));
}

function codingOf(visitType: VisitType | undefined): Coding | undefined {
  if (visitType?.serviceType === undefined) return undefined;
  const { system, code } = visitType.serviceType;
  return system === undefined ? { code } : { system, code };
}

function namesOf(schedules: readonly FoundSchedule[]): Readonly<Record<string, string>> {
  return Object.fromEntries(schedules.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]])));
}

async function slotsOf(
  schedules: readonly FoundSchedule[],
  visitType: VisitType,
  { practice, state }: Work,
  deps: ScheduleDeps,
): Promise<Outcome<readonly FoundSlot[]>> {
  const { from, to, backwards } = state.search;
  const serviceType = codingOf(visitType);
  const count = backwards ? slotsPerScheduleBackwards : slotsPerSchedule;
  const slots: FoundSlot[] = [];
  for (let first = 0; first < schedules.length; first += schedulesAtOnce) {
    const outcomes = await Promise.all(
      schedules.slice(first, first + schedulesAtOnce).map(async ({ id }) => {
        const query = { scheduleId: id, from, to, count, ...(serviceType && { serviceType }) };
        return counted(deps, 'find-slots', await practice.pms.scheduling.findSlots(query));
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.kind !== 'accepted') return outcome;
      slots.push(...outcome.value);
    }
  }
  return { kind: 'accepted', value: slots };
}

/** Without those that we keep for somebody: not every system shows a hold of ours, and none shows one that is on its way. */
async function unkept(
  slots: readonly FoundSlot[],
  schedules: readonly FoundSchedule[],
  { from, to }: SlotSearch,
  { practiceId }: Work,
  deps: ScheduleDeps,
): Promise<readonly SlotOffer[]> {
  const ids = schedules.map(({ id }) => id);
  const kept = await deps.db.tx(practiceId, (tx) => keptTimes(tx, ids, from, to));
  const bySchedule = Map.groupBy(kept, (time) => time.scheduleId);
  return slots
    .filter((slot) => !(bySchedule.get(slot.scheduleId) ?? []).some((time) => touches(time, slot)))
    .map(({ id, scheduleId, start, end }) => ({ slotId: id, scheduleId, start, end }));
}

function touches(time: KeptTime, slot: FoundSlot): boolean {
  return time.from < Date.parse(slot.end) && Date.parse(slot.start) < time.to;
}
