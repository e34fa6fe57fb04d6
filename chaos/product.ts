import { createLog } from '#platform/log.ts';
import { startProduct } from '../src/cli/product.ts';
import { type Role, readConfig, roles } from '../src/config.ts';
import { answerParent } from './child.ts';
import { movedClock } from './clock.ts';

/**
 * One process of the product, as `vestibule start --roles …` runs it, but for two things that the sandbox does too: its clock can be
 * moved, and staff are made-up people who sign in with a click. `CHAOS_ROLES`, `CHAOS_MOVED_MS` and `CHAOS_SKEW_MS` are
 * this file's own; everything else is the product's own settings.
 */

const { CHAOS_ROLES = '', CHAOS_MOVED_MS, CHAOS_SKEW_MS } = process.env;
const wanted = CHAOS_ROLES.split(',');
const clock = movedClock(Number(CHAOS_MOVED_MS ?? 0), Number(CHAOS_SKEW_MS ?? 0));
const config = readConfig(process.env);
const playing: readonly Role[] = roles.filter((role) => wanted.includes(role));

const starting = startProduct({
  config,
  roles: playing,
  practicesDir: config.practicesDir ?? '',
  clock,
  log: createLog(config.logLevel),
  // Without a world of its own: that one has other processes.
  sandbox: async () => undefined,
});

answerParent(
  // The one question: where are you?
  async () => (await starting).url ?? null,
  (told) => {
    if (typeof told.skewMs === 'number') clock.setSkew(told.skewMs);
    if (typeof told.movedMs !== 'number') return;
    clock.moveTo(told.movedMs);
    // As the sandbox does after it moved the clock; a database that is away is looked at again when it is back.
    starting.then((app) => app.lookNow()).catch(() => undefined);
  },
);

process.once('SIGTERM', () => {
  starting
    .then((app) => app.stop())
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
});

await starting.catch((error: unknown) => {
  // As the command line does: why it did not start, and an exit code that a service manager starts again on.
  process.stderr.write(`${error instanceof Error ? error.message : 'it did not start'}\n`);
  process.exit(1);
});
