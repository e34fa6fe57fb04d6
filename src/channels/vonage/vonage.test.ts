import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OutboundMessage } from '../channel.ts';
import type { VonageAccount } from './account.ts';
import { vonage } from './vonage.ts';

/** The codec, held to its tables. `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review. */
type Given = Record<string, unknown>;
type Case = { case: string; given: Given; expect: unknown };

const isUpdate = process.env.UPDATE_FIXTURES === '1';

const urlOf = (name: string) => new URL(`./testdata/${name}.json`, import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(urlOf(name), 'utf8'));
const shared = read('account') as VonageAccount; // our own file

function bytes(given: Given): Uint8Array {
  if (typeof given.base64 === 'string') return Buffer.from(given.base64, 'base64');
  return Buffer.from(typeof given.text === 'string' ? given.text : JSON.stringify(given.body));
}

function accountFor(given: Given): VonageAccount {
  return { ...shared, ...(given.account as object | undefined) }; // our own file
}

async function verify(given: Given): Promise<unknown> {
  const headers = given.headers as Record<string, string | string[]>; // our own file
  const webhook = { method: 'POST', url: 'https://intake.example/webhooks/vonage/front-desk', headers };
  const nowMs = typeof given.nowMs === 'number' ? given.nowMs : Number.NaN;
  return await vonage.verify({ ...webhook, body: bytes(given) }, accountFor(given), nowMs);
}

function parse(given: Given): unknown {
  try {
    return vonage.parse({ body: bytes(given), receivedAt: String(given.receivedAt) });
  } catch (error) {
    return { throws: String(error) };
  }
}

/** A body that is JSON is easier to review as JSON. */
function render(given: Given): unknown {
  const request = vonage.render(given.message as OutboundMessage, accountFor(given)); // our own file
  return 'body' in request && request.body !== undefined
    ? { ...request, body: JSON.parse(request.body) }
    : request;
}

function interpret(given: Given): unknown {
  return vonage.interpret({
    status: Number(given.status),
    headers: (given.headers ?? {}) as Record<string, string>, // our own file
    body: Buffer.from(bytes(given)).toString('utf8'),
  });
}

describe.each(Object.entries({ verify, parse, render, interpret }))('%s', (name, run) => {
  const table = read(name) as Case[]; // our own file

  test('has cases, each with a name of its own', () => {
    expect(table.length).toBeGreaterThan(30);
    expect(new Set(table.map((each) => each.case)).size).toBe(table.length);
  });

  test.each(table)('$case', async (each) => {
    const result = await run(each.given);
    if (isUpdate) each.expect = result;
    else expect(result).toStrictEqual(each.expect);
  });

  if (isUpdate) {
    test('is written', () => writeFileSync(urlOf(name), `${JSON.stringify(table, null, 2)}\n`));
  }
});
