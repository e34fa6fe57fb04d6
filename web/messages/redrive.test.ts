import { expect, test } from 'vitest';
import { queueDefinitions } from '#app/queues.ts';
import { redriveBody } from '#platform/contract.ts';
import { hasText } from '../texts/t.ts';
import { type DeadLetter, redriveRequests, subjectsOf } from './redrive.ts';

const jobId = (n: number) => `01935f3a-7c1e-7a52-9b1d-${String(n).padStart(12, '0')}`;

const letter = (queue: string, n: number): DeadLetter => ({
  queue,
  jobId: jobId(n),
  practiceId: 'aurora',
  data: { practiceId: 'aurora', conversationId: 'c1', attempt: 2, note: null },
  code: 'TIMEOUT',
  failedAt: '2026-11-24T09:00:00.000Z',
});

test('each queue is asked for by itself, and never for more than it takes at once', () => {
  const letters = Array.from({ length: 205 }, (_, n) => letter(n % 5 === 0 ? 'turns' : 'sends', n));
  const requests = redriveRequests(letters);
  expect(requests.map(({ queue, jobIds }) => [queue, jobIds.length])).toEqual([
    ['turns', 41],
    ['sends', 100],
    ['sends', 64],
  ]);
  expect(requests.flatMap(({ jobIds }) => jobIds).toSorted()).toEqual(letters.map((each) => each.jobId));
  for (const request of requests) expect(redriveBody.parse(request)).toEqual(request);
  expect(redriveRequests([])).toEqual([]);
});

test('a letter speaks of everything but the practice', () => {
  expect(subjectsOf(letter('sends', 1))).toEqual([
    { name: 'conversationId', value: 'c1' },
    { name: 'attempt', value: '2' },
  ]);
});

test('every queue has words', () => {
  for (const { name } of queueDefinitions) expect(hasText(`queue.${name}`), name).toBe(true);
});
