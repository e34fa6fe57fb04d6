import { parseArgs } from 'node:util';
import { fuzz } from '../test/fuzz/harness.ts';
import { targets } from '../test/fuzz/targets.ts';

/** `npm run fuzz -- --minutes 10 --seed 7`: reads strange inputs until the time is up; ends with 1 and the input at the first fault. */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
  },
});
const runs = 200;
const chosen = targets.filter(({ name }) => name.includes(values.only ?? ''));
if (chosen.length === 0) throw new Error(`no target's name holds "${values.only}"`);
const end = Date.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed);
let rounds = 0;
console.log(`seed ${seed}, ${chosen.length} targets, ${runs} inputs each per round`);
do {
  for (const target of chosen) {
    try {
      fuzz(target, { seed, runs, shrink: true });
    } catch (error) {
      console.error(`${target.name}, --seed ${seed}:`, error);
      process.exit(1);
    }
  }
  rounds += 1;
  seed += 1;
} while (Date.now() < end);
console.log(`${rounds} rounds, ${rounds * runs * chosen.length} inputs: all read or refused as promised`);
