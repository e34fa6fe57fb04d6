import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { isAcknowledgement, practiceRequest, providerRequest, webRequest } from './points.ts';
import { startWire, type Trap, type Wire } from './wire.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** A server that counts what reached it, behind a wire. */
async function world(): Promise<{
  wire: Wire;
  port: number;
  got: string[];
  ask: (path: string) => Promise<string>;
}> {
  const got: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      got.push(`${request.method} ${request.url}`);
      response.end('an answer that is long enough to be halved');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const wire = await startWire({ target: () => ({ host: '127.0.0.1', port }), classify: practiceRequest });
  cleanUps.push(
    () => server.close(),
    () => server.closeAllConnections(),
    wire.close,
  );
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${wire.port}${path}`, { method: 'POST', body: '{}' });
    return await response.text();
  };
  return { wire, port, got, ask };
}

const on = (direction: Trap['direction'], spoil: Trap['spoil'], meanwhile?: Trap['meanwhile']): Trap => ({
  ...{ direction, spoil, catches: (asked) => asked === 'write' },
  ...(meanwhile === undefined ? {} : { meanwhile }),
});

test('what no trap waits for passes as it is', async () => {
  const { ask, got } = await world();
  expect(await ask('/Patient')).toContain('long enough');
  expect(got).toEqual(['POST /Patient']);
});

test.each(['cut', 'half'] as const)(
  'an answer that is %s was done, and the caller cannot know; once',
  async (spoil) => {
    const { wire, ask, got, port } = await world();
    const caught: number[] = [];
    wire.setTrap(on('answer', spoil, (at) => void caught.push(at)));
    await expect(ask('/Patient')).rejects.toThrow();
    expect(got).toEqual(['POST /Patient']);
    expect(caught).toEqual([port]);
    expect(await ask('/Patient')).toContain('long enough');
  },
);

test('a request that is cut was never done', async () => {
  const { wire, ask, got } = await world();
  wire.setTrap(on('request', 'cut'));
  await expect(ask('/Patient')).rejects.toThrow();
  expect(got).toEqual([]);
});

test('a trap for writes lets searches pass', async () => {
  const { wire, ask } = await world();
  wire.setTrap(on('answer', 'cut'));
  expect(await ask('/Patient/_search')).toContain('long enough');
  await expect(ask('/Patient')).rejects.toThrow();
});

test('while it refuses nobody gets through, and then the same port answers again', async () => {
  const { wire, ask } = await world();
  wire.refuse(50);
  await expect(ask('/Patient')).rejects.toThrow();
  await expect.poll(() => ask('/Patient').catch(() => '')).toContain('long enough');
});

test('what is held passes later, whole', async () => {
  const { wire, ask, got } = await world();
  wire.hold(600_000);
  const asked = ask('/Patient');
  expect(got).toEqual([]);
  wire.clearTraps();
  expect(await asked).toContain('long enough');
});

test('the points are known by their bytes', () => {
  const bytes = (text: string) => Buffer.from(text);
  const send = bytes('POST /v25.0/1/messages HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(providerRequest(send, undefined)).toBe('send');
  expect(providerRequest(bytes('{"status":"read"}'), 'send')).toBe('receipt');
  expect(providerRequest(bytes('{"type":"text"}'), 'send')).toBe('send');
  expect(providerRequest(bytes('GET /v25.0/1 HTTP/1.1\r\n\r\n'), 'send')).toBe('other');
  expect(practiceRequest(bytes('PUT /fhir/a/Slot/1 HTTP/1.1\r\n\r\n'))).toBe('write');
  expect(webRequest(bytes('POST /webhooks/meta/a HTTP/1.1\r\n\r\n'))).toBe('delivery');
  expect(isAcknowledgement('delivery', bytes('HTTP/1.1 200 OK\r\n'))).toBe(true);
  expect(isAcknowledgement('delivery', bytes('HTTP/1.1 503 Busy\r\n'))).toBe(false);
});
