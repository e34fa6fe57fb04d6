import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Channel, OutboundMessage } from './channel.ts';
import { type AccountConfigs, type ChannelName, channels, isChannelName } from './registry.ts';

/**
 * Every provider's codec, held to its tables: `testdata/<function>.json`, a list of `case`, `given`, `expect`, and
 * `testdata/account.json`, the account that they share. `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review.
 */
const functions = ['verify', 'parse', 'render', 'interpret'] as const;

type FunctionName = (typeof functions)[number];

/** A codec has seen too little of its provider where a table holds fewer. */
const fewestCases = 20;

/** A body is given as `form` (fields), as `base64` (any bytes), as `text`, or as `body` (JSON). */
type Given = {
  readonly form?: Readonly<Record<string, string>>;
  readonly base64?: string;
  readonly text?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly url?: string;
  readonly query?: string;
  readonly nowMs?: number;
  readonly receivedAt?: string;
  readonly status?: number;
  readonly message?: OutboundMessage;
  /** Stands over the provider's shared account. */
  readonly account?: object;
};

type Case = { readonly case: string; readonly given: Given; readonly expect: unknown };

const here = new URL('./', import.meta.url);
const names = Object.keys(channels).filter(isChannelName);
const isUpdate = process.env.UPDATE_FIXTURES === '1';

function tableUrl(name: string, part: string): URL {
  return new URL(`${name}/testdata/${part}.json`, here);
}

function read(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}

function bytes({ form, base64, text, body }: Given): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  if (form !== undefined) return Buffer.from(new URLSearchParams(form).toString());
  return Buffer.from(text ?? JSON.stringify(body));
}

/** A body is easier to review as what is in it. */
function unfolded(result: object): object {
  if (!('body' in result) || typeof result.body !== 'string') return result;
  const isJson = result.body.startsWith('{');
  return {
    ...result,
    body: isJson ? JSON.parse(result.body) : Object.fromEntries(new URLSearchParams(result.body)),
  };
}

type Run = (given: Given) => unknown;

function runnersOf<Name extends ChannelName>(name: Name): Readonly<Record<FunctionName, Run>> {
  const channel: Channel<AccountConfigs[Name]> = channels[name];
  const shared = read(tableUrl(name, 'account')) as AccountConfigs[Name]; // our own file
  const accountFor = ({ account }: Given) => ({ ...shared, ...account });
  return {
    verify: (given) => {
      const url = given.url ?? `https://intake.example/webhooks/${name}/front-desk`;
      const webhook = { method: 'POST', url, headers: given.headers ?? {}, body: bytes(given) };
      return channel.verify(webhook, accountFor(given), given.nowMs ?? Number.NaN);
    },
    parse: (given) => {
      const { query = '', receivedAt = '2026-11-18T11:07:00.000Z' } = given;
      try {
        return channel.parse({ body: bytes(given), query, receivedAt });
      } catch (error) {
        return { throws: String(error) };
      }
    },
    render: (given) => {
      if (given.message === undefined) throw new Error('expected a message');
      return unfolded(channel.render(given.message, accountFor(given)));
    },
    interpret: (given) =>
      channel.interpret({
        status: Number(given.status),
        headers: (given.headers ?? {}) as Record<string, string>, // our own file
        body: bytes(given).toString('utf8'),
      }),
  };
}

describe.each(names)('%s', (name) => {
  const runners = runnersOf(name);

  test('is registered under its own name', () => expect(channels[name].name).toBe(name));

  describe.each(functions)('%s', async (part) => {
    const url = tableUrl(name, part);
    const table = read(url) as Case[]; // our own file; each case is checked below
    const results = await Promise.all(table.map(({ given }) => runners[part](given)));

    test('has cases, each with a name of its own', () => {
      expect(table.length).toBeGreaterThan(fewestCases);
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

test('what has fixtures is registered, and what is registered has fixtures for each of its functions', () => {
  const folders = readdirSync(here, { withFileTypes: true })
    .map(({ name }) => name)
    .filter((name) => existsSync(new URL(`${name}/testdata/`, here)));
  expect(folders.toSorted()).toEqual(names.toSorted());
  for (const folder of folders) {
    const tables = readdirSync(new URL(`${folder}/testdata/`, here));
    expect(tables).toEqual(
      expect.arrayContaining([...functions, 'account', 'media'].map((part) => `${part}.json`)),
    );
  }
});

test('a name that every object has is no channel', () => {
  expect(isChannelName('meta')).toBe(true);
  for (const name of ['constructor', '__proto__', 'toString', 'Meta', ''])
    expect(isChannelName(name)).toBe(false);
});
