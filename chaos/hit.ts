import { setTimeout as wait } from 'node:timers/promises';
import type { Member } from './fleet.ts';
import { isAcknowledgement } from './points.ts';
import type { Random } from './random.ts';
import type { Planned, Point, Strike } from './strikes.ts';
import type { Spoil, Trap, Wire } from './wire.ts';
import type { World } from './world.ts';

/** Does to the world what was planned. */

export type Tally = {
  databaseCrashes: number;
  cuts: number;
  holds: number;
  refusals: number;
  /** Points at which something was caught, by name; `+kill` where a process died of it. */
  readonly caught: Map<string, number>;
  clockSteps: number;
  movedMs: number;
  skews: number;
  repeats: number;
  webhookFaults: number;
  providerFaults: number;
  practiceFaults: number;
  /** Messages in doubt that a person had sent once more. */
  sentAgain: number;
};

export const newTally = (): Tally => ({
  ...{ databaseCrashes: 0, cuts: 0, holds: 0, refusals: 0, caught: new Map(), clockSteps: 0, movedMs: 0 },
  ...{ skews: 0, repeats: 0, webhookFaults: 0, providerFaults: 0, practiceFaults: 0, sentAgain: 0 },
});

export type Scene = { readonly world: World; readonly random: Random; readonly tally: Tally };

/** Runs the whole plan; resolves when the last strike has been dealt. */
export async function fire(scene: Scene, plan: readonly Planned[], signal: AbortSignal): Promise<void> {
  const began = performance.now();
  for (const { atMs, strike } of plan) {
    await wait(Math.max(0, atMs - (performance.now() - began)), undefined, { signal });
    await hit(scene, strike);
  }
}

async function hit(scene: Scene, strike: Strike): Promise<void> {
  const { world, random, tally } = scene;
  switch (strike.kind) {
    case 'kill':
      return kill(world, random, strike.who);
    case 'terminate':
      random.pick(world.fleet.members).signal('SIGTERM');
      return;
    case 'commit-storm':
      return setStorm(scene);
    case 'database-crash':
      return await crashDatabase(scene, strike.downMs);
    case 'cut':
      for (const wire of wiresOf(scene, strike.way)) tally.cuts += wire.cut();
      return;
    case 'hold':
      tally.holds += 1;
      return wireOf(scene, strike.way).hold(strike.ms);
    case 'refuse':
      tally.refusals += 1;
      return wireOf(scene, strike.way).refuse(strike.ms);
    case 'point':
      return setPoint(scene, strike.point, strike.kills);
    case 'clock':
      return await stepClock(scene, strike.ms);
    case 'skew':
      tally.skews += 1;
      return random.pick(world.fleet.members).tell({ skewMs: strike.ms });
    default:
      return await hitOthers(scene, strike);
  }
}

type OnOthers = Extract<Strike, { kind: 'webhooks' | 'repeat-old' | 'provider' | 'practice-system' }>;

async function hitOthers({ world, tally }: Scene, strike: OnOthers): Promise<void> {
  switch (strike.kind) {
    case 'webhooks': {
      tally.webhookFaults += 1;
      const { fault, count, delayMs } = strike;
      await world.provider.ask({
        ...{ type: 'fault', fault, count },
        ...(delayMs === undefined ? {} : { delayMs }),
      });
      return;
    }
    case 'repeat-old':
      tally.repeats += 1;
      // Nobody waits for it: the web process may be on its way down.
      void world.provider.ask({ type: 'repeat-old' }).catch(() => undefined);
      return;
    case 'provider':
      tally.providerFaults += 1;
      await world.provider.ask({ type: 'fault', fault: strike.fault, count: strike.count });
      return;
    case 'practice-system':
      tally.practiceFaults += 1;
      await world.practiceSystem.ask({ type: 'fault', fault: strike.fault });
      return;
  }
}

export async function stepClock({ world, tally }: Scene, ms: number): Promise<void> {
  tally.clockSteps += 1;
  tally.movedMs += ms;
  await world.moveClock(ms);
}

function kill(world: World, random: Random, who: Extract<Strike, { kind: 'kill' }>['who']): void {
  const { members } = world.fleet;
  if (who === 'everybody') for (const member of members) member.signal('SIGKILL', true);
  else if (who === 'all-workers') for (const member of playing(members, 'worker')) member.signal('SIGKILL');
  else random.pick(playing(members, who)).signal('SIGKILL');
}

const playing = (members: readonly Member[], role: string): readonly Member[] =>
  members.filter(({ roles }) => roles.split(',').includes(role));

/** Of several connections of one kind some are cut, whosever they are: an idle wire has none. */
function wiresOf({ world, random }: Scene, way: Extract<Strike, { kind: 'cut' }>['way']): readonly Wire[] {
  if (way === 'front') return [world.front];
  const wires = world.fleet.members.map((member) => member.ways[way]).filter((wire) => wire.open() > 0);
  return wires.filter((_, index) => index === 0 || random.chance(0.3));
}

function wireOf({ world, random }: Scene, way: Extract<Strike, { kind: 'cut' }>['way']): Wire {
  return way === 'front' ? world.front : random.pick(world.fleet.members).ways[way];
}

/** The server dies without a word, and comes back a little later; the product is not told. */
async function crashDatabase({ world, tally }: Scene, downMs: number): Promise<void> {
  tally.databaseCrashes += 1;
  await world.database.crash();
  await wait(downMs);
  await world.database.start();
}

/** Commits in a row, within a moment, by which a storm is known. */
const storm = { commits: 5, withinMs: 500 } as const;

/** Kills a process in the midst of its commits. */
function setStorm(scene: Scene): void {
  const member = scene.random.pick(scene.world.fleet.members);
  const times: number[] = [];
  member.ways.database.setTrap({
    direction: 'request',
    spoil: 'pass',
    catches: (asked) => {
      if (asked !== 'commit') return false;
      const now = performance.now();
      times.push(now);
      return times.filter((time) => now - time < storm.withinMs).length >= storm.commits;
    },
    meanwhile: () => {
      if (member.signal('SIGKILL')) count(scene.tally, 'commit-storm+kill');
    },
  });
}

function count({ caught }: Tally, name: string): void {
  caught.set(name, (caught.get(name) ?? 0) + 1);
}

type Snare = { readonly way: 'database' | 'provider' | 'practice-system'; readonly trap: Trap };

function snareOf(point: Exclude<Point, 'after-acknowledgement'>): Snare {
  const on = (way: Snare['way'], asked: string, direction: Trap['direction'], spoil: Spoil): Snare => ({
    way,
    trap: { direction, spoil, catches: (known) => known === asked },
  });
  switch (point) {
    case 'send-taken':
      return on('provider', 'send', 'answer', 'cut');
    case 'send-half-answered':
      return on('provider', 'send', 'answer', 'half');
    case 'send-not-arrived':
      return on('provider', 'send', 'request', 'cut');
    case 'write-committed':
      return on('practice-system', 'write', 'answer', 'cut');
    case 'write-half-answered':
      return on('practice-system', 'write', 'answer', 'half');
    case 'write-not-arrived':
      return on('practice-system', 'write', 'request', 'half');
    case 'commit-unknown':
      return on('database', 'commit', 'answer', 'cut');
    case 'commit-not-arrived':
      return on('database', 'commit', 'request', 'cut');
  }
}

/** The next time the point is reached, there the connection is cut; with `kills` the process dies in that moment. */
function setPoint(scene: Scene, point: Point, kills: boolean): void {
  const { world, random, tally } = scene;
  const strike = (member: Member | undefined) => {
    const isKilled = kills && member?.signal('SIGKILL') === true;
    count(tally, isKilled ? `${point}+kill` : point);
  };
  if (point === 'after-acknowledgement') {
    world.front.setTrap({
      direction: 'answer',
      spoil: kills ? 'pass' : 'pass-cut',
      catches: isAcknowledgement,
      meanwhile: (port) => strike(world.fleet.members.find((member) => member.webPort() === port)),
    });
    return;
  }
  const { way, trap } = snareOf(point);
  // What only workers do would never be caught at another's wire.
  const candidates = way === 'database' ? world.fleet.members : playing(world.fleet.members, 'worker');
  const member = random.pick(candidates);
  member.ways[way].setTrap({ ...trap, meanwhile: () => strike(member) });
}
