import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type ProviderName, providerNames } from '../sandbox/provider/provider.ts';

/**
 * `npm run scenarios -- --provider twilio|vonage|messagebird|bird|meta|all [file …]`: the scenarios with the practices at that provider.
 * Prints how many passed, and every test that is another provider's own, with its reason. Exit code 1 when one failed.
 */

const root = fileURLToPath(new URL('..', import.meta.url));

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ title: z.string(), fullName: z.string(), status: z.string() })),
    }),
  ),
});

type Outcome = {
  readonly provider: ProviderName;
  readonly passed: number;
  readonly failed: readonly string[];
  readonly others: readonly string[];
};

async function ownFilesOf(provider: ProviderName): Promise<readonly (readonly [string, string])[]> {
  if (provider === 'meta') return [];
  const text = await readFile(join(root, 'test/scenarios/provider-own.json'), 'utf8');
  return Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(text)));
}

async function run(provider: ProviderName, files: readonly string[]): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-scenarios-'));
  const output = join(folder, 'report.json');
  const own = await ownFilesOf(provider);
  const args = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...(files.length > 0 ? files : ['test/scenarios']),
    ...own.flatMap(([file]) => ['--exclude', `**/test/scenarios/${file}`]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${output}`,
  ];
  const env = { ...process.env, SCENARIOS_PROVIDER: provider };
  await new Promise((resolve) =>
    spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).on('close', resolve),
  );
  const { testResults } = report.parse(JSON.parse(await readFile(output, 'utf8')));
  await rm(folder, { recursive: true });
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  // Where the set-up failed, the tests of the file count as skipped.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  return {
    provider,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: [
      ...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
      ...broken.map(({ name }) => name),
    ],
    others: [
      ...tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(({ title }) => title),
      ...own.map(([file, why]) => `${file} [${why}]`),
    ],
  };
}

function wantedOf(name: string): readonly ProviderName[] {
  if (name === 'all') return providerNames;
  const found = providerNames.find((each) => each === name);
  if (found === undefined) throw new Error(`--provider: expected one of ${providerNames.join(', ')} or all`);
  return [found];
}

const { values, positionals } = parseArgs({
  options: { provider: { type: 'string', default: 'all' } },
  allowPositionals: true,
});
const outcomes: Outcome[] = [];
for (const provider of wantedOf(values.provider)) outcomes.push(await run(provider, positionals));
for (const { provider, passed, failed, others } of outcomes) {
  process.stdout.write(`\n${provider}: ${passed} passed, ${failed.length} failed\n`);
  for (const name of failed) process.stdout.write(`  FAILED ${name}\n`);
  for (const name of others) process.stdout.write(`  not run here: ${name}\n`);
}
process.exitCode = outcomes.some(({ failed }) => failed.length > 0) ? 1 : 0;
