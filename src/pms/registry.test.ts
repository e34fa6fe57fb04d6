import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { HttpResponse } from '#kernel/http.ts';
import { leastCapabilities, type PmsAccount, type PmsCapabilities, type PmsOperation } from './pms.ts';
import { adapters } from './registry.ts';

/** `UPDATE_FIXTURES=1` rewrites what is expected; the diff is the review. */
const update = process.env.UPDATE_FIXTURES === '1';

const now = Date.parse('2026-11-22T12:00:00Z');

const account: PmsAccount = {
  practiceId: 'aurora',
  adapter: 'fhir',
  baseUrl: 'https://pms.example/fhir',
  authentication: { kind: 'none' },
  identifierSystem: 'https://vestibule.example/ids',
  timeoutMs: 10_000,
};

type Row<Given> = { readonly case: string; readonly given: Given; expect: unknown };

type RenderGiven = {
  readonly operation: PmsOperation;
  readonly account?: Partial<PmsAccount>;
  readonly capabilities?: PmsCapabilities;
};

/** `operation` names one of `operations.json`; a body that is JSON stands there as such. */
type InterpretGiven = {
  readonly operation: string;
  readonly response: Omit<HttpResponse, 'body'> & { readonly body: unknown };
};

const names = Object.keys(adapters) as (keyof typeof adapters)[]; // the keys of a constant are what its type says

function pathOf(adapter: string, table: string): URL {
  return new URL(`./${adapter}/testdata/${table}.json`, import.meta.url);
}

function read<T>(adapter: string, table: string): T {
  return JSON.parse(readFileSync(pathOf(adapter, table), 'utf8')) as T; // our own file; a wrong shape fails the test
}

function runTable<Given>(adapter: string, table: string, actual: (given: Given) => unknown): void {
  const rows = read<Row<Given>[]>(adapter, table);
  test('no case is told twice', () => {
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map((row) => row.case)).size).toBe(rows.length);
  });
  test.each(rows)('$case', (row) => {
    const got: unknown = JSON.parse(JSON.stringify(actual(row.given)));
    if (update) row.expect = got;
    expect(got).toEqual(row.expect);
  });
  afterAll(() => {
    if (!update) return;
    const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
    writeFileSync(pathOf(adapter, table), `[\n${lines.join(',\n')}\n]\n`);
  });
}

test('every adapter has its folder, and every folder is registered', () => {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    // The facts of practice systems as a whole.
    .filter((name) => name !== 'testdata');
  expect(folders.sort()).toEqual([...names].sort());
});

describe.each(names)('%s', (name) => {
  const { render, interpret } = adapters[name];

  describe('render', () => {
    runTable<RenderGiven>(name, 'render', (given) => {
      const request = render(
        given.operation,
        { ...account, ...given.account },
        given.capabilities ?? leastCapabilities,
      );
      if ('refused' in request || !request.body?.startsWith('{')) return request;
      return { ...request, body: JSON.parse(request.body) };
    });
  });

  describe('interpret', () => {
    const operations = read<Record<string, PmsOperation>>(name, 'operations');
    runTable<InterpretGiven>(name, 'interpret', ({ operation: key, response }) => {
      const operation = operations[key];
      if (operation === undefined) throw new Error(`operations.json has no ${key}`);
      const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
      return interpret(
        operation.type,
        operation,
        { ...response, body },
        {
          baseUrl: account.baseUrl,
          identifierSystem: account.identifierSystem,
          now,
        },
      );
    });
  });
});
