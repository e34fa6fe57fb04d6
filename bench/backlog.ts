import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { commitLoop } from './commit-loop.ts';
import { peakMegabytes } from './cpu-time.ts';
import { figure } from './figures.ts';
import { query, type Setting, withSetting } from './setting.ts';
import { spent } from './spent.ts';
import type { HandedAnswer } from './turns-world.ts';
import { openWorld } from './world.ts';

/**
 * What an outage leaves behind: deliveries that were stored while no worker ran. Then one starts, and the clock runs until every
 * message was read and every answer handed to the provider. The baseline commits one row per turn and does nothing else.
 *
 *     npm run bench:backlog -- 10000
 */

const deliveries = Number(process.argv[2] ?? 100_000);
/** Four messages each, one line of the form after the other, everyone's first before anyone's second. */
const perConversation = 4;
const pollMs = 250;

/** What is still to be done. The answers are counted last: no turn may queue one after they were looked at. */
const openWork = `
  select (select count(*) from pgboss.job where name in ('ingest', 'turns') and state in ('created', 'retry', 'active'))::int as jobs,
         (select count(*) from mailbox where taken_by is null)::int as mail,
         (select count(*) from views_messages where state in ('queued', 'claimed', 'unknown'))::int as answers,
         (select count(*) from mailbox)::int as messages`;

/** Mail that a later turn took than the mail after it: the order of reading is (sent_at, seq). */
const readOutOfOrder = `
  with turns as (
    select correlation_id as turn, min(position) as position from events
    where stream like 'conversation/%' group by correlation_id
  ), read as (
    select position, lag(position) over (partition by practice_id, mailbox_id order by sent_at, seq) as before
    from mailbox join turns on turns.turn = mailbox.taken_by
  )
  select count(*)::int as count from read where position < before`;

async function drained(setting: Setting): Promise<number> {
  const client = new pg.Client({ connectionString: setting.databaseUrl });
  // A run that is given up stops its database.
  client.on('error', () => {});
  await client.connect();
  try {
    for (;;) {
      const [open] = (await client.query(openWork)).rows;
      if (open.jobs === 0 && open.mail === 0 && open.answers === 0) return open.messages;
      await sleep(pollMs);
    }
  } finally {
    await client.end();
  }
}

/** Answers that came to the provider before one that was said earlier in the same conversation, and answers that did not come. */
async function compare(setting: Setting, { byPhone }: HandedAnswer) {
  const said = await query(
    setting.databaseUrl,
    `select conversation_id, array_agg(message_id order by position) as ids from views_messages group by conversation_id`,
  );
  const place = new Map<string, number>();
  // Ours: an array of text.
  for (const { ids } of said) for (const [n, id] of (ids as readonly string[]).entries()) place.set(id, n);
  let outOfOrder = 0;
  let repeated = 0;
  const came = new Set<string>();
  for (const ids of Object.values(byPhone)) {
    for (const [n, id] of ids.entries()) {
      if (n > 0 && (place.get(id) ?? -1) < (place.get(ids[n - 1] ?? '') ?? -1)) outOfOrder += 1;
      if (came.has(id)) repeated += 1;
      came.add(id);
    }
  }
  const missing = [...place.keys()].filter((id) => !came.has(id)).length;
  return { outOfOrder, repeated, missing, said: place.size };
}

async function measure(setting: Setting, defer: (stop: () => Promise<void>) => void): Promise<void> {
  const { databaseUrl } = setting;
  const world = await openWorld(setting, defer);
  const web = await world.start('web');
  const { target } = web;
  const conversations = Math.ceil(deliveries / perConversation);
  const stored = await world.ask<{ failed: number }>({
    kind: 'fill',
    target,
    messages: deliveries,
    conversations,
  });
  await web.stop();
  const before = await commitLoop(databaseUrl);
  const worker = await world.start('worker');
  const began = performance.now();
  const cost = await spent(databaseUrl, worker.pid);
  const read = await drained(setting);
  const handed = await world.ask<HandedAnswer>({ kind: 'handed' });
  const seconds = (performance.now() - began - Math.max(0, handed.quietFor - pollMs)) / 1000;
  const costAfter = await spent(databaseUrl, worker.pid);
  const memory = await peakMegabytes(worker.pid);
  const commits = (before + (await commitLoop(databaseUrl))) / 2;
  const found = await compare(setting, handed);
  const [late] = await query(databaseUrl, readOutOfOrder);
  const lost = deliveries - stored.failed - read + found.missing;

  figure('backlog.deliveries', deliveries, 'messages');
  figure('backlog.conversations', conversations, 'conversations');
  figure('backlog.drained', seconds, 's');
  figure('backlog.rate', deliveries / seconds, '/s', { of: 'one-row-commit', value: commits });
  figure('backlog.one-row-commit', commits, '/s');
  figure('backlog.answers', found.said, 'messages');
  if (cost !== undefined && costAfter !== undefined) {
    const per = (of: keyof typeof cost) => ((costAfter[of] - cost[of]) * 1000) / deliveries;
    figure('backlog.processor_product', per('product'), 'ms per message');
    figure('backlog.processor_database', per('database'), 'ms per message');
  }
  if (memory !== undefined) figure('backlog.memory', memory, 'MB');
  figure('backlog.read_out_of_order', Number(late?.count), 'messages');
  figure('backlog.answered_out_of_order', found.outOfOrder, 'messages');
  figure('backlog.repeated', found.repeated, 'messages');
  figure('backlog.lost', lost, 'messages');
  figure('backlog.refused', stored.failed, 'requests');
  if (lost > 0 || found.outOfOrder > 0 || found.repeated > 0 || Number(late?.count) > 0) process.exitCode = 1;
}

/** Storing, draining four times slower than the budget, and comparing. */
await withSetting(300 + Math.ceil(deliveries / 50), measure);
