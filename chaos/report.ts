import type { Outcome } from './run.ts';
import { acknowledgements, takenOf, type ViolationKind, violationKinds } from './verdict/index.ts';

/** What a run was and what came of it, as figures. Pure. */
export function figuresOf(outcome: Outcome) {
  const { books, tally, fleet, violations } = outcome;
  const deliveries = books.provider.filter((entry) => entry.kind === 'delivery');
  const acknowledged = deliveries.filter(({ status }) => status === 200);
  const digests = new Set(acknowledged.map(({ digest }) => digest));
  const facts = (type: string) => books.events.filter((event) => event.type === type).length;
  const turns = new Set(
    books.events
      .filter(({ stream }) => stream.startsWith('conversation/'))
      .map((event) => event.correlationId),
  );
  const wrong = Object.fromEntries(
    violationKinds.map((kind) => [kind, violations.filter((one) => one.kind === kind).length]),
  ) as Record<ViolationKind, number>; // of every kind one
  return {
    deliveries: {
      sent: deliveries.length,
      acknowledged: acknowledged.length,
      repeated: acknowledged.length - digests.size + tally.repeats,
      unanswered: deliveries.length - acknowledged.length,
    },
    messages: { written: acknowledgements(books).size, taken: takenOf(books).length, turns: turns.size },
    fire: {
      kills: fleet.kills,
      terminations: fleet.terminations,
      restarts: fleet.restarts,
      failedStarts: fleet.failedStarts,
      endedByThemselves: fleet.deaths,
      databaseStops: tally.databaseCrashes,
      connectionsCut: tally.cuts,
      holds: tally.holds,
      refusals: tally.refusals,
      points: Object.fromEntries([...tally.caught].toSorted(([a], [b]) => a.localeCompare(b))),
      webhookFaults: tally.webhookFaults,
      providerFaults: tally.providerFaults,
      practiceSystemFaults: tally.practiceFaults,
      clockSteps: tally.clockSteps,
      clockMovedHours: Math.round(tally.movedMs / 3_600_000),
      skews: tally.skews,
    },
    effects: {
      intakesFiled: facts('IntakeFiled'),
      booked: facts('AppointmentBooked'),
      moved: facts('AppointmentMoved'),
      cancelled: facts('AppointmentCancelled'),
      confirmed: facts('AppointmentConfirmed'),
      reminders: facts('ReminderSent'),
      staffReplies: facts('StaffReplied'),
      blocked: books.messages.filter(({ state }) => state === 'blocked').length,
      inDoubt: facts('MessageOutcomeUnknown'),
      unresolved: facts('MessageUnresolved'),
      sentAgainByStaff: tally.sentAgain,
      settledByStatus: facts('MessageOutcomeUnknown') - facts('MessageUnresolved'),
    },
    nudges: outcome.nudges,
    wrong,
  };
}

const lineOf = (name: string, figures: object): string =>
  `${name.padEnd(11)} ${Object.entries(figures)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' · ')}`;

/** For people: the figures, then each violation with its ids. */
export function reportOf(outcome: Outcome): string {
  const { deliveries, messages, fire, effects, wrong, nudges } = figuresOf(outcome);
  const { options, unrest, violations, lastWords } = outcome;
  return [
    `seed ${options.seed} · ${options.fireMs / 1000} s of fire · ${options.patients} patients · processes ${options.processes.join(' + ')} · ${outcome.seconds} s in all`,
    lineOf('deliveries', deliveries),
    lineOf('messages', { ...messages, nudges }),
    lineOf('fire', fire),
    lineOf('effects', effects),
    ...lastWords.map((words) => `note        ${words.replaceAll('\n', ' ')}`),
    ...violations.map(({ kind, what, ids }) => `${kind.padEnd(11)} ${what} [${ids.join(' ')}]`),
    ...(unrest === undefined ? [] : [lineOf('NOT QUIET', unrest)]),
    lineOf('verdict', wrong),
  ].join('\n');
}

export const isGood = ({ violations, unrest }: Outcome): boolean =>
  violations.length === 0 && unrest === undefined;
