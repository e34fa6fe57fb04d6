import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { randomOf } from '../../chaos/random.ts';
import { planStrikes, strikeKinds } from '../../chaos/strikes.ts';

/** A short run of `npm run chaos`: the product in two processes, everything struck once, and books that agree. */

const main = fileURLToPath(new URL('../../chaos/main.ts', import.meta.url));

/** Milliseconds. On a quiet machine it is over in some forty seconds; how fast a machine is, is not what this is about. */
const longTest = 600_000;

const args = [
  ...['--seed', 'short', '--minutes', '0.2', '--every', '600', '--patients', '5', '--days', '1'],
  ...['--processes', 'web,worker;web,worker', '--quiet', '240', '--json'],
];

function run(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH, HOME, TMPDIR },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

test('under fire nothing is lost, nothing is doubled, and order is kept', { timeout: longTest }, async () => {
  const { code, out, err } = await run();
  expect(out, err).not.toBe('');
  const report = JSON.parse(out);
  expect(report.violations).toEqual([]);
  expect(report.unrest).toBeUndefined();
  expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
  // It was under fire indeed, and there was something to lose.
  expect(report.fire.kills).toBeGreaterThan(0);
  expect(report.fire.databaseStops).toBeGreaterThan(0);
  expect(report.fire.clockSteps).toBeGreaterThan(0);
  expect(report.fire.endedByThemselves).toBe(0);
  expect(report.effects.intakesFiled).toBeGreaterThanOrEqual(5);
  expect(report.effects.booked).toBeGreaterThan(0);
  expect(report.deliveries.acknowledged).toBeGreaterThan(50);
});

test('the seed decides what is struck, and when; every kind is among it', () => {
  const plan = (seed: string) => planStrikes(randomOf(seed), 60_000, 1_500);
  expect(plan('a')).toEqual(plan('a'));
  expect(plan('a')).not.toEqual(plan('b'));
  expect(new Set(plan('a').map(({ strike }) => strike.kind))).toEqual(new Set(strikeKinds));
  const times = plan('a').map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
