import { ingestQueue } from '#channels/index.ts';
import { mediaQueue, newsQueue, turnsQueue } from '#conversation/index.ts';
import { handoffsQueue } from '#handoff/index.ts';
import { practiceSystemQueue } from '#intake/index.ts';
import { bulkSendsQueue, lookupsQueue, sendsQueue } from '#messages/index.ts';
import type { QueueDefinition } from '#platform/job.ts';
import { remindersQueue } from '#reminders/index.ts';
import { schedulingQueue } from '#scheduling/index.ts';

/** Our own work fails only when the database does. */
const inner = { retries: 10, retryDelay: 1, retryDelayMax: 60 } as const;
/** Others' systems may be down for hours. */
const patient = { ...inner, retries: 20, retryDelayMax: 300 } as const;

/**
 * The lanes. Each has its own workers, so that none holds up another. Of deliveries, turns and sends many are taken at a time, because
 * they share transactions; those hold few connections.
 * Those that call practice systems have more workers than one system may take (`placesOf` in `parts.ts`).
 */
export const queueDefinitions: readonly QueueDefinition[] = [
  { name: ingestQueue, policy: 'all', concurrency: 20, ...inner },
  { name: turnsQueue, policy: 'one-waiting', concurrency: 100, ...inner },
  { name: newsQueue, policy: 'all', concurrency: 2, ...inner },
  { name: sendsQueue, policy: 'one-waiting', concurrency: 100, ...inner },
  // Bulk: however many visits a morning has, patients' replies go first.
  { name: bulkSendsQueue, policy: 'one-waiting', concurrency: 8, ...inner },
  // Files take long, and many of them much memory: few at a time. What is to be tried again enqueues itself.
  { name: mediaQueue, policy: 'all', concurrency: 4, ...inner },
  { name: lookupsQueue, policy: 'one-waiting', concurrency: 4, ...inner },
  { name: schedulingQueue, policy: 'all', concurrency: 16, ...patient },
  { name: practiceSystemQueue, policy: 'all', concurrency: 16, ...patient },
  { name: handoffsQueue, policy: 'all', concurrency: 4, ...patient },
  // Bulk, too.
  { name: remindersQueue, policy: 'one-waiting', concurrency: 4, ...patient },
];
