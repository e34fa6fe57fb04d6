import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * `npm run simulate -- --runs N --seed S`: the random histories of `npm test`, many more of them. What fails prints its seed, and the
 * smallest history that fails.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '50' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(Date.now() % 2 ** 31);
if (!/^[1-9]\d{0,6}$/.test(values.runs) || !/^\d{1,10}$/.test(seed)) {
  process.stderr.write('simulate: --runs and --seed are whole numbers\n');
  process.exit(2);
}
process.stdout.write(`simulate: ${values.runs} runs of each history, seed ${seed}\n`);

// A run takes seconds; a run that hangs is ended all the same.
const timeoutMs = 120_000 + Number(values.runs) * 20_000;
const { status } = spawnSync(
  process.execPath,
  [
    fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url)),
    ...['run', 'test/simulation', 'test/scenarios/rebuild.test.ts', 'src/conversation/simulation.test.ts'],
    ...[`--testTimeout=${timeoutMs}`, `--hookTimeout=${timeoutMs}`],
  ],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, SIMULATE_RUNS: values.runs, SIMULATE_SEED: seed },
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
