import { expect, test } from 'vitest';
import { refusalTeller, tellEveryMs } from './refusal-log.ts';

test('a flood of refusals is told at once, then with their number from time to time', () => {
  const told: unknown[] = [];
  let now = 1_000;
  const tell = refusalTeller({ warn: (event, fields) => void told.push([event, fields]) }, () => now);
  const refuse = (code: string, times: number) => {
    for (let i = 0; i < times; i += 1) tell(code, () => ({ code, route: '/webhooks' }));
  };
  const line = (code: string, count: number) => ['requests refused', { code, route: '/webhooks', count }];

  refuse('UNAVAILABLE', 1_000);
  expect(told).toEqual([line('UNAVAILABLE', 1)]);
  now += tellEveryMs - 1;
  refuse('UNAVAILABLE', 1);
  // Another reason is news.
  refuse('ECONNREFUSED', 2);
  expect(told.slice(1)).toEqual([line('ECONNREFUSED', 1)]);
  now += 1;
  refuse('UNAVAILABLE', 2);
  expect(told.slice(2)).toEqual([line('UNAVAILABLE', 1_001)]);
  now += tellEveryMs;
  refuse('UNAVAILABLE', 1);
  expect(told.slice(3)).toEqual([line('UNAVAILABLE', 2)]);
});
