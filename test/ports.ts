import { createServer } from 'node:net';

/**
 * Ports that the system gives to nobody by itself: it hands out 32768 and up (Linux) to whoever asks for any, which another test
 * does between our look and our use. Each has some room above it, for a sandbox likes the two that stand 11 and 12 above.
 */
const apart = 20;

/** Workers of one run pick from ranges of their own: a program that is killed and started again finds its port free. */
const ranges = 4;
const perRange = 4_960;
const first = 12_000 + (Number(process.env.VITEST_POOL_ID ?? 0) % ranges) * perRange;
const given = new Set<number>();

/** A port that is free, and that nobody is given by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + apart * Math.floor((Math.random() * perRange) / apart);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
