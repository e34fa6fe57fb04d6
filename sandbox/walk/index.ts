import { type Bubble, type Patient, type Phone, playPersona } from '../phone/index.ts';
import { playStaff, StaffError } from '../staff/index.ts';
import { type Leg, type LegName, legsOf, missingOf, type Offers, type WalkEvent } from './legs.ts';
import { type Act, askToMove, bargain, choicesOf, dayThatSuits, isTime, timesOf, words } from './patient.ts';
import { openStage, type Stage, Stuck } from './stage.ts';

export type { LegName, WalkEvent } from './legs.ts';

/**
 * One patient walks the whole way through a running sandbox: intake, booking, the reminder, another time, a person, and back.
 * Everything happens as for real: by the phone, by the staff's interface, by the clock.
 */

export type WalkOptions = {
  /** Where the product's web role listens, with the sandbox world beside it. */
  readonly productUrl: string;
  readonly apiToken: string;
  readonly phone: Phone;
  readonly practice: {
    readonly id: string;
    readonly timeZone: string;
    /** ISO 3166-1 alpha-2. */
    readonly country: string;
    readonly offers: Offers;
  };
  readonly patient: Patient;
  readonly accountId: string;
  /** Breaks the walk off. */
  readonly signal: AbortSignal;
};

/** A message, or what happened beside the chat. */
export type WalkLine = Bubble | { readonly side: 'beside'; readonly text: string };

export type WalkedLeg = {
  readonly name: LegName;
  readonly title: string;
  readonly lines: readonly WalkLine[];
};

export type Walk = {
  /** Those that were begun; all but the last were walked to their end. */
  readonly legs: readonly WalkedLeg[];
  /** Why the last leg came to no end. */
  readonly stopped: { readonly leg: LegName; readonly why: string } | undefined;
  readonly transcript: readonly Bubble[];
  readonly events: readonly WalkEvent[];
};

/** Milliseconds for the whole intake, and for somebody to appear in the inbox. */
const intakeMs = 90_000;
const inboxMs = 30_000;

/** Milliseconds between two acts of staff: the transcript has them in the order in which the patient saw them. */
const staffPaceMs = 500;

/** Milliseconds after the reminder is due to which the clock is moved. */
const afterDueMs = 60_000;

type Scene = WalkOptions & {
  readonly stage: Stage;
  /** Index of the first message, and of the first fact, of the present leg. */
  readonly from: { readonly bubble: number; readonly event: number };
  /** Tells of what happens beside the chat. */
  readonly tell: (text: string) => void;
};

export async function walkTheWholeWay(options: WalkOptions): Promise<Walk> {
  const stage = openStage({
    ...options,
    practiceId: options.practice.id,
    patientId: options.patient.user.id,
  });
  const first = stage.bubbles().length;
  const legs: WalkedLeg[] = [];
  let stopped: Walk['stopped'];
  for (const leg of legsOf(options.practice.offers)) {
    const from = { bubble: stage.bubbles().length, event: stage.events().length };
    const beside: { at: number; text: string }[] = [];
    const tell = (text: string) => void beside.push({ at: stage.bubbles().length, text });
    const why = await walkLeg(leg, { ...options, stage, from, tell });
    legs.push({ name: leg.name, title: leg.title, lines: linesOf(stage.bubbles(), from.bubble, beside) });
    if (why !== undefined) {
      stopped = { leg: leg.name, why };
      break;
    }
  }
  return { legs, stopped, transcript: stage.bubbles().slice(first), events: stage.events() };
}

/** @returns why it came to no end; undefined when it did */
async function walkLeg(leg: Leg, scene: Scene): Promise<string | undefined> {
  const { stage, from } = scene;
  const missing = () => missingOf(leg, stage.events().slice(from.event));
  try {
    await plays[leg.name](scene);
    await stage.until(() => missing().length === 0, 'the facts of this leg');
    await stage.settle();
    return undefined;
  } catch (error) {
    if (!(error instanceof Stuck) && !(error instanceof StaffError)) throw error;
    const facts = missing();
    const lacks = facts.length === 0 ? '' : `; not in the timeline: ${facts.join(', ')}`;
    return `waited for ${error.message}${lacks}; last there: ${stage.events().at(-1)?.type ?? 'nothing'}`;
  }
}

/** Messages in order, and what happened beside them where it happened. */
function linesOf(
  bubbles: readonly Bubble[],
  from: number,
  beside: readonly { at: number; text: string }[],
): readonly WalkLine[] {
  const lines: WalkLine[] = [];
  for (let at = from; at <= bubbles.length; at++) {
    for (const { text } of beside.filter((one) => one.at === at)) lines.push({ side: 'beside', text });
    const bubble = bubbles[at];
    if (bubble !== undefined) lines.push(bubble);
  }
  return lines;
}

const plays: Readonly<Record<LegName, (scene: Scene) => Promise<void>>> = {
  'opt-in': (scene) =>
    playIntake(scene, () => scene.stage.events().some(({ type }) => type === 'HandedOver')),
  intake: (scene) =>
    playIntake(scene, (last) =>
      scene.practice.offers.booking
        ? last !== undefined && timesOf(last).length > 0
        : scene.stage.events().some(({ type }) => type === 'IntakeFiled'),
    ),
  booking: async (scene) => {
    const { timeZone, country } = scene.practice;
    const day = dayThatSuits(await scene.stage.now(), timeZone, country);
    await takeATime(scene, lastBubble(scene), day, 'AppointmentBooked');
  },
  reminder: async ({ stage, tell, from }) => {
    await stage.until(() => firstDue(stage.events()) !== undefined, 'a reminder to be planned');
    const due = firstDue(stage.events()) ?? 0;
    tell(`the clock is moved to ${new Date(due + afterDueMs).toISOString()}`);
    await stage.moveClockTo(due + afterDueMs);
    await stage.until(
      () =>
        stage
          .bubbles()
          .slice(from.bubble)
          .some((bubble) => askToMove(bubble) !== undefined),
      'a reminder with a button for another time',
    );
  },
  move: async (scene) => {
    const reminder = scene.stage.bubbles().findLast((bubble) => askToMove(bubble) !== undefined);
    const act = reminder && askToMove(reminder);
    if (act === undefined) throw new Stuck('a reminder with a button for another time');
    scene.stage.act(act);
    await takeATime(scene, undefined, undefined, 'AppointmentMoved');
  },
  handoff: async ({ stage, patient }) => stage.act({ do: 'say', text: words[patient.language].person }),
  staff: async ({ productUrl, practice, signal, tell: onAct }) => {
    const wait = { patienceMs: inboxMs, paceMs: staffPaceMs, signal };
    const { did } = await playStaff({ productUrl, practiceId: practice.id, onAct, ...wait });
    if (did === 'nobody-waits') throw new Stuck('somebody in the inbox');
  },
  assistant: async ({ stage, patient, from }) => {
    stage.act({ do: 'say', text: words[patient.language].hello });
    await stage.until(
      () => stage.bubbles().slice(from.bubble).findLast(isSaid)?.side === 'practice',
      'an answer of the assistant',
    );
  },
};

const isSaid = ({ status }: Bubble): boolean => status !== 'failed';

const lastBubble = ({ stage }: Scene): Bubble | undefined =>
  stage.bubbles().findLast(({ side }) => side === 'practice');

/** The persona answers what the practice asks, until `isOver` holds of the practice's last message. */
async function playIntake(scene: Scene, isOver: (last: Bubble | undefined) => boolean): Promise<void> {
  const { phone, patient, accountId, signal, stage } = scene;
  const { done } = await playPersona({
    phone,
    patientId: patient.user.id,
    accountId,
    persona: patient.persona,
    timeoutMs: intakeMs,
    signal,
    until: async () => {
      // The persona would answer at once what came meanwhile, so the chat is looked at last.
      await stage.settle();
      return isOver(lastBubble(scene));
    },
  });
  if (!done) throw new Stuck('the answer to what the patient said last');
}

/** Bargains until the practice system has it. `offer` is a message with times that stands there already. */
async function takeATime(
  { stage, from }: Scene,
  offer: Bubble | undefined,
  day: string | undefined,
  reached: string,
): Promise<void> {
  const answered = new Set<string>();
  // The time that the patient has does not suit any more.
  const taken = stage
    .bubbles()
    .slice(0, from.bubble)
    .findLast(({ side, text }) => side === 'patient' && text !== undefined && isTime(text))?.text;
  let wanted = day;
  const next = () =>
    [...(offer === undefined ? [] : [offer]), ...stage.bubbles().slice(from.bubble)].find(
      (bubble) =>
        bubble.side === 'practice' &&
        choicesOf(bubble).length > 0 &&
        isSaid(bubble) &&
        !answered.has(bubble.id),
    );
  const isReached = () =>
    stage
      .events()
      .slice(from.event)
      .some(({ type }) => type === reached);
  for (;;) {
    await stage.until(
      () => isReached() || next() !== undefined,
      'times to choose from, or a question about one',
    );
    const message = next();
    if (isReached() || message === undefined) return;
    answered.add(message.id);
    const act: Act | undefined = bargain(message, wanted, taken);
    wanted = undefined;
    if (act !== undefined) stage.act(act);
  }
}

/** When the first reminder of the visit is due, as it is planned. Milliseconds. */
function firstDue(events: readonly WalkEvent[]): number | undefined {
  const planned = events.findLast(({ type }) => type === 'RemindersPlanned');
  const reminders = property(planned?.data, 'reminders');
  const dues = (Array.isArray(reminders) ? reminders : []).flatMap(
    (one) => instantOf(property(one, 'due')) ?? [],
  );
  return dues.length === 0 ? undefined : Math.min(...dues);
}

function instantOf(value: unknown): number | undefined {
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
