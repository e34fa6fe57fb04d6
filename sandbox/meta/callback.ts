import { createHmac } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A webhook as the callback got it. */
export type Received = {
  readonly raw: Buffer;
  /** Whether the signature over the raw bytes was right. */
  readonly signed: boolean;
  /** What the callback answered. */
  readonly status: number;
};

/** A stand-in for the product in the simulator's own tests: verifies, answers and remembers. */
export type Callback = {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers the next deliveries with these statuses, then 200 again. */
  readonly answer: (...statuses: number[]) => void;
  /** Waits until what arrived satisfies the condition. */
  readonly until: (condition: (received: readonly Received[]) => boolean) => Promise<readonly Received[]>;
  readonly close: () => Promise<void>;
};

export async function startCallback(secret: string, verifyToken: string, port = 0): Promise<Callback> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const arrivals = new EventEmitter();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://callback');
    if (request.method === 'GET') {
      const ok = url.searchParams.get('hub.verify_token') === verifyToken;
      response.statusCode = ok ? 200 : 403;
      response.end(ok ? url.searchParams.get('hub.challenge') : 'no');
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const expected = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
    const signed = request.headers['x-hub-signature-256'] === expected;
    const status = statuses.shift() ?? (signed ? 200 : 401);
    received.push({ raw, signed, status });
    response.statusCode = status;
    response.end();
    arrivals.emit('arrival');
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/webhooks/meta/aurora`,
    received,
    answer: (...next) => {
      statuses.push(...next);
    },
    until: async (condition) => {
      if (condition(received)) return received;
      for await (const _ of on(arrivals, 'arrival')) if (condition(received)) break;
      return received;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The one status or message of every update in what was received, in order of arrival. */
export function updatesIn(received: readonly Received[]): Record<string, unknown>[] {
  return received.flatMap(({ raw }) =>
    JSON.parse(raw.toString('utf8')).entry.flatMap(
      (entry: { changes: { value: Record<string, unknown> }[] }) => entry.changes.map(({ value }) => value),
    ),
  );
}
