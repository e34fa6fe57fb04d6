import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findChromium } from './ensure-chromium.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chromium-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function program(name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}

test('the one that CHROMIUM_PATH names comes first', async () => {
  const chosen = await program('mine', 'echo Google Chrome 150.0');
  await program('chromium', 'echo Chromium 150.0');
  expect(await findChromium({ CHROMIUM_PATH: chosen, PATH: folder })).toBe(chosen);
});

test('then the first in PATH', async () => {
  const found = await program('google-chrome', 'echo Google Chrome 150.0');
  expect(await findChromium({ PATH: `/nowhere:${folder}` })).toBe(found);
});

test('one that only tells how to install it is passed over', async () => {
  const pointer = await program('chromium', 'echo Please install the chromium snap; exit 1');
  const real = await program('google-chrome', 'echo Google Chrome 150.0');
  expect(await findChromium({ PATH: folder })).toBe(real);
  await expect(findChromium({ CHROMIUM_PATH: pointer })).rejects.toThrow('CHROMIUM_PATH');
});
