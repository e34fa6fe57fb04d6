import { connect, type Socket } from 'node:net';

/**
 * A keep-alive connection that sends prepared requests, one at a time. Node's own client costs as much processor time per
 * request as the server under test, and here both share one machine.
 */
export type Connection = {
  /** What was said before anything was asked: there was no place. */
  readonly early: () => number | undefined;
  /** Resolves with the status when the whole answer is there; rejects when the connection breaks, or was closed before. */
  readonly send: (request: Uint8Array) => Promise<number>;
  readonly close: () => void;
};

type Waiting = { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void };

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return speak(socket);
}

function speak(socket: Socket): Connection {
  let waiting: Waiting | undefined;
  let received = '';
  let early: number | undefined;
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const status = readAnswer(received);
    if (status === undefined) return;
    received = '';
    const answered = waiting;
    waiting = undefined;
    if (answered === undefined) early = status;
    answered?.resolve(status);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  return {
    early: () => early,
    send: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection was closed before'));
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

/** The status of a complete answer; undefined while some of it is missing. */
function readAnswer(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  if (text.length < headEnd + 4 + Number(length ?? 0)) return undefined;
  return Number(text.slice(9, 12));
}
