import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpRequest } from '#kernel/http.ts';
import { type Connections, createConnections } from './connections.ts';
import { createEgress, outcomeOfFailure, type SendResult } from './egress.ts';

const open: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A raw TCP peer that does as told once the request arrives; gives its origin and the number of requests. */
async function peer(onRequest: (socket: Socket) => void) {
  const seen = { connections: 0, requests: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      seen.requests += 1;
      onRequest(socket);
    });
  });
  open.push({ server, sockets });
  const origin = await listen(server);
  return { origin, seen };
}

async function listen(server: Server, host = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  // A listening TCP server's address is never a pipe's name.
  const { port } = server.address() as AddressInfo;
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}

function post(url: string, headers: Record<string, string> = {}): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"a":1}',
  };
}

/** Long where an answer must come; short where the deadline itself is what is looked at. */
function client(origin: string, timeoutMs = 20_000) {
  return createEgress({ timeoutMs, maxResponseBytes: 1_000, allow: [origin] });
}

/** Connections that are made otherwise; the agent asks for each only once. */
function connecting(make: (done: (error: Error | null, connection?: Duplex) => void) => void) {
  const connections = createConnections();
  connections.https.createConnection = (_, done) => {
    // The type asks for a connection beside the error; the agent does not.
    make(done as (error: Error | null, connection?: Duplex) => void);
    return undefined;
  };
  return connections;
}

const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test('an answer comes back with lower-case headers and its body as text', async () => {
  const { origin, seen } = await peer((socket) =>
    socket.end(
      'HTTP/1.1 201 Created\r\nLocation: /a\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Length: 5\r\n\r\n{"\u00e9"',
      'utf8',
    ),
  );
  const result = await client(origin).send(post(`${origin}/x?q=1`));
  expect(result).toMatchObject({
    kind: 'response',
    response: { status: 201, headers: { location: '/a', 'x-two': '1, 2' }, body: '{"é"' },
  });
  expect(seen.requests).toBe(1);
});

test('the request leaves as it was rendered', async () => {
  let got: unknown;
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      got = { method: request.method, url: request.url, type: request.headers['content-type'], body };
      response.end();
    });
  });
  open.push({ server, sockets: new Set() });
  const origin = await listen(server);
  await client(origin).send(
    post(`${origin}/fhir/Patient/_search?x=%24`, { authorization: 'Bearer t', connection: 'close' }),
  );
  expect(got).toEqual({
    method: 'POST',
    url: '/fhir/Patient/_search?x=%24',
    type: 'application/json',
    body: '{"a":1}',
  });
});

describe('a compressed answer', () => {
  const packings: [string, string, (body: string) => Buffer][] = [
    ['gzip', 'gzip', gzipSync],
    ['gzip, with its old name', 'X-GZIP', gzipSync],
    ['deflate', 'deflate', deflateSync],
    ['deflate without its head', 'deflate', deflateRawSync],
    ['brotli', 'br', brotliCompressSync],
    ['one in the other', 'gzip, br', (body) => brotliCompressSync(gzipSync(body))],
  ];
  const answering = (coding: string, packed: Buffer) => (socket: Socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${packed.length}\r\n\r\n`,
    );
    socket.end(packed);
  };
  test.each(packings)('%s', async (_name, coding, pack) => {
    const { origin } = await peer(answering(coding, pack('{"é":1}')));
    expect(await client(origin).send(post(origin))).toMatchObject({ response: { body: '{"é":1}' } });
  });

  test.each(packings)('%s: too large when unpacked', async (_name, coding, pack) => {
    const { origin } = await peer(answering(coding, pack('a'.repeat(1_001))));
    expect(await client(origin).send(post(origin))).toEqual({ kind: 'unknown', code: 'RESPONSE_TOO_LARGE' });
  });
});

describe('a connection that is kept', () => {
  /** Answers each request, up to `answers` per connection; then does as told. */
  async function keeper(answers: number, then: (socket: Socket) => void) {
    const { origin, seen } = await peer((socket) => {
      let left = answers;
      const next = () => {
        if (left === 0) return then(socket);
        left -= 1;
        socket.write(ok('{}'));
      };
      next();
      socket.on('data', next);
    });
    return { origin, seen };
  }

  test('serves the next call', async () => {
    const { origin, seen } = await keeper(3, () => undefined);
    const egress = client(origin);
    for (let i = 0; i < 3; i += 1) expect((await egress.send(post(origin))).kind).toBe('response');
    expect(seen.connections).toBe(1);
  });

  test('that breaks under the next call: nobody knows', async () => {
    const { origin, seen } = await keeper(1, (socket) => socket.resetAndDestroy());
    const egress = client(origin);
    expect((await egress.send(post(origin))).kind).toBe('response');
    expect(await egress.send(post(origin))).toEqual({ kind: 'unknown', code: 'CONNECTION_LOST' });
    expect(seen.connections).toBe(1);
  });

  test('after a time-out is not used again', async () => {
    const { origin, seen } = await keeper(1, () => undefined);
    const egress = client(origin);
    expect((await egress.send(post(origin))).kind).toBe('response');
    expect(await egress.send(post(origin), 50)).toEqual({ kind: 'unknown', code: 'TIMEOUT' });
    expect((await egress.send(post(origin))).kind).toBe('response');
    expect(seen.connections).toBe(2);
  });
});

test('an answer that turns into another protocol is unknown', async () => {
  const { origin } = await peer((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  );
  expect(await client(origin).send(post(origin))).toEqual({ kind: 'unknown', code: 'CONNECTION_LOST' });
});

describe('a connection that breaks', () => {
  test('refused: not sent', async () => {
    const server = createServer();
    const origin = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await client(origin).send(post(origin))).toEqual({ kind: 'not-sent', code: 'CONNECTION_REFUSED' });
  });

  test('no such host: not sent', async () => {
    // RFC 6761 keeps `.invalid` from ever resolving.
    const result = await client('http://pms.invalid').send(post('http://pms.invalid/'));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'HOST_NOT_FOUND' });
  });

  test('TLS spoken to a plain server: not sent', async () => {
    const { origin } = await peer((socket) => socket.end(ok('')));
    const secure = origin.replace('http:', 'https:');
    expect(await client(secure).send(post(secure))).toEqual({ kind: 'not-sent', code: 'TLS_FAILED' });
  });

  test('reset within the handshake: not sent', async () => {
    const { origin } = await peer((socket) => socket.resetAndDestroy());
    const secure = origin.replace('http:', 'https:');
    expect(await client(secure).send(post(secure))).toEqual({ kind: 'not-sent', code: 'CONNECT_FAILED' });
  });

  const lost: [string, (socket: Socket) => void, string][] = [
    ['reset before the answer', (socket) => socket.resetAndDestroy(), 'CONNECTION_LOST'],
    ['half-closed before the answer', (socket) => socket.end(), 'CONNECTION_LOST'],
    ['closed within the head', (socket) => socket.end('HTTP/1.1 200 O'), 'CONNECTION_LOST'],
    [
      'closed within the body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
      'CONNECTION_LOST',
    ],
    ['an answer that is not HTTP', (socket) => socket.end('SSH-2.0-x\r\n'), 'BAD_RESPONSE'],
    [
      'a head without end',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`),
      'BAD_RESPONSE',
    ],
    [
      'a compression that cannot be undone',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc'),
      'BAD_RESPONSE',
    ],
  ];
  test.each(lost)('%s: unknown', async (_name, onRequest, code) => {
    const { origin, seen } = await peer(onRequest);
    expect(await client(origin).send(post(origin))).toEqual({ kind: 'unknown', code });
    expect(seen.requests).toBe(1);
  });
});

describe('the deadline', () => {
  const slow: [string, (socket: Socket) => void][] = [
    ['no answer', () => undefined],
    ['a head that does not end', (socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    ['a body that does not end', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')],
  ];
  test.each(slow)('%s: unknown', async (_name, onRequest) => {
    const { origin } = await peer(onRequest);
    expect(await onceConnected((ms) => client(origin, ms).send(post(origin)))).toEqual({
      kind: 'unknown',
      code: 'TIMEOUT',
    });
  });

  /** With a deadline that is as short as it can be here: one that is over before the connection stands tells another story. */
  async function onceConnected(send: (ms: number) => Promise<SendResult>): Promise<SendResult> {
    for (let ms = 100; ; ms *= 2) {
      const result = await send(ms);
      if (result.kind !== 'not-sent') return result;
    }
  }

  test('over before the connection stands: not sent', async () => {
    // It takes connections and never answers the handshake.
    const { origin } = await peer(() => undefined);
    const secure = origin.replace('http:', 'https:');
    expect(await client(secure, 300).send(post(secure))).toEqual({
      kind: 'not-sent',
      code: 'CONNECT_TIMEOUT',
    });
  });

  test('one call may have its own', async () => {
    const { origin } = await peer(() => undefined);
    const patient = client(origin);
    expect(await onceConnected((ms) => patient.send(post(origin), ms))).toEqual({
      kind: 'unknown',
      code: 'TIMEOUT',
    });
  });
});

describe('the size of an answer', () => {
  test('one byte too many is not taken in', async () => {
    const { origin } = await peer((socket) => socket.end(ok('a'.repeat(1_001))));
    expect(await client(origin).send(post(origin))).toEqual({ kind: 'unknown', code: 'RESPONSE_TOO_LARGE' });
  });

  test('the limit itself is', async () => {
    const { origin } = await peer((socket) => socket.end(ok('a'.repeat(1_000))));
    expect(await client(origin).send(post(origin))).toMatchObject({
      kind: 'response',
      response: { status: 200 },
    });
  });

  test('an endless body is cut off', async () => {
    const { origin } = await peer((socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(`400\r\n${'a'.repeat(1_024)}\r\n`));
      };
      socket.on('drain', pour);
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      pour();
    });
    expect(await client(origin).send(post(origin))).toEqual({ kind: 'unknown', code: 'RESPONSE_TOO_LARGE' });
  });
});

describe('where it may go', () => {
  test('a redirect is an answer, and is not followed', async () => {
    const target = await peer((socket) => socket.end(ok('secret')));
    const { origin } = await peer((socket) =>
      socket.end(`HTTP/1.1 307 Go\r\nlocation: ${target.origin}/\r\ncontent-length: 0\r\n\r\n`),
    );
    const egress = createEgress({
      timeoutMs: 20_000,
      maxResponseBytes: 1_000,
      allow: [origin, target.origin],
    });
    expect(await egress.send(post(origin))).toMatchObject({
      kind: 'response',
      response: { status: 307, body: '' },
    });
    expect(target.seen.connections).toBe(0);
  });

  const disguises = [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    'localhost.',
    'pms.example@127.0.0.1',
    'pms.example.127.0.0.1',
  ];
  test.each(disguises)('%s is no other host in disguise', async (host) => {
    const { origin, seen } = await peer((socket) => socket.end(ok('')));
    const port = new URL(origin).port;
    const egress = createEgress({ timeoutMs: 20_000, maxResponseBytes: 10, allow: ['https://pms.example'] });
    const result = await egress.send(post(`http://${host}:${port}/?a=1`));
    expect(result.kind).toBe('not-sent');
    expect(seen.connections).toBe(0);
  });

  test.each([
    ['another scheme', 'http://pms.example/'],
    ['another port', 'https://pms.example:8443/'],
    ['a subdomain', 'https://a.pms.example/'],
    ['a longer name', 'https://pms.example.org/'],
    ['a file', 'file:///etc/hostname'],
  ])('%s is another origin', async (_name, url) => {
    const never = connecting(() => expect.unreachable('must not be called'));
    const egress = createEgress({
      timeoutMs: 1_000,
      maxResponseBytes: 10,
      allow: ['https://pms.example/fhir'],
      connections: never,
    });
    expect(await egress.send({ method: 'GET', url, headers: {} })).toEqual({
      kind: 'not-sent',
      code: 'HOST_NOT_ALLOWED',
    });
  });

  test.each([
    ['credentials in the URL', 'https://me:pw@pms.example/', {}],
    ['a header that would end its line', 'https://pms.example/', { authorization: 'Bearer a\r\nx: y' }],
    ['no URL at all', 'pms.example', {}],
    ['a port that fetch blocks', 'https://pms.example:6667/', {}],
  ])('%s: refused before anything leaves', async (_name, url, headers) => {
    const allow = ['https://pms.example', 'https://pms.example:6667'];
    const egress = createEgress({ timeoutMs: 20_000, maxResponseBytes: 10, allow });
    expect(await egress.send(post(url, headers))).toEqual({ kind: 'not-sent', code: 'REQUEST_INVALID' });
  });

  test('a list that names no origin is a mistake of the configuration', () => {
    expect(() => createEgress({ timeoutMs: 1, maxResponseBytes: 1, allow: ['pms.example'] })).toThrow(
      /expected origins/,
    );
  });
});

describe('errors that loopback cannot make', () => {
  const send = (connections: Connections) =>
    createEgress({
      timeoutMs: 20_000,
      maxResponseBytes: 10,
      allow: ['https://pms.example'],
      connections,
    }).send(post('https://pms.example/'));
  const error = (fields: object) => Object.assign(new Error('x'), fields);
  const failing = (cause: Error) => send(connecting((done) => done(cause)));

  test('a certificate that does not hold: not sent', async () => {
    expect(await failing(error({ code: 'CERT_HAS_EXPIRED' }))).toEqual({
      kind: 'not-sent',
      code: 'TLS_FAILED',
    });
  });

  test('ETIMEDOUT counts as not sent only while connecting', async () => {
    expect(await failing(error({ code: 'ETIMEDOUT', syscall: 'connect' }))).toEqual({
      kind: 'not-sent',
      code: 'CONNECT_FAILED',
    });
    const dropping = new Duplex({
      read() {},
      write() {
        this.destroy(error({ code: 'ETIMEDOUT', syscall: 'read' }));
      },
    });
    expect(await send(connecting((done) => done(null, dropping)))).toEqual({
      kind: 'unknown',
      code: 'CONNECTION_LOST',
    });
  });

  test('of several addresses that were tried, one reason is told where it is the only one', async () => {
    const refused = error({ code: 'ECONNREFUSED', syscall: 'connect' });
    const reset = error({ code: 'ECONNRESET', syscall: 'read' });
    expect(await failing(new AggregateError([refused, refused]))).toEqual({
      kind: 'not-sent',
      code: 'CONNECTION_REFUSED',
    });
    const unclear = { kind: 'not-sent', code: 'CONNECT_FAILED' };
    expect(await failing(new AggregateError([refused, reset]))).toEqual(unclear);
    expect(await failing(new AggregateError([]))).toEqual(unclear);
  });
});

test('what a failure means depends on whether something was to be changed', () => {
  const timeout = { kind: 'unknown', code: 'TIMEOUT' } as const;
  const refused = { kind: 'not-sent', code: 'CONNECTION_REFUSED' } as const;
  const foreign = { kind: 'not-sent', code: 'HOST_NOT_ALLOWED' } as const;
  const large = { kind: 'unknown', code: 'RESPONSE_TOO_LARGE' } as const;
  expect(outcomeOfFailure(timeout, 'write')).toEqual({ kind: 'unknown', code: 'TIMEOUT' });
  expect(outcomeOfFailure(timeout, 'read')).toEqual({ kind: 'retry', code: 'TIMEOUT' });
  expect(outcomeOfFailure(refused, 'write')).toEqual({ kind: 'retry', code: 'CONNECTION_REFUSED' });
  expect(outcomeOfFailure(foreign, 'write')).toEqual({ kind: 'rejected', code: 'HOST_NOT_ALLOWED' });
  expect(outcomeOfFailure(large, 'write')).toEqual({ kind: 'unknown', code: 'RESPONSE_TOO_LARGE' });
  expect(outcomeOfFailure(large, 'read')).toEqual({ kind: 'rejected', code: 'RESPONSE_TOO_LARGE' });
});
