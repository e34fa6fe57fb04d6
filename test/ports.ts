import { createServer } from 'node:net';

/**
 * Ports that the system gives to nobody by itself: it hands out 32768 and up (Linux) to whoever asks for any, which another test
 * does between our look and our use. Each has some room above it, for a sandbox likes the two that stand 11 and 12 above.
 */
const first = 12_000;
const last = 31_900;
const apart = 20;

/** A port that is free, and that nobody is given by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + apart * Math.floor((Math.random() * (last - first)) / apart);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
