import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { patienceMs } from '../../../test/patience.ts';
import { openRaw, type RawClient, requestText, statusesIn } from '../../../test/raw-client.ts';
import { createLog } from '../log.ts';
import type { HttpLimits } from './limits.ts';
import { createHttp } from './server.ts';

/** The default limits' order of things, in a fraction of the time. */
const quick: Partial<HttpLimits> = {
  headersTimeoutMs: 150,
  requestTimeoutMs: 250,
  readTimeoutMs: 150,
  lookEveryMs: 30,
  graceMs: 0,
};
/** For what has nothing to do with time. */
const patient: Partial<HttpLimits> = { lookEveryMs: 30, graceMs: 0 };

let app: FastifyInstance;
let port: number;
let refused: string[];
/** Requests whose route has been reached, and that wait there for `letGo`. */
let atWork: number;
let letGo: () => void;

async function serve(limits: Partial<HttpLimits>): Promise<void> {
  refused = [];
  atWork = 0;
  const released = Promise.withResolvers<void>();
  letGo = released.resolve;
  app = await createHttp({
    log: createLog('silent'),
    apiToken: 'a-token-of-enough-length',
    sandbox: false,
    version: '0.0.0',
    limits,
    metrics: { count: (name, labels = {}) => void refused.push(`${name} ${labels.reason}`) },
  });
  const open = { config: { access: 'public' } } as const;
  app.get('/quick', open, () => ({ quick: true }));
  app.get('/held', open, async () => {
    atWork += 1;
    await released.promise;
    return { held: true };
  });
  app.get('/big', open, () => 'x'.repeat(16 * 1024 * 1024));
  app.get('/stream', open, (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200);
    const more = setInterval(() => reply.raw.write(Buffer.alloc(1024 * 1024)), 5);
    reply.raw.on('close', () => clearInterval(more));
  });
  app.post('/json', open, (request) => ({ got: request.body }));
  app.get('/closed', { config: { access: 'service' } }, () => ({}));
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', app.readRaw);
    const provider = { config: { access: 'provider' } } as const;
    scope.post('/bytes', provider, (request) => ({ bytes: (request.body as Buffer).length }));
    scope.post('/held-bytes', provider, async (request) => {
      atWork += 1;
      await released.promise;
      return { bytes: (request.body as Buffer).length };
    });
  });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

afterEach(async () => {
  letGo();
  app.server.closeAllConnections();
  await app.close();
});

const connections = () =>
  new Promise<number>((resolve, reject) =>
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );

async function eventually(is: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(5))
    if (await is()) return;
  throw new Error(`${what} did not come`);
}

/** Sends a byte now and then for as long as the connection takes them. */
async function trickle(client: RawClient, words: string): Promise<string> {
  const more = setInterval(() => client.say(words), 20);
  const heard = await client.closed;
  clearInterval(more);
  return heard;
}

const ask = async (request: string) => {
  const client = await openRaw(port);
  client.say(request);
  const heard = await client.until(/\r\n\r\n/);
  client.socket.destroy();
  return heard;
};

describe('a client that is slow to ask is closed, and leaves nothing behind', () => {
  const head = 'POST /bytes HTTP/1.1\r\nhost: localhost\r\n';
  test.each([
    ['says nothing', '', ''],
    ['sends its headers byte by byte', 'GET /quick HTTP/1.1\r\nhost: localhost\r\nx: ', 'y'],
    ['sends header after header', 'GET /quick HTTP/1.1\r\nhost: localhost\r\n', 'x: y\r\n'],
    ['sends its body byte by byte', `${head}content-length: 100000\r\n\r\n`, 'y'],
    ['announces more than it sends', `${head}content-length: 10\r\n\r\nhello`, ''],
    ['sends chunks without end', `${head}transfer-encoding: chunked\r\n\r\n`, '1\r\ny\r\n'],
    [
      'waits to be asked for its body, and sends none',
      `${head}expect: 100-continue\r\ncontent-length: 9\r\n\r\n`,
      '',
    ],
  ])('%s', async (_, begin, more) => {
    await serve(quick);
    const client = await openRaw(port, { half: true });
    client.say(begin);
    expect(statusesIn((await trickle(client, more)).replace('HTTP/1.1 100 Continue', ''))).toEqual([408]);
    // It does not close its side, and is gone all the same.
    await eventually(async () => (await connections()) === 0, 'the end of the connection');
    expect(refused).toEqual(['vestibule_http_refused slow-request']);
    client.socket.destroy();
  });
});

describe('a client that does not read its answer is closed', () => {
  test.each(['/big', '/stream'])('%s', async (path) => {
    // Only the reading is limited: a request that a busy machine reads late would be a slow one.
    await serve({ ...patient, readTimeoutMs: 150 });
    const client = await openRaw(port);
    client.socket.pause();
    client.say(requestText(`GET ${path}`));
    await eventually(() => refused.includes('vestibule_http_refused slow-reader'), 'its end');
    await eventually(async () => (await connections()) === 0, 'the end of the connection');
    client.socket.destroy();
  });

  test('and one that reads is not', async () => {
    await serve({ ...patient, readTimeoutMs: 20_000 });
    const response = await fetch(`http://127.0.0.1:${port}/big`);
    expect((await response.text()).length).toBe(16 * 1024 * 1024);
    expect(refused).toEqual([]);
  });
});

describe('connections', () => {
  test('beyond the limit the one that has waited longest gives way', async () => {
    await serve({ ...patient, maxSockets: 3 });
    const idle = [];
    for (const _ of [1, 2, 3]) idle.push(await openRaw(port));
    // Answered once, it has waited for less long than the others.
    idle[0]?.say(requestText('GET /quick'));
    await idle[0]?.until('quick');
    idle[1]?.say('POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
    const newcomer = await openRaw(port);
    newcomer.say(requestText('GET /quick'));
    expect(statusesIn(await newcomer.until('quick'))).toEqual([200]);
    expect(await idle[2]?.closed).toBe('');
    expect(refused).toEqual(['vestibule_http_refused gave-way']);
    for (const client of [...idle, newcomer]) client.socket.destroy();
  });

  test('where all are at work, the new one hears 503 and nothing that it says is read', async () => {
    await serve({ ...patient, maxSockets: 3 });
    const busy = await Promise.all([1, 2, 3].map(() => openRaw(port)));
    for (const client of busy) client.say(requestText('GET /held'));
    await eventually(() => atWork === 3, 'three at work');
    const newcomer = await openRaw(port);
    newcomer.say(requestText('GET /held'));
    const heard = await newcomer.closed;
    expect(statusesIn(heard)).toEqual([503]);
    expect(heard).toMatch(/retry-after: 2\r\n/);
    expect(heard).toContain('"UNAVAILABLE"');
    expect([atWork, refused]).toEqual([3, ['vestibule_http_refused sockets']]);
    letGo();
    for (const client of busy) expect(statusesIn(await client.until('held'))).toEqual([200]);
    for (const client of busy) client.socket.destroy();
  });

  test('what one connection asks at once is bounded', async () => {
    await serve({ ...patient, maxPipelined: 4 });
    const client = await openRaw(port);
    client.say(requestText('GET /held').repeat(50));
    await eventually(() => refused.length > 0, 'a refusal');
    letGo();
    const heard = await client.closed;
    expect(statusesIn(heard)).toEqual([200, 200, 200, 200, 503]);
    expect(heard).toContain('retry-after: 2');
    expect(atWork).toBe(4);
    expect(refused[0]).toBe('vestibule_http_refused pipelining');
  });

  test('what is asked one after the other is not', async () => {
    await serve({ ...patient, maxPipelined: 2 });
    const client = await openRaw(port);
    for (let i = 1; i <= 10; i += 1) {
      client.say(requestText('GET /quick'));
      await eventually(() => statusesIn(client.heard()).length === i, `answer ${i}`);
    }
    expect(new Set(statusesIn(client.heard()))).toEqual(new Set([200]));
    client.socket.destroy();
  });
});

describe('bodies', () => {
  const post = (path: string, bytes: number) => requestText(`POST ${path}`, [], 'x'.repeat(bytes));

  test('all of them together are bounded, and what is refused never reaches its route', async () => {
    await serve({ ...patient, deliveryMemoryBytes: 1_000 });
    const first = await openRaw(port);
    first.say(post('/held-bytes', 800));
    await eventually(() => atWork === 1, 'the first');
    const second = await openRaw(port);
    second.say(post('/held-bytes', 500));
    const heard = await second.until('UNAVAILABLE');
    expect([statusesIn(heard), atWork]).toEqual([[503], 1]);
    expect(heard).toMatch(/retry-after: 2\r\n/);
    expect(refused).toEqual(['vestibule_http_refused memory']);
    // Everything else has its own share.
    expect(await ask(requestText('POST /json', ['content-type: application/json'], '{"a":1}'))).toContain(
      '200 OK',
    );
    letGo();
    await first.until('"bytes":800');
    expect(await ask(post('/bytes', 900))).toContain('200 OK');
    for (const client of [first, second]) client.socket.destroy();
  });

  test('what is announced and does not come takes no room', async () => {
    await serve({ ...patient, deliveryMemoryBytes: 1_000 });
    const liars = await Promise.all(Array.from({ length: 20 }, () => openRaw(port)));
    for (const liar of liars) liar.say('POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n.');
    await eventually(async () => (await connections()) === 20, 'the liars');
    expect(await ask(post('/bytes', 900))).toContain('200 OK');
    for (const liar of liars) liar.socket.destroy();
  });

  test('a client that goes away gives back what it held', async () => {
    await serve({ ...patient, deliveryMemoryBytes: 1_000 });
    const quitter = await openRaw(port);
    quitter.say(`POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(900)}`);
    await eventually(async () => (await ask(post('/bytes', 500))).includes('503'), 'no room');
    quitter.socket.destroy();
    await eventually(async () => (await ask(post('/bytes', 1_000))).includes('200 OK'), 'room');
  });

  test('a delivery may have four megabytes, everything else little', async () => {
    await serve(patient);
    const megabytes = (path: string, count: number) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify('x'.repeat(count * 1024 * 1024)),
      }).then(({ status }) => status);
    expect(await megabytes('/bytes', 3)).toBe(200);
    expect(await megabytes('/json', 3)).toBe(413);
  });

  test('chunks are counted as they come', async () => {
    await serve(patient);
    const client = await openRaw(port);
    client.say(
      'POST /json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    client.say(`${(300 * 1024).toString(16)}\r\n${'x'.repeat(300 * 1024)}\r\n`);
    expect(statusesIn(await client.closed)).toEqual([413]);
  });

  test('what leads nowhere, and who may not, is told before anything is read', async () => {
    await serve(patient);
    const announce = 'content-length: 1000000\r\n\r\n';
    for (const [line, status] of [
      ['POST /nowhere', 404],
      ['PROPFIND /json', 404],
      ['POST /json', 413],
    ] as const) {
      const heard = await ask(`${line} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${announce}`);
      expect([line, statusesIn(heard)]).toEqual([line, [status]]);
    }
    expect(statusesIn(await ask(requestText('GET /closed')))).toEqual([401]);
  });

  test('who asks first is told to send, or why not', async () => {
    await serve({ ...patient, deliveryMemoryBytes: 1_000 });
    const expecting = (path: string, length: number, expect = '100-continue') =>
      `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: ${expect}\r\ncontent-length: ${length}\r\n\r\n`;
    const polite = await openRaw(port);
    polite.say(expecting('/bytes', 5));
    await polite.until('100 Continue');
    polite.say('hello');
    expect(statusesIn(await polite.until('"bytes":5'))).toEqual([100, 200]);
    polite.socket.destroy();
    expect(statusesIn(await ask(expecting('/bytes', 9_000_000)))).toEqual([100, 413]);
    expect(statusesIn(await ask(expecting('/nowhere', 5)))).toEqual([404]);
    expect(statusesIn(await ask(expecting('/bytes', 5, 'a-miracle')))).toEqual([417]);
  });
});

describe('what is no request, or not one of ours', () => {
  const headers = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: y`);
  test.each([
    [
      'two ways to tell the length',
      'POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      [400],
    ],
    ['a length that is none', 'POST /bytes HTTP/1.1\r\nhost: x\r\ncontent-length: -3\r\n\r\nabc', [400]],
    [
      'a chunk whose length is none',
      'POST /bytes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      [400],
    ],
    ['more than was announced', `${requestText('POST /bytes', [], 'abc')}def\r\n\r\n`, [400]],
    ['a method that nobody knows', 'BREW /quick HTTP/1.1\r\nhost: x\r\n\r\n', [400]],
    ['no host', 'GET /quick HTTP/1.1\r\n\r\n', [400]],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nhost: x\r\n\r\n', []],
    ['headers that are too long', requestText('GET /quick', [`x: ${'y'.repeat(20_000)}`]), [431]],
    ['too many headers', requestText('GET /quick', headers(150)), [431]],
  ])('%s: said in our words, and closed', async (_, words, statuses) => {
    await serve(patient);
    const client = await openRaw(port, { half: true });
    client.say(words);
    expect(statusesIn(await client.closed)).toEqual(statuses);
    await eventually(async () => (await connections()) === 0, 'the end of the connection');
    client.socket.destroy();
  });

  test('a wish for another protocol is answered in this one', async () => {
    await serve(patient);
    const wish = [
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-key: AAAA',
      'sec-websocket-version: 13',
    ];
    expect(statusesIn(await ask(requestText('GET /quick', wish)))).toEqual([200]);
  });
});
