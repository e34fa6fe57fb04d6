import { execFile, spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The browser tests need a Chromium. As a program: finds one, or installs one, or says what to do. */

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const usualPlaces = [
  '/usr/bin',
  '/usr/local/bin',
  '/opt/google/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Chromium.app/Contents/MacOS',
];

const namesInPlaces = [...names, 'Google Chrome', 'Chromium'];

const whatToDo =
  'the browser tests need a Chromium and none could be installed: install chromium or google-chrome, or set CHROMIUM_PATH to its program';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The path of a Chromium that runs: the one of `CHROMIUM_PATH`, else one in `PATH` or the usual places, else the one
 * that Playwright keeps. Throws `Error` when `CHROMIUM_PATH` names something else.
 */
export async function findChromium(env: Environment = process.env): Promise<string | undefined> {
  const chosen = env.CHROMIUM_PATH;
  if (chosen) {
    if (await runs(chosen)) return chosen;
    throw new Error('CHROMIUM_PATH names no program that runs as a Chromium');
  }
  const inPath = (env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  const inPlaces = usualPlaces.flatMap((folder) => namesInPlaces.map((name) => join(folder, name)));
  for (const path of [...inPath, ...inPlaces]) {
    if ((await isProgram(path)) && (await runs(path))) return path;
  }
  const kept = await playwrightsOwn();
  return (await isProgram(kept)) && (await runs(kept)) ? kept : undefined;
}

/** Installs a Chromium, with the package manager's output on the terminal. False when there is none afterwards. */
export async function installChromium(): Promise<boolean> {
  if (process.getuid?.() === 0 && (await isProgram('/usr/bin/apt-get'))) {
    const options = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    if (show('apt-get', ['update'])) show('apt-get', ['install', ...options, 'chromium']);
    // Ubuntu's package is but a pointer to a snap, which does not run in a container.
    if (await findChromium()) return true;
  }
  const cli = join(import.meta.dirname, '../node_modules/playwright-core/cli.js');
  const withSystemLibraries = process.getuid?.() === 0 ? ['--with-deps'] : [];
  if (!show(process.execPath, [cli, 'install', ...withSystemLibraries, 'chromium'])) {
    if (!show(process.execPath, [cli, 'install', 'chromium'])) return false;
  }
  return (await findChromium()) !== undefined;
}

/** Loaded only when it is needed: it takes longer than all the rest. */
async function playwrightsOwn(): Promise<string> {
  const { chromium } = await import('playwright-core');
  return chromium.executablePath();
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function runs(path: string): Promise<boolean> {
  return promisify(execFile)(path, ['--version'], { timeout: 30_000 }).then(
    ({ stdout }) => /chrom/i.test(stdout),
    () => false,
  );
}

function show(command: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: 'inherit', env }).status === 0;
}

if (import.meta.main && !(await findChromium()) && !(await installChromium())) {
  console.error(whatToDo);
  process.exitCode = 1;
}
