import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fire, newTally, type Scene, stepClock, type Tally } from './hit.ts';
import { randomOf } from './random.ts';
import { readBooks } from './read-books.ts';
import { calm, settle, type Unrest } from './settle.ts';
import { startStaff } from './staff.ts';
import { planStrikes } from './strikes.ts';
import { type Books, type Violation, verdictOn } from './verdict/index.ts';
import { startWorld } from './world.ts';

/** One run: a world, the fire, the quiet, the days that pass, the verdict. */

export type RunOptions = {
  readonly seed: string;
  /** Milliseconds under fire. */
  readonly fireMs: number;
  /** Milliseconds between two strikes, on average; of every kind there is at least one. */
  readonly everyMs: number;
  readonly patients: number;
  readonly processes: readonly string[];
  /** Days that pass after the fire, so that reminders come. */
  readonly days: number;
  /** Milliseconds that the world gets to become quiet. */
  readonly quietMs: number;
  /** Keeps the folder with the ledgers, the logs and the database's files. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
  /** Breaks the run off; everything is ended and removed. */
  readonly signal: AbortSignal;
};

export type Outcome = {
  readonly options: Pick<RunOptions, 'seed' | 'fireMs' | 'patients' | 'processes' | 'days'>;
  readonly violations: readonly Violation[];
  /** What still went on when the time for it was over. */
  readonly unrest: Unrest | undefined;
  readonly books: Books;
  readonly tally: Tally;
  readonly fleet: {
    readonly kills: number;
    readonly terminations: number;
    readonly restarts: number;
    readonly failedStarts: number;
    readonly deaths: number;
  };
  readonly lastWords: readonly string[];
  readonly nudges: number;
  readonly seconds: number;
};

/** Part of the fire in which patients come; the rest of it is for those who are there. */
const arriving = 0.6;

/** Hours of one step while days pass: reminders of the same visit are far enough apart. */
const stepHours = 12;

/** Roles whose people answer patients. */
const staffRoles = ['front-desk', 'manager'];

export async function runChaos(options: RunOptions): Promise<Outcome> {
  const began = performance.now();
  const { seed, fireMs, patients, processes, keep, say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-chaos-'));
  // The database's user passes through.
  await chmod(folder, 0o711);
  const cleanUp = new AsyncDisposableStack();
  if (keep) say(`the folder is kept: ${folder}`);
  else cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    const world = await startWorld({
      ...{ folder, seed, patients, processes, keep },
      arriveMs: fireMs * arriving,
    });
    cleanUp.defer(world.stop);
    const random = randomOf(seed).fork('strikes');
    const scene: Scene = { world, random: random.fork('targets'), tally: newTally() };
    const staff = startStaff({ url: world.frontUrl, random: random.fork('staff'), roles: staffRoles });
    cleanUp.defer(staff.stop);
    await world.provider.ask({ type: 'begin' });
    say(`all is up after ${seconds(began)} s; the fire burns for ${Math.round(fireMs / 1000)} s`);
    await fire(scene, planStrikes(random.fork('plan'), fireMs, options.everyMs), options.signal);
    await calm(scene);
    say('the fire is out; waiting for quiet');
    let unrest = await settle(scene, options.quietMs, options.signal);
    for (let step = 0; step < (options.days * 24) / stepHours && unrest === undefined; step += 1) {
      await stepClock(scene, stepHours * 3_600_000);
      unrest = await settle(scene, options.quietMs, options.signal);
    }
    say('reading the books');
    await staff.stop();
    const books = await readBooks(world, staff.ledger);
    const { counts, lastWords } = world.fleet;
    return {
      options: { seed, fireMs, patients, processes, days: options.days },
      violations: verdictOn(books),
      ...{ unrest, books, tally: scene.tally, fleet: { ...counts }, lastWords: [...lastWords] },
      nudges: books.patients.reduce((sum, { nudges }) => sum + nudges, 0),
      seconds: seconds(began),
    };
  } finally {
    await cleanUp.disposeAsync();
  }
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;
