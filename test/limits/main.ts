import { playReminders } from './reminders.ts';

/** `npm run simulate:reminders [reminders] [tier] [hours] [processes] [seed]`: what becomes of them, in numbers. */
const [reminders = 100_000, tier = 10_000, hours = 72, processes = 4, seed = 7] = process.argv
  .slice(2)
  .map(Number);

const played = playReminders({ reminders, tier, hours, processes, repliesPerSecond: 10, seed });
const minutes = (ms: number) => `${Math.round(ms / 60_000)} min`;
const sent = played.reminders.flatMap(({ sentAt }) => sentAt ?? []);
const kept = played.reminders.flatMap(({ blockedAt }) => blockedAt ?? []);
const lines = [
  `${reminders} reminders of visits within ${hours} hours, tier ${tier}, ${processes} processes`,
  `sent ${sent.length}, left to a person ${kept.length}`,
  `told to a person by: ${minutes(Math.max(0, ...kept))}`,
  `the provider answered: ${[...played.answers].map(([answer, count]) => `${answer} ${count}`).join(', ')}`,
  `${played.replies} replies meanwhile, the longest waited ${played.longestReplyMs} ms`,
];
process.stdout.write(`${lines.join('\n')}\n`);
