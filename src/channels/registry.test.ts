import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AccountConfigs, channels, isChannelName } from './registry.ts';

/**
 * Every provider's codec, held to its tables: `testdata/<function>.json`, a list of `case`, `given`, `expect`, and
 * `testdata/account.json`, the account that they share. `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review.
 */
const functions = ['verify', 'parse', 'render', 'interpret'] as const;

type FunctionName = (typeof functions)[number];

type Case = { case: string; given: Record<string, unknown>; expect: unknown };

const here = new URL('./', import.meta.url);
const names = ['meta'] as const;
const isUpdate = process.env.UPDATE_FIXTURES === '1';

function tableUrl(name: string, part: string): URL {
  return new URL(`${name}/testdata/${part}.json`, here);
}

function read(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}

/** A body is given as `base64` (any bytes), as `text`, or as `body` (JSON). */
function bytes(given: Record<string, unknown>): Uint8Array {
  if (typeof given.base64 === 'string') return Buffer.from(given.base64, 'base64');
  return Buffer.from(typeof given.text === 'string' ? given.text : JSON.stringify(given.body));
}

/** A body that is JSON is easier to review as JSON. */
function unfolded(result: object): object {
  return 'body' in result && typeof result.body === 'string'
    ? { ...result, body: JSON.parse(result.body) }
    : result;
}

/** The case's own fields stand over the provider's shared account. */
function accountFor(name: 'meta', given: Record<string, unknown>) {
  const shared = read(tableUrl(name, 'account')) as AccountConfigs['meta']; // our own file
  return { ...shared, ...(given.account as object | undefined) }; // our own file
}

function run(name: 'meta', part: FunctionName, given: Record<string, unknown>): unknown {
  const channel = channels[name];
  switch (part) {
    case 'verify': {
      const headers = given.headers as Record<string, string | string[]>; // our own file
      const url = `https://intake.example/webhooks/${name}/front-desk`;
      return channel.verify({ method: 'POST', url, headers, body: bytes(given) }, accountFor(name, given), 0);
    }
    case 'parse':
      try {
        return channel.parse({ body: bytes(given), query: '', receivedAt: '2026-11-20T00:00:00.000Z' });
      } catch (error) {
        return { throws: String(error) };
      }
    case 'render': {
      const message = given.message as Parameters<typeof channel.render>[0]; // our own file
      return unfolded(channel.render(message, accountFor(name, given)));
    }
    case 'interpret':
      return channel.interpret({
        status: Number(given.status),
        headers: (given.headers ?? {}) as Record<string, string>, // our own file
        body: Buffer.from(bytes(given)).toString('utf8'),
      });
  }
}

describe.each(names)('%s', (name) => {
  test('is registered under its own name', () => expect(channels[name].name).toBe(name));

  describe.each(functions)('%s', (part) => {
    const url = tableUrl(name, part);
    const table = read(url) as Case[]; // our own file; each case is checked below
    const results = table.map(({ given }) => run(name, part, given));

    test('has cases, each with a name of its own', () => {
      expect(table.length).toBeGreaterThan(0);
      expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
    });

    test.each(table.map((each, index) => ({ ...each, result: results[index] })))('$case', (each) => {
      if (!isUpdate) expect(each.result).toStrictEqual(each.expect);
    });

    if (isUpdate) {
      const updated = table.map((each, index) => ({ ...each, expect: results[index] }));
      writeFileSync(url, `${JSON.stringify(updated, null, 2)}\n`);
    }
  });
});

/** Their own tests, in their folders, hold them to their tables. */
const testedApart = ['bird', 'messagebird', 'twilio', 'vonage'];

test('what has fixtures is registered', () => {
  const folders = readdirSync(here, { withFileTypes: true }).filter(({ name }) =>
    existsSync(new URL(`${name}/testdata/`, here)),
  );
  expect(folders.map((folder) => folder.name).toSorted()).toEqual(Object.keys(channels).toSorted());
  for (const folder of folders.filter(({ name }) => !testedApart.includes(name))) {
    const tables = readdirSync(new URL(`${folder.name}/testdata/`, here));
    expect(tables.toSorted()).toEqual([...functions, 'account'].map((part) => `${part}.json`).toSorted());
  }
});

test('a name that every object has is no channel', () => {
  expect(isChannelName('meta')).toBe(true);
  for (const name of ['constructor', '__proto__', 'toString', 'Meta', ''])
    expect(isChannelName(name)).toBe(false);
});
