import { setTimeout as sleep } from 'node:timers/promises';
import { type Morning, openMorning, type Reminded } from './bulk-seed.ts';
import { figure, percentile } from './figures.ts';
import { query, type Setting, withSetting } from './setting.ts';
import type { HandedAnswer, WorldAnswer } from './turns-world.ts';
import { openWorld } from './world.ts';

/**
 * Does bulk slow replies? Patients write ten messages a second, first with nothing beside them, then from the instant at which 5,000
 * reminders are due at once. Web and worker are one process, the provider takes all that it is handed, and every reminder passes the
 * door's own rules: a yes, a template, a visit that stands. So they leave by the lane for bulk, and each must come exactly once.
 *
 * What it leaves out: nothing plans the reminders (the look for what is due, and the reading of each visit in the practice system).
 * They and their jobs are queued in one commit by this process, which is harder on the lane than the planning would be. That commit is
 * made before the patients begin again, so its own cost is in no figure. The conversations hold nothing but consent and a visit, the
 * provider never throttles and reports no statuses.
 *
 *     npm run bench:bulk -- 1000
 */

const reminders = Number(process.argv[2] ?? 5_000);
const perSecond = 10;
const seconds = 15;
const warmUpSeconds = 3;
const pollMs = 250;

/** Waits until every reminder is settled; resolves with Unix milliseconds of the last. */
async function drained(morning: Morning): Promise<number> {
  for (;;) {
    const { open, last } = await morning.progress(0);
    if (open === 0) return last;
    await sleep(pollMs);
  }
}

/** What the provider was handed, held against what was due: by our ids, and each at its own patient's number. */
function compare(people: readonly Reminded[], { byPhone }: HandedAnswer) {
  let sent = 0;
  let repeated = 0;
  for (const { phone, messageId } of people) {
    const times = (byPhone[phone] ?? []).filter((id) => id === messageId).length;
    if (times > 0) sent += 1;
    if (times > 1) repeated += times - 1;
  }
  return { sent, repeated, missing: people.length - sent };
}

function figures(calm: WorldAnswer, beside: WorldAnswer): void {
  for (const [label, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const) {
    const value = percentile(calm.latencies, share);
    figure(`bulk.reply_${label}_calm`, value, 'ms');
    const baseline = { of: `reply_${label}_calm`, value };
    figure(`bulk.reply_${label}_beside`, percentile(beside.latencies, share), 'ms', baseline);
  }
}

async function measure(setting: Setting, defer: (stop: () => Promise<void>) => void): Promise<void> {
  const world = await openWorld(setting, defer);
  const { target } = await world.start('web,worker');
  const morning = await openMorning(setting, reminders, defer);
  await query(setting.databaseUrl, 'analyze');
  const patients = (forSeconds: number) =>
    world.ask({
      kind: 'at-rate',
      target,
      perSecond,
      seconds: forSeconds,
      conversations: Math.ceil(perSecond / 2),
    });

  const warmUp = await patients(warmUpSeconds);
  const calm = await patients(seconds);
  const due = await morning.fallDue();
  const beside = await patients(seconds);
  const last = await drained(morning);
  const { settledAfter } = await morning.progress(due + seconds * 1000);
  const found = compare(morning.people, await world.ask<HandedAnswer>({ kind: 'handed' }));
  const took = (last - due) / 1000;

  figures(calm, beside);
  figure('bulk.reminders_sent', found.sent, 'messages');
  figure('bulk.reminders_repeated', found.repeated, 'messages');
  figure('bulk.reminders_missing', found.missing, 'messages');
  figure('bulk.reminders_rate', found.sent / took, '/s');
  figure('bulk.drained_in', took, 's');
  // Where none were left, the last patients wrote in peace, and the replies beside bulk are better than bulk would have them.
  figure('bulk.left_when_patients_stopped', settledAfter, 'messages');
  const runs = [warmUp, calm, beside];
  const sum = (of: (run: WorldAnswer) => number) => runs.reduce((total, run) => total + of(run), 0);
  // Also those that were not written, because too many before them waited for an answer.
  const unanswered = perSecond * (warmUpSeconds + 2 * seconds) - sum((run) => run.latencies.length);
  const failed = sum((run) => run.failed);
  figure('bulk.unanswered', unanswered, 'messages');
  figure('bulk.failed', failed, 'requests');
  if (found.repeated > 0 || found.missing > 0 || unanswered > 0 || failed > 0) process.exitCode = 1;
}

await withSetting(300, measure);
