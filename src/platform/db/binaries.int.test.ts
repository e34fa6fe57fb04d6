import { lstatSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serviceAccount } from './account.ts';
import { nativeFolder, prepareBinaries } from './binaries.ts';

let folder = '';
let native = '';
let copyTo = '';

/** A package as npm unpacks it where install scripts do not run: no links, and no modes worth relying on. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binaries-'));
  await chmod(folder, 0o711);
  const unpacked = join(folder, 'package');
  native = join(unpacked, 'native');
  copyTo = join(folder, 'runtime');
  await mkdir(unpacked);
  await cp(join(dirname(nativeFolder()), 'package.json'), join(unpacked, 'package.json'));
  await cp(nativeFolder(), native, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !lstatSync(source).isSymbolicLink(),
  });
  for (const name of await readdir(join(native, 'bin'))) await chmod(join(native, 'bin', name), 0o644);
});

afterEach(async () => {
  await chmod(join(native, 'lib'), 0o755);
  await rm(folder, { recursive: true });
});

async function account() {
  return process.getuid?.() === 0 ? serviceAccount() : undefined;
}

test('missing links and modes are set where the package is', async () => {
  const { postgres, version } = await prepareBinaries(await account(), copyTo, native);
  expect(postgres).toBe(join(native, 'bin', 'postgres'));
  expect(version).toMatch(/^18\./);
  await expect(stat(copyTo)).rejects.toThrow('ENOENT');
});

test('a package that is closed to the user or cannot be changed is copied, once', async () => {
  // Root may change anything, but its unprivileged user cannot enter; an ordinary user can enter, but not change.
  if (process.getuid?.() === 0) await chmod(dirname(native), 0o700);
  else await chmod(join(native, 'lib'), 0o555);
  const first = await prepareBinaries(await account(), copyTo, native);
  expect(first.postgres.startsWith(copyTo)).toBe(true);
  const { ino } = await stat(first.postgres);
  const second = await prepareBinaries(await account(), copyTo, native);
  expect(second).toEqual(first);
  expect((await stat(second.postgres)).ino).toBe(ino);
});
