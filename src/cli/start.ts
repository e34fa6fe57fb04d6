import { createLog } from '#platform/log.ts';
import { type Config, type Role, readConfig } from '../config.ts';
import { examplePractices } from './paths.ts';
import { startProduct, version } from './product.ts';

type Running = { readonly url: string | undefined; readonly stop: () => Promise<void> };

async function begin(config: Config, options: StartOptions): Promise<Running> {
  const log = createLog(config.logLevel);
  const practicesDir = options.practices ?? config.practicesDir;
  if (practicesDir !== undefined && !options.sandbox) {
    const app = await startProduct({ config, roles: options.roles, practicesDir, log });
    return { url: app.url, stop: app.stop };
  }
  await buildPages();
  const { startSandbox } = await import('./sandbox.ts');
  return await startSandbox({ config, practicesDir: practicesDir ?? examplePractices, log });
}

/** The pages are built by `npm ci`; again only when their sources changed since. */
async function buildPages(): Promise<void> {
  const { ensureWebBuilt } = await import('../../scripts/build-web.ts');
  await ensureWebBuilt();
}

export type StartOptions = {
  readonly roles: readonly Role[];
  readonly practices: string | undefined;
  readonly sandbox: boolean;
};

/** Starts, says where, and runs until it is told to stop: running work is finished first, a second signal does not wait. */
export async function start(options: StartOptions): Promise<void> {
  const began = performance.now();
  const config = readConfig(process.env);
  const running = await begin(config, options);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(
    `Vestibule ${version} is ready in ${seconds} s${running.url === undefined ? '' : `: ${running.url}`}\n`,
  );
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
