import { createServer } from 'node:net';
import { type Config, ConfigError, type Role } from '../config.ts';

type Wanted = { readonly setting: 'PORT' | 'METRICS_PORT'; readonly host: string; readonly port: number };

/** Undefined when a server can listen there; else the system's code. */
function tryToListen({ host, port }: Wanted): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'UNKNOWN'));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

const inWords: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program: stop that one, or choose another port',
  EACCES: 'may not be used by this user: choose one from 1024 on',
  EADDRNOTAVAIL: 'cannot be listened on at this HOST: it is no address of this machine',
  ENOTFOUND: 'cannot be listened on at this HOST: its name is not known',
};

/**
 * Looks whether the ports are free before anything is started, so that a second start says so and leaves nothing behind.
 * @throws ConfigError
 */
export async function assertPortsFree(
  config: Pick<Config, 'host' | 'port' | 'metricsPort'>,
  roles: readonly Role[],
): Promise<void> {
  const wanted: readonly Wanted[] = [
    ...(roles.includes('web') ? [{ setting: 'PORT', host: config.host, port: config.port } as const] : []),
    { setting: 'METRICS_PORT', host: '127.0.0.1', port: config.metricsPort },
  ];
  const problems: string[] = [];
  for (const one of wanted) {
    // 0: any free one, or none at all.
    const code = one.port === 0 ? undefined : await tryToListen(one);
    if (code !== undefined)
      problems.push(`${one.setting}: ${one.port} ${inWords[code] ?? `cannot be listened on (${code})`}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
}
