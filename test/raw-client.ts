import { connect, type Socket } from 'node:net';

/** A client that says exactly what a test wants, when it wants, and leaves nothing to a library. */
export type RawClient = {
  readonly socket: Socket;
  readonly say: (words: string | Uint8Array) => void;
  /** Everything heard so far. */
  readonly heard: () => string;
  /** Resolves with everything heard once a text is among it; rejects when the connection closes before. */
  readonly until: (text: string | RegExp) => Promise<string>;
  /** Resolves with everything heard once the server has closed the connection, by its end or a reset. */
  readonly closed: Promise<string>;
};

/** `half`: stays half-open when the server ends its side, as a client that wants to keep a place does. */
export async function openRaw(port: number, options: { readonly half?: boolean } = {}): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: options.half === true });
  let heard = '';
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => undefined);
    for (const event of ['end', 'close'] as const) socket.once(event, () => resolve(heard));
  });
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    socket.emit('heard');
  });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const has = (text: string | RegExp) => (typeof text === 'string' ? heard.includes(text) : text.test(heard));
  return {
    socket,
    say: (words) => void (socket.writable && socket.write(words)),
    heard: () => heard,
    closed,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (has(text)) resolve(heard);
        };
        socket.on('heard', look);
        closed.then(() =>
          has(text) ? resolve(heard) : reject(new Error(`closed before ${text}: ${heard}`)),
        );
        look();
      }),
  };
}

/** One request, as text. `headers` are lines. */
export function requestText(
  line: string,
  headers: readonly string[] = [],
  body: string | undefined = undefined,
): string {
  const length = body === undefined ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return `${[`${line} HTTP/1.1`, 'host: localhost', ...headers, ...length].join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** The statuses of the answers in what was heard, in order. */
export function statusesIn(heard: string): readonly number[] {
  return [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
