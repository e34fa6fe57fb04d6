import type { Clock } from '#platform/clock.ts';
import type { Bubble, Phone, PhoneContent } from '../../sandbox/phone/index.ts';
import type { Random } from '../random.ts';
import type { Player, Wish } from './people.ts';
import { type Mood, type Reaction, reactTo } from './react.ts';
import { asking, fulfils, hello, staffSign, voids } from './words.ts';

/** Patients who play by themselves until they have what they want. They react to what they read, and to silence when told to. */

export type Standing = {
  readonly patientId: string;
  readonly hasBegun: boolean;
  /** What they still want; empty when they have it all. */
  readonly wishes: readonly Wish[];
  /** Something is about to be written. */
  readonly isWriting: boolean;
  /** How often they had to begin anew. */
  readonly nudges: number;
  /** Who spoke last, and what was said: these are made-up people. */
  readonly lastSide: 'patient' | 'practice' | 'nobody';
  readonly lastText: string;
};

export type Patients = {
  readonly begin: () => void;
  readonly standing: () => readonly Standing[];
  /** Those whose wish is open while the practice spoke last say again what they want. */
  readonly nudge: () => number;
  readonly stop: () => void;
};

export type PatientsOptions = {
  readonly phone: Phone;
  readonly accountId: string;
  readonly players: readonly Player[];
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each message before it is on its way. */
  readonly onWritten: (patientId: string, wamid: string) => void;
};

/** Milliseconds of thinking before an answer. */
const thinkMs = { from: 50, to: 900 } as const;

/** Milliseconds of the world's clock after which the practice may not answer freely, a little less: one writes again. */
const windowMs = 23 * 3_600_000;

type Course = {
  readonly player: Player;
  readonly random: Random;
  readonly read: Set<string>;
  readonly asked: Mood['asked'];
  wishes: readonly Wish[];
  hasBegun: boolean;
  nudges: number;
  spokeAt: number;
  timer: NodeJS.Timeout | undefined;
};

export function playPatients(options: PatientsOptions): Patients {
  const courses = options.players.map((player): Course => courseOf(player, options.random));
  const byId = new Map(courses.map((course) => [course.player.patient.user.id, course]));
  const onChange = ({ patientId }: { patientId: string }) => {
    const course = byId.get(patientId);
    if (course?.hasBegun) readAll(options, course);
  };
  options.phone.events.on('change', onChange);
  const arrivals: NodeJS.Timeout[] = [];
  return {
    begin() {
      for (const course of courses) {
        arrivals.push(setTimeout(() => begin(options, course), course.player.arrivesMs));
      }
    },
    standing: () => courses.map((course) => standingOf(options, course)),
    nudge: () => courses.filter((course) => nudge(options, course)).length,
    stop() {
      options.phone.events.off('change', onChange);
      for (const timer of [...arrivals, ...courses.map(({ timer }) => timer)]) clearTimeout(timer);
    },
  };
}

function courseOf(player: Player, random: Random): Course {
  const own = random.fork(`play-${player.patient.user.id}`);
  const { wishes } = player;
  return {
    ...{ player, wishes, random: own, read: new Set(), asked: new Map() },
    ...{ hasBegun: false, nudges: 0, spokeAt: 0, timer: undefined },
  };
}

const chatOf = ({ phone, accountId }: PatientsOptions, { player }: Course): readonly Bubble[] =>
  phone.chat(player.patient.user.id, accountId).messages;

function begin(options: PatientsOptions, course: Course): void {
  course.hasBegun = true;
  const { language } = course.player.patient;
  write(options, course, { kind: 'text', text: course.random.pick(hello[language]) });
  // Two in one breath: they are to be read in this order.
  if (course.player.isChatty)
    write(options, course, { kind: 'text', text: course.random.pick(hello[language]) });
  if (course.wishes[0] === 'answered') say(options, course, 'answered');
}

function write(options: PatientsOptions, course: Course, content: PhoneContent): void {
  const patientId = course.player.patient.user.id;
  const { id } = options.phone.send(patientId, options.accountId, content);
  course.spokeAt = options.clock.now();
  options.onWritten(patientId, id);
}

/** Puts a wish into words, after a moment. */
function say(options: PatientsOptions, course: Course, wish: Wish): void {
  const { language } = course.player.patient;
  const text = asking[language][wish] ?? course.random.pick(hello[language]);
  soon(options, course, { kind: 'text', text });
}

/** One answer at a time: what comes later in the same moment replaces what was about to be written. */
function soon(options: PatientsOptions, course: Course, content: PhoneContent): void {
  clearTimeout(course.timer);
  course.timer = setTimeout(
    () => {
      course.timer = undefined;
      if (course.player.isChatty && course.random.chance(0.05)) write(options, course, { kind: 'sticker' });
      write(options, course, content);
    },
    course.random.int(thinkMs.from, thinkMs.to),
  );
}

/** Reads what is new, in order; the last message that asks something is answered. */
function readAll(options: PatientsOptions, course: Course): void {
  const { player, read } = course;
  const fresh = chatOf(options, course).filter(
    ({ id, side, status }) => side === 'practice' && status !== 'failed' && !read.has(id),
  );
  if (fresh.length === 0) return;
  for (const { id } of fresh) read.add(id);
  options.phone.seen(player.patient.user.id, options.accountId);
  let reaction: Reaction | undefined;
  for (const message of fresh) reaction = hear(options, course, message) ?? reaction;
  if (reaction === undefined) return;
  if (reaction.wish !== undefined && course.wishes[0] !== reaction.wish)
    course.wishes = [reaction.wish, ...course.wishes];
  soon(options, course, reaction.content);
}

function hear(options: PatientsOptions, course: Course, message: Bubble): Reaction | undefined {
  const { language } = course.player.patient;
  const said = message.text ?? '';
  const [wish] = course.wishes;
  if (said.includes(staffSign)) return undefined;
  if (wish !== undefined && (fulfils(language, wish, said) || voids(language, wish, said))) {
    course.wishes = course.wishes.slice(1);
    const [next] = course.wishes;
    // Free times come by themselves once the details are filed.
    if (next !== undefined && !(wish === 'filed' && next === 'booked')) say(options, course, next);
  }
  return reactTo(message, {
    player: course.player,
    wish: course.wishes[0],
    asked: course.asked,
    random: course.random,
    now: options.clock.now(),
  });
}

/** True when they said again what they want: the practice spoke last, or may not answer what is so old. */
function nudge(options: PatientsOptions, course: Course): boolean {
  const [wish] = course.wishes;
  if (!course.hasBegun || wish === undefined || course.timer !== undefined) return false;
  const { lastSide } = standingOf(options, course);
  const isOld = options.clock.now() - course.spokeAt > windowMs;
  if (lastSide === 'patient' && !isOld) return false;
  course.nudges += 1;
  say(options, course, wish);
  return true;
}

function standingOf(options: PatientsOptions, course: Course): Standing {
  const last = chatOf(options, course).findLast(({ status }) => status !== 'failed');
  return {
    patientId: course.player.patient.user.id,
    hasBegun: course.hasBegun,
    wishes: course.wishes,
    isWriting: course.timer !== undefined,
    nudges: course.nudges,
    lastSide: last?.side ?? 'nobody',
    lastText: last?.text ?? '',
  };
}
