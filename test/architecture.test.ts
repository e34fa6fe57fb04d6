import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readMigrations } from '#platform/db/migrate.ts';
import { badSnippets, goodSnippets } from './architecture/bad-snippets.ts';
import { layers, pureAcross, violations } from './architecture/rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Source files below a folder, relative to the repository. */
function sources(folder: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter(
      (path) => /\.tsx?$/.test(path) && !path.includes('/node_modules/') && !path.includes('/testdata/'),
    );
}

const folders = ['src', 'sandbox', 'web', 'test', 'bench', 'chaos', 'scripts'];

describe('the code', () => {
  test.each(folders)('in %s keeps to the layers, and its pure files are pure', (folder) => {
    const broken = sources(folder).flatMap((path) => violations(path, readFileSync(root + path, 'utf8')));
    expect(broken).toEqual([]);
  });

  test('was looked at', () => {
    expect(sources('src').length).toBeGreaterThan(20);
    expect(sources('test').length).toBeGreaterThan(5);
  });

  test('lives in modules that the table knows', () => {
    const modules = readdirSync(`${root}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['app', 'cli'].includes(entry.name))
      .map(({ name }) => name);
    expect(modules.filter((name) => !(name in layers))).toEqual([]);
  });
});

describe('the rules', () => {
  test.each(badSnippets)('in %s, %j is reported', (path, code, sentence) => {
    expect(violations(path, code)).toContain(`${path}: ${sentence}`);
  });

  test.each(goodSnippets)('in %s, %j passes', (path, code) => {
    expect(violations(path, code)).toEqual([]);
  });

  test.each(pureAcross)('let other modules use %s, which is there and pure', (file) => {
    expect(existsSync(`${root}src/${file}`)).toBe(true);
    expect(violations(`src/${file}`, `import pg from 'pg';`)).not.toEqual([]);
  });

  test('have no circle: calls go down', () => {
    const visit = (name: string, above: readonly string[]): void => {
      expect(above).not.toContain(name);
      for (const below of layers[name] ?? []) visit(below, [...above, name]);
    };
    for (const name of Object.keys(layers)) visit(name, []);
  });
});

test('migrations are numbered without gaps', async () => {
  expect((await readMigrations(`${root}migrations`)).length).toBeGreaterThan(0);
});
