import { expect, test } from 'vitest';
import { handoffsQueue } from '#handoff/index.ts';
import { practiceSystemQueue } from '#intake/index.ts';
import { remindersQueue } from '#reminders/index.ts';
import { schedulingQueue } from '#scheduling/index.ts';
import { type PmsLane, placesOf } from './parts.ts';
import { queueDefinitions } from './queues.ts';

const queues: Readonly<Record<PmsLane, string>> = {
  filing: practiceSystemQueue,
  scheduling: schedulingQueue,
  handoffs: handoffsQueue,
  reminders: remindersQueue,
};

test.each(Object.entries(placesOf))('one system that hangs leaves workers of the lane %s', (lane, places) => {
  const name = queues[lane as PmsLane]; // a key of the table
  const workers = queueDefinitions.find((queue) => queue.name === name)?.concurrency ?? 0;
  expect(workers - places).toBeGreaterThan(0);
});
