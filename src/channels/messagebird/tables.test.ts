import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OutboundMessage } from '../channel.ts';
import type { MessageBirdAccount } from './account.ts';
import { messagebird } from './messagebird.ts';

/** `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review. */
const isUpdate = process.env.UPDATE_FIXTURES === '1';

type Given = Readonly<Record<string, unknown>>;

type Case = { readonly case: string; readonly given: Given; readonly expect: unknown };

function tableUrl(part: string): URL {
  return new URL(`./testdata/${part}.json`, import.meta.url);
}

function read(part: string): unknown {
  return JSON.parse(readFileSync(tableUrl(part), 'utf8'));
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

function accountFor(given: Given): MessageBirdAccount {
  // our own files
  return { ...(read('account') as MessageBirdAccount), ...(given.account as object | undefined) };
}

const runs: Record<string, (given: Given) => unknown> = {
  verify: (given) =>
    messagebird.verify(
      {
        method: 'POST',
        url: String(given.url ?? 'https://intake.example/webhooks/messagebird/front-desk'),
        headers: given.headers as Record<string, string | string[]>, // our own file
        body: bytes(given),
      },
      accountFor(given),
      typeof given.nowMs === 'number' ? given.nowMs : Number.NaN,
    ),
  parse: (given) => {
    try {
      return messagebird.parse({
        body: bytes(given),
        query: String(given.query ?? ''),
        receivedAt: '2026-11-18T11:07:00.000Z',
      });
    } catch (error) {
      return { throws: String(error) };
    }
  },
  render: (given) => unfolded(messagebird.render(given.message as OutboundMessage, accountFor(given))), // our own file
  interpret: (given) =>
    messagebird.interpret({
      status: Number(given.status),
      headers: (given.headers ?? {}) as Record<string, string>, // our own file
      body: Buffer.from(bytes(given)).toString('utf8'),
    }),
};

describe.each(Object.keys(runs))('%s', async (part) => {
  const table = read(part) as Case[]; // our own file; each case is checked below
  const results = await Promise.all(table.map(({ given }) => runs[part]?.(given)));

  test('has cases, each with a name of its own', () => {
    expect(table.length).toBeGreaterThan(30);
    expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
  });

  test.each(table.map((each, index) => ({ ...each, result: results[index] })))('$case', (each) => {
    if (!isUpdate) expect(each.result).toStrictEqual(each.expect);
  });

  if (isUpdate && part !== 'verify') {
    const updated = table.map((each, index) => ({ ...each, expect: results[index] }));
    writeFileSync(tableUrl(part), `${JSON.stringify(updated, null, 2)}\n`);
  }
});
