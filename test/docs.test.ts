import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { generatedPages } from '../scripts/docs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
].filter((page) => existsSync(join(root, page)));

const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** Without examples, in which anything may look like a link. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The name that a heading has in a link, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchorsIn(text: string): readonly string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  return [...headings].map(([, heading = '']) => anchorOf(heading));
}

/** Links of a page that lead nowhere. */
function brokenLinks(page: string, text: string): readonly string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsIn(textOf(file)).includes(anchor);
    });
}

const scripts = Object.keys(JSON.parse(textOf('package.json')).scripts);

const commands = [...textOf('src/main.ts').matchAll(/\.command\('([a-z-]+)'\)/g)].map(
  ([, name = '']) => name,
);

/** Names of scripts and commands that do not exist. */
function unknownCommands(text: string): readonly string[] {
  const named = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);
  return [
    ...named(/npm run ([a-z][a-z:-]*)/g).filter((name) => !scripts.includes(name)),
    ...named(/npx vestibule ([a-z][a-z-]*)/g).filter((name) => !commands.includes(name)),
    ...named(/`vestibule ([a-z][a-z-]*)/g).filter((name) => !commands.includes(name)),
  ];
}

/** Paths of one machine, which mean nothing on another. */
function machinePaths(text: string): readonly string[] {
  return text.match(/(?<![\w.])\/(?:work|root|tmp|home\/\w+|Users\/\w+)(?:\/[\w.-]+)+/g) ?? [];
}

test('there are pages, scripts and commands to look at', () => {
  expect(pages.length).toBeGreaterThan(15);
  expect(commands).toContain('start');
  expect(scripts).toContain('test');
});

test.each(Object.entries(generatedPages()))('%s is what `npm run docs` makes', (page, made) => {
  expect(textOf(page)).toBe(made);
});

describe.each(pages)('%s', (page) => {
  test('has no link that leads nowhere', () => {
    expect(brokenLinks(page, textOf(page))).toEqual([]);
  });

  test('names only scripts and commands that exist', () => {
    expect(unknownCommands(textOf(page))).toEqual([]);
  });

  test('holds no path of one machine', () => {
    expect(machinePaths(textOf(page))).toEqual([]);
  });
});

describe('the checks', () => {
  test('find a link that leads nowhere, and pass one that does not', () => {
    const text =
      '[a](none.md) [b](README.md#no-such-heading) `[c](none.md)` [d](https://example.com) [e](errors.md)';
    expect(brokenLinks('docs/configuration.md', text)).toEqual(['none.md', 'README.md#no-such-heading']);
  });

  test('find a command that does not exist', () => {
    expect(
      unknownCommands('`npm run docs`, npm run nothing, npx vestibule fly, npx vestibule start'),
    ).toEqual(['nothing', 'fly']);
  });

  test('find a path of one machine', () => {
    expect(machinePaths('see /home/somebody/notes.txt, not /etc/vestibule/keys.json')).toEqual([
      '/home/somebody/notes.txt',
    ]);
  });
});
