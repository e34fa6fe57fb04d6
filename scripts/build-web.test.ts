import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
let copy: string;

// A production install: the sources, and none of the tools that build them.
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'build-web-'));
  for (const file of ['scripts/build-web.ts', 'vite.config.ts', 'package.json']) {
    cpSync(join(root, file), join(copy, file), { recursive: true });
  }
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

const run = (): string =>
  execFileSync(process.execPath, [join(copy, 'scripts/build-web.ts')], { encoding: 'utf8' });

test('without Vite and without built files, one line says so and the install goes on', () => {
  expect(run()).toMatch(/^web: Vite is not installed and dist\/ is missing[^\n]*\n$/);
  expect(existsSync(join(copy, 'dist'))).toBe(false);
});

test('without Vite, built files are used as they are', () => {
  mkdirSync(join(copy, 'dist/sandbox'), { recursive: true });
  expect(run()).toMatch(/^web: Vite is not installed; [^\n]*as they are\n$/);
});
