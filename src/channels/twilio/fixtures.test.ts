import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OutboundMessage } from '../channel.ts';
import type { TwilioAccount } from './account.ts';
import { twilio } from './twilio.ts';

/** One table per codec function. `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review. */
const functions = ['verify', 'parse', 'render', 'interpret'] as const;

type FunctionName = (typeof functions)[number];

type Given = {
  readonly url?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly form?: Record<string, string>;
  readonly text?: string;
  readonly base64?: string;
  readonly body?: unknown;
  readonly query?: string;
  readonly receivedAt?: string;
  readonly message?: OutboundMessage;
  readonly account?: Partial<TwilioAccount>;
  readonly status?: number;
};

type Case = { case: string; given: Given; expect: unknown };

const isUpdate = process.env.UPDATE_FIXTURES === '1';

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./testdata/${name}.json`, import.meta.url), 'utf8'));
}

const account = read('account') as TwilioAccount; // our own file

/** A body is given as a form, as `base64` (any bytes), as `text`, or as `body` (JSON). */
function bytes(given: Given): Buffer {
  if (given.base64 !== undefined) return Buffer.from(given.base64, 'base64');
  if (given.form !== undefined) return Buffer.from(new URLSearchParams(given.form).toString());
  return Buffer.from(given.text ?? JSON.stringify(given.body));
}

/** A form is easier to review as its parameters. */
function unfolded(result: object): object {
  return 'body' in result && typeof result.body === 'string'
    ? { ...result, body: Object.fromEntries(new URLSearchParams(result.body)) }
    : result;
}

function run(part: FunctionName, given: Given): unknown {
  const config = { ...account, ...given.account };
  switch (part) {
    case 'verify':
      return twilio.verify(
        { method: 'POST', url: given.url ?? '', headers: given.headers ?? {}, body: bytes(given) },
        config,
      );
    case 'parse':
      try {
        return twilio.parse({
          body: bytes(given),
          query: given.query ?? '',
          receivedAt: given.receivedAt ?? '',
        });
      } catch (error) {
        return { throws: String(error) };
      }
    case 'render':
      if (given.message === undefined) throw new Error('expected a message');
      return unfolded(twilio.render(given.message, config));
    case 'interpret':
      return twilio.interpret({
        status: given.status ?? 0,
        headers: (given.headers ?? {}) as Record<string, string>, // our own file
        body: bytes(given).toString('utf8'),
      });
  }
}

describe.each(functions)('%s', (part) => {
  const table = read(part) as Case[]; // our own file
  const results = table.map(({ given }) => run(part, given));

  test('has cases, each with a name of its own', () => {
    expect(table.length).toBeGreaterThan(40);
    expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
  });

  test.each(table.map((each, index) => ({ ...each, result: results[index] })))('$case', (each) => {
    if (!isUpdate) expect(each.result).toStrictEqual(each.expect);
  });

  if (isUpdate) {
    const updated = table.map((each, index) => ({ ...each, expect: results[index] }));
    const url = new URL(`./testdata/${part}.json`, import.meta.url);
    writeFileSync(url, `${JSON.stringify(updated, null, 2)}\n`);
  }
});
