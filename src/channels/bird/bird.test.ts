import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OutboundMessage } from '../channel.ts';
import type { BirdAccount } from './account.ts';
import { bird } from './bird.ts';

/** The codec, held to its tables: `testdata/<function>.json`, a list of `case`, `given`, `expect`. `UPDATE_FIXTURES=1` rewrites them. */
const functions = ['verify', 'parse', 'render', 'interpret'] as const;

type Given = Readonly<Record<string, unknown>>;
type Case = { case: string; given: Given; expect: unknown };

const here = new URL('./testdata/', import.meta.url);
const isUpdate = process.env.UPDATE_FIXTURES === '1';
const account = read('account') as BirdAccount; // our own file

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, here), 'utf8'));
}

/** A body is given as `base64` (any bytes), as `text`, or as `body` (JSON). */
function bytes(given: Given): Uint8Array {
  if (typeof given.base64 === 'string') return Buffer.from(given.base64, 'base64');
  return Buffer.from(typeof given.text === 'string' ? given.text : JSON.stringify(given.body));
}

/** A body that is JSON is easier to review as JSON. */
function unfolded(result: object): object {
  return 'body' in result && typeof result.body === 'string'
    ? { ...result, body: JSON.parse(result.body) }
    : result;
}

function accountFor(given: Given): BirdAccount {
  return { ...account, ...(given.account as object | undefined) }; // our own file
}

function run(part: (typeof functions)[number], given: Given): unknown {
  switch (part) {
    case 'verify': {
      const headers = given.headers as Record<string, string | string[]>; // our own file
      const webhook = { method: 'POST', url: String(given.url), headers, body: bytes(given) };
      return bird.verify(webhook, accountFor(given), Number(given.nowMs));
    }
    case 'parse':
      try {
        return bird.parse({ body: bytes(given), receivedAt: String(given.receivedAt) });
      } catch (error) {
        return { throws: String(error) };
      }
    case 'render':
      return unfolded(bird.render(given.message as OutboundMessage, accountFor(given))); // our own file
    case 'interpret':
      return bird.interpret({
        status: Number(given.status),
        headers: (given.headers ?? {}) as Record<string, string>, // our own file
        body: Buffer.from(bytes(given)).toString('utf8'),
      });
  }
}

describe.each(functions)('%s', (part) => {
  const table = read(part) as Case[]; // our own file; each case is checked below
  const results = table.map(({ given }) => run(part, given));

  test('has cases, each with a name of its own', () => {
    expect(table.length).toBeGreaterThan(20);
    expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
  });

  test.each(table.map((each, index) => ({ ...each, result: results[index] })))('$case', (each) => {
    if (!isUpdate) expect(each.result).toStrictEqual(each.expect);
  });

  if (isUpdate) {
    const updated = table.map((each, index) => ({ ...each, expect: results[index] }));
    writeFileSync(new URL(`${part}.json`, here), `${JSON.stringify(updated, null, 2)}\n`);
  }
});

test('holds a table for each of its functions, and the account that they share', () => {
  const names = [...functions, 'account'].map((part) => `${part}.json`);
  expect(readdirSync(here).toSorted()).toEqual(names.toSorted());
});
