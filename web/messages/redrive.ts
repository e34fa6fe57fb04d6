import type { DeadLetterPage } from '#platform/contract.ts';

export type DeadLetter = DeadLetterPage['letters'][number];

/** The server takes so many at once. */
const atOnce = 100;

/** What to ask of the server so that all of these are tried again: each request is for one queue. */
export function redriveRequests(letters: readonly DeadLetter[]): { queue: string; jobIds: string[] }[] {
  const queues = Map.groupBy(letters, ({ queue }) => queue);
  return [...queues].flatMap(([queue, each]) => {
    const ids = each.map(({ jobId }) => jobId);
    return Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, part) => ({
      queue,
      jobIds: ids.slice(part * atOnce, (part + 1) * atOnce),
    }));
  });
}

/** What a dead letter speaks of, without the practice that all of them share: `conversation 1f0c…`. */
export function subjectsOf({ data }: DeadLetter): { name: string; value: string }[] {
  return Object.entries(data).flatMap(([name, value]) =>
    name === 'practiceId' || value === null ? [] : [{ name, value: String(value) }],
  );
}
