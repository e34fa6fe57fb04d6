import { expect, test } from 'vitest';
import { askPair } from './pair.ts';

const limit = { everyMs: 6_000, burst: 45 };

/** How many of those asked for may leave, each at its time. */
function sendAll(times: readonly number[], from?: number) {
  let paced = from;
  const left = times.filter((at) => {
    const answer = askPair(paced, limit, at);
    if ('waitMs' in answer) return false;
    paced = answer.pacedUntil;
    return true;
  });
  return { left, paced };
}

test('a burst of 45 leaves at once, the next one six seconds later', () => {
  const { left, paced } = sendAll(Array.from({ length: 60 }, () => 0));
  expect(left).toHaveLength(45);
  expect(askPair(paced, limit, 0)).toEqual({ waitMs: 6_000 });
  expect(askPair(paced, limit, 5_999)).toEqual({ waitMs: 1 });
  expect(askPair(paced, limit, 6_000)).toHaveProperty('pacedUntil');
});

test('the burst is paid back: after it, one in six seconds', () => {
  const { paced } = sendAll(Array.from({ length: 45 }, () => 0));
  const minute = Array.from({ length: 60 }, (_, second) => (second + 1) * 1000);
  expect(sendAll(minute, paced).left).toHaveLength(10);
});

test('an ordinary conversation is never held up', () => {
  const turns = Array.from({ length: 200 }, (_, turn) => turn * 20_000).flatMap((at) => [at, at, at]);
  expect(sendAll(turns).left).toHaveLength(600);
});

test('a clock that was set back keeps nobody waiting', () => {
  const { paced } = sendAll([10_000_000]);
  const answer = askPair(paced, limit, 0);
  expect(answer).toEqual({ waitMs: 6_000 });
});
