import { expect, test } from 'vitest';
import type { StoredEvent } from '#kernel/event.ts';
import { purposes } from './events.ts';
import { bulkSendsQueue, messageReactions, sendJob, sendsQueue } from './reactions.ts';

const queued = (purpose: string): StoredEvent => ({
  practiceId: 'aurora',
  stream: 'message/m1',
  version: 1,
  type: 'MessageQueued',
  data: { conversationId: 'c1', purpose },
  subject: 'practice',
  at: '2026-11-22T10:00:00.000Z',
  actor: 'system',
  correlationId: 't1',
  causationId: 't1',
  position: 1n,
});

test('reminders have a lane of their own: no patient waits behind them for a reply', () => {
  const lanes = purposes.map((purpose) => [
    purpose,
    messageReactions(queued(purpose)).map(({ queue }) => queue),
  ]);
  expect(Object.fromEntries(lanes)).toEqual({
    ...Object.fromEntries(purposes.map((purpose) => [purpose, [sendsQueue]])),
    reminder: [bulkSendsQueue],
  });
});

test('one job waits per conversation and lane; one that waits for its time does not count', () => {
  const key = (options?: Parameters<typeof sendJob>[2]) => sendJob('aurora', 'c1', options).key;
  expect(key()).toBe(key({ afterSeconds: 0 }));
  expect(key({ afterSeconds: 5 })).not.toBe(key());
  expect(sendJob('aurora', 'c1', { purpose: 'reminder', afterSeconds: 5 })).toMatchObject({
    queue: bulkSendsQueue,
    afterSeconds: 5,
  });
});
