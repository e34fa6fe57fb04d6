import { createLog, errorCode } from '#platform/log.ts';
import { type Config, ConfigError, type Role, readConfig } from '../config.ts';
import { examplePractices } from './paths.ts';
import { assertPortsFree } from './ports.ts';
import { version } from './version.ts';

type Running = {
  readonly url: string | undefined;
  readonly firstAdmins?: readonly {
    readonly practiceId: string;
    readonly link: string;
    readonly expiresAt: string;
  }[];
  readonly stop: () => Promise<void>;
};

export type StartOptions = {
  readonly roles: readonly Role[];
  readonly practices: string | undefined;
  readonly sandbox: boolean;
  readonly provider: string | undefined;
};

async function begin(config: Config, options: StartOptions): Promise<Running> {
  const { practicesDir } = config;
  const inSandbox = practicesDir === undefined || options.sandbox;
  if (inSandbox && config.production)
    throw new ConfigError(['--sandbox: production does not start the sandbox']);
  await assertPortsFree(config, options.roles);
  const log = createLog(config.logLevel);
  if (!inSandbox) {
    const { startProduct } = await import('./product.ts');
    return await startProduct({ config, roles: options.roles, practicesDir, log });
  }
  await buildPages();
  const { startSandbox } = await import('./sandbox.ts');
  return await startSandbox({ config, practicesDir: practicesDir ?? examplePractices, log });
}

/** The pages are built by `npm ci`; again only when their sources changed since. Without them all the rest still works. */
async function buildPages(): Promise<void> {
  try {
    const { ensureWebBuilt } = await import('../../scripts/build-web.ts');
    await ensureWebBuilt();
  } catch (error) {
    process.stderr.write(
      `vestibule: the pages could not be built again (${errorCode(error)}): npm run build\n`,
    );
  }
}

/** Starts, says where, and runs until it is told to stop: running work is finished first, a second signal does not wait. */
export async function start(options: StartOptions): Promise<void> {
  const began = performance.now();
  const named = options.practices === undefined ? {} : { VESTIBULE_PRACTICES: options.practices };
  const at = options.provider === undefined ? {} : { VESTIBULE_SANDBOX_PROVIDER: options.provider };
  const config = readConfig({ ...process.env, ...named, ...at });
  let running: Running | undefined;
  let isStopping = false;
  const stop = () => {
    // A start is not broken off in the middle, or the database would be left behind; but a second signal does not wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    if (running !== undefined) finish(running);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  running = await begin(config, options);
  if (isStopping) return finish(running);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `Vestibule ${version} is ready in ${seconds} s${running.url === undefined ? '' : `: ${running.url}`}\n`,
  );
  // On standard output, once, and in no log: whoever has such a link administers the practice.
  for (const { practiceId, link, expiresAt } of running.firstAdmins ?? []) {
    process.stdout.write(
      `Nobody administers ${practiceId} yet. This link works once, until ${expiresAt}:\n  ${link}\n`,
    );
  }
}

function finish(running: Running): void {
  running.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`vestibule: it did not stop cleanly (${errorCode(error)})\n`);
      process.exit(1);
    },
  );
}
