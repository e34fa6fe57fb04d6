import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createConnections } from './connections.ts';
import { createDownloads, type Downloaded } from './download.ts';

/** Against servers that say, byte by byte, what they like. */

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Answers each request with what `answer` writes. Returns its URL and what was asked. */
async function serving(answer: (socket: Socket) => void): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      asked.push(data.toString());
      answer(socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, asked };
}

const head = (...lines: readonly string[]) => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;

type Options = { maxBytes?: number; timeoutMs?: number; stallMs?: number; headers?: Record<string, string> };

async function download(url: string, options: Options = {}) {
  const { maxBytes = 1_000_000, timeoutMs = 20_000, stallMs = 20_000, headers = {} } = options;
  const downloads = createDownloads({ timeoutMs, stallMs, connections: createConnections() });
  const pieces: Buffer[] = [];
  const result: Downloaded = await downloads({
    request: { method: 'GET', url, headers },
    allows: (address) => address === url,
    maxBytes,
    keep: async (piece) => void pieces.push(piece),
  });
  return { result, kept: Buffer.concat(pieces) };
}

const failedWith = (code: string) => ({ kind: 'failed', code });

test('a file goes through, byte by byte, with its hash', async () => {
  const file = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const { url, asked } = await serving((socket) => {
    socket.write(head(`content-length: ${file.length}`, 'Content-Type: Image/JPEG; charset=x'));
    socket.write(file);
  });
  const { result, kept } = await download(url, { headers: { authorization: 'Bearer x' } });
  const sha256 = createHash('sha256').update(file).digest('hex');
  expect(result).toEqual({ kind: 'file', bytes: file.length, sha256, mimeType: 'image/jpeg' });
  expect(kept.equals(file)).toBe(true);
  expect(asked[0]?.toLowerCase()).toContain('authorization: bearer x');
});

test('a file in chunks, and an empty one', async () => {
  const chunked = await serving((socket) => {
    socket.write(`${head('transfer-encoding: chunked')}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
  });
  expect((await download(chunked.url)).kept.toString()).toBe('abcde');
  const empty = await serving((socket) => void socket.write(head('content-length: 0')));
  expect((await download(empty.url)).result).toMatchObject({ kind: 'file', bytes: 0 });
});

test('nobody is called whose address is not allowed', async () => {
  const { url, asked } = await serving((socket) => void socket.write(head('content-length: 0')));
  const downloads = createDownloads({ timeoutMs: 20_000, stallMs: 20_000 });
  const keep = async () => undefined;
  const refused = await downloads({
    request: { method: 'GET', url, headers: {} },
    allows: () => false,
    maxBytes: 1,
    keep,
  });
  expect(refused).toEqual(failedWith('HOST_NOT_ALLOWED'));
  for (const bad of ['file:///etc/passwd', url.replace('//', '//user@'), 'http://127.0.0.1:22/', 'no url']) {
    const result = await downloads({
      request: { method: 'GET', url: bad, headers: {} },
      allows: () => true,
      maxBytes: 1,
      keep,
    });
    expect(result, bad).toEqual(failedWith('REQUEST_INVALID'));
  }
  expect(asked).toEqual([]);
});

test('more than allowed: not begun where it is announced, broken off where it is not', async () => {
  const announced = await serving((socket) => void socket.write(head('content-length: 1001')));
  const early = await download(announced.url, { maxBytes: 1000 });
  expect(early.result).toEqual(failedWith('RESPONSE_TOO_LARGE'));
  expect(early.kept.length).toBe(0);
  const endless = await serving((socket) => {
    socket.write(head('transfer-encoding: chunked'));
    const more = () => {
      while (!socket.destroyed && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`));
    };
    socket.on('drain', more);
    more();
  });
  const late = await download(endless.url, { maxBytes: 5000 });
  expect(late.result).toEqual(failedWith('RESPONSE_TOO_LARGE'));
  expect(late.kept.length).toBeLessThanOrEqual(5000);
});

test('the next piece is not taken before the one before it was kept', async () => {
  const total = 64 * 1024 * 1024;
  let written = 0;
  const { url } = await serving((socket) => {
    socket.write(head(`content-length: ${total}`));
    const piece = Buffer.alloc(256 * 1024);
    const more = () => {
      while (written < total && !socket.destroyed) {
        written += piece.length;
        if (!socket.write(piece)) break;
      }
    };
    socket.on('drain', more);
    more();
  });
  const downloads = createDownloads({ timeoutMs: 20_000, stallMs: 20_000, connections: createConnections() });
  const stopped = new Error('enough');
  let largest = 0;
  const done = downloads({
    request: { method: 'GET', url, headers: {} },
    allows: () => true,
    maxBytes: total,
    async keep(piece) {
      largest = Math.max(largest, piece.length);
      // As many rounds as a server on the same machine needs to write all of it, were it let.
      for (let round = 0; round < 2000; round += 1) await setImmediate();
      throw stopped;
    },
  });
  await expect(done).rejects.toBe(stopped);
  expect(largest).toBeLessThanOrEqual(256 * 1024);
  // What the sockets of both sides hold, and no more.
  expect(written).toBeLessThan(total / 2);
});

test.each([
  ['fewer bytes than announced', `${head('content-length: 10')}abc`, 'NOT_WHOLE'],
  ['a chunk that ends in its midst', `${head('transfer-encoding: chunked')}a\r\nabc`, 'NOT_WHOLE'],
  ['chunks without an end', `${head('transfer-encoding: chunked')}3\r\nabc\r\n`, 'NOT_WHOLE'],
  ['nothing that says where it ends', `${head('connection: close')}abc`, 'NOT_WHOLE'],
  ['a head and no byte', head('content-length: 3'), 'CONNECTION_LOST'],
  ['two lengths', `${head('content-length: 3', 'content-length: 4')}abc`, 'BAD_RESPONSE'],
  [
    'a length and chunks',
    `${head('content-length: 3', 'transfer-encoding: chunked')}3\r\nabc\r\n0\r\n\r\n`,
    'BAD_RESPONSE',
  ],
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n', 'BAD_RESPONSE'],
  ['nothing', '', 'CONNECTION_LOST'],
])('cut: %s', async (_what, answer, code) => {
  const { url } = await serving((socket) => socket.end(answer));
  expect((await download(url)).result).toEqual(failedWith(code));
});

test('packed bytes are not unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  const { url } = await serving((socket) => {
    socket.write(head(`content-length: ${bomb.length}`, 'content-encoding: gzip'));
    socket.write(bomb);
  });
  const { result, kept } = await download(url);
  expect(result).toEqual(failedWith('PACKED'));
  expect(kept.length).toBe(0);
});

test('silence: before the head, and after some bytes', async () => {
  const mute = await serving(() => undefined);
  expect((await download(mute.url, { stallMs: 50 })).result).toEqual(failedWith('STALLED'));
  const stuck = await serving((socket) => void socket.write(`${head('content-length: 10')}abc`));
  expect((await download(stuck.url, { stallMs: 50 })).result).toEqual(failedWith('STALLED'));
  expect((await download(stuck.url, { timeoutMs: 300 })).result).toEqual(failedWith('TIMEOUT'));
});

test('drop by drop: the deadline ends it', async () => {
  const { url } = await serving((socket) => {
    socket.write(head('content-length: 1000000'));
    const timer = setInterval(() => socket.write('x'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  expect((await download(url, { timeoutMs: 400 })).result).toEqual(failedWith('TIMEOUT'));
});

test('an answer that is no file is told as it is, and nothing is followed', async () => {
  const elsewhere = await serving((socket) => void socket.write(head('content-length: 0')));
  const { url } = await serving((socket) =>
    socket.end(`HTTP/1.1 307 X\r\nLocation: ${elsewhere.url}\r\ncontent-length: 5\r\n\r\nthere`),
  );
  const { result, kept } = await download(url);
  expect(result).toMatchObject({
    kind: 'answer',
    answer: { status: 307, headers: { location: elsewhere.url }, body: 'there' },
  });
  expect(kept.length).toBe(0);
  expect(elsewhere.asked).toEqual([]);
});

test('an endless error is not taken in', async () => {
  const { url } = await serving((socket) => {
    socket.write('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n');
    const more = () => {
      while (!socket.destroyed && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`));
    };
    socket.on('drain', more);
    more();
  });
  const { result } = await download(url);
  if (result.kind !== 'answer') throw new Error('expected an answer');
  expect(result.answer.status).toBe(500);
  expect(result.answer.body.length).toBe(64 * 1024);
});

test('nobody there', async () => {
  const { url } = await serving(() => undefined);
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  expect((await download(url)).result).toEqual(failedWith('CONNECTION_REFUSED'));
});
