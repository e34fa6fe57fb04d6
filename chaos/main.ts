import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { figuresOf, isGood, reportOf } from './report.ts';
import { runChaos } from './run.ts';

/** `npm run chaos`. Exit codes: 0 the books agree, 1 they do not, 2 used wrongly. */

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

const program = new Command('chaos')
  .description('the product in several processes, under fire; then the ledgers of all sides are compared')
  .option('--minutes <n>', 'how long the fire burns', positive, 1)
  .option(
    '--seed <text>',
    'decides what is done to the world, and what patients do',
    randomBytes(4).toString('hex'),
  )
  .option('--patients <n>', 'how many patients come', positive, 30)
  .option('--processes <list>', 'the roles of each process', 'web;web;worker;worker')
  .option('--every <ms>', 'milliseconds between two strikes, on average', positive, 1_500)
  .option('--days <n>', 'days that pass after the fire', positive, 6)
  .option('--quiet <seconds>', 'how long the world may take to become quiet', positive, 300)
  .option('--keep', 'keep the folder with ledgers and logs', false)
  .option('--json', 'print one JSON object instead of text', false)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

type Given = {
  readonly minutes: number;
  readonly seed: string;
  readonly patients: number;
  readonly processes: string;
  readonly every: number;
  readonly days: number;
  readonly quiet: number;
  readonly keep: boolean;
  readonly json: boolean;
};

const given = program.parse().opts<Given>();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const outcome = await runChaos({
  seed: given.seed,
  fireMs: given.minutes * 60_000,
  everyMs: given.every,
  patients: Math.round(given.patients),
  processes: given.processes.split(';'),
  days: given.days,
  quietMs: given.quiet * 1_000,
  keep: given.keep,
  say: (line) => void process.stderr.write(`${line}\n`),
  signal: stopping.signal,
}).catch((error: unknown) => {
  if (!stopping.signal.aborted) throw error;
  process.stderr.write('broken off\n');
  process.exit(2);
});
const { violations, unrest, options, lastWords } = outcome;
process.stdout.write(
  given.json
    ? `${JSON.stringify({ ok: isGood(outcome), options, ...figuresOf(outcome), violations, unrest, lastWords })}\n`
    : `${reportOf(outcome)}\n`,
);
process.exit(isGood(outcome) ? 0 : 1);
