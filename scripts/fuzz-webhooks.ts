import { parseArgs } from 'node:util';
import { fuzzWebhooks } from '../test/fuzz/webhooks.ts';
import { providers } from '../test/providers/index.ts';

/**
 * `npm run fuzz:webhooks -- --count 100000 --seed 7 --only twilio`: deliveries as each provider signs them, with something changed in
 * each. Prints a line per provider; ends with 1 where a changed one was taken or a right one refused.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    ways: { type: 'boolean', default: false },
  },
});
const names = providers
  .map(({ name }) => name)
  .filter((name) => values.only === undefined || name === values.only);
if (names.length === 0) throw new Error(`no provider is named "${values.only}"`);
const seed = Number(values.seed);
console.log(`seed ${seed}`);
for (const name of names) {
  const began = performance.now();
  const { mutated, refused, accepted, valid, refusedValid, ways, faults } = await fuzzWebhooks(
    name,
    Number(values.count),
    seed,
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${name.padEnd(12)} mutated ${mutated}, refused ${refused}, accepted ${accepted}; valid ${valid}, refused valid ${refusedValid}; ${seconds} s`,
  );
  if (values.ways) for (const [way, count] of Object.entries(ways)) console.log(`  ${way}: ${count}`);
  for (const fault of faults) console.error(`  ${fault}`);
  if (accepted > 0 || refusedValid > 0) process.exitCode = 1;
}
