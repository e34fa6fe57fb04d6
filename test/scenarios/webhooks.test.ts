import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  codeIn,
  deliver,
  envelope,
  messageFrom,
  messagesChange,
  type Post,
  signatureOf,
  statusOf,
  textFrom,
} from './delivery.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

let world: TestSandbox;
let secret: string;
/** What a client gets that sends half a request and then falls silent; it takes as long as the server's patience. */
let fellSilent: Promise<string>;

beforeAll(async () => {
  world = await startTestSandbox({ provider: 'meta', oneApp: true });
  secret = world.credentials('aurora-wa').appSecret;
  const half =
    'POST /webhooks/meta/aurora-wa HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"half":';
  fellSilent = speak(half);
});

afterAll(() => world.stop());

/** How often a body that was sent to an account is kept; the digest is what tells deliveries apart. */
const kept = async (body: string | Uint8Array, accountId = 'aurora-wa') => {
  const digest = createHash('sha256').update(`meta/${accountId}\n`).update(body).digest();
  const found = await world.query('select 1 from webhook_deliveries where digest = $1', [digest]);
  return found.length;
};

/** What a socket hears that says this and waits until it is closed. */
function speak(words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(new URL(world.sandbox.url).port), '127.0.0.1', () => socket.write(words));
    socket.on('data', (chunk) => (heard += chunk.toString('utf8')));
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

const greeted = (patientId: string, practiceId = 'aurora') =>
  world
    .patient(patientId, practiceId)
    .until(({ messages }) => messages.some(({ side }) => side === 'practice'), `an answer to ${patientId}`);

describe('the provider asks whether this address expects its webhooks', () => {
  const ask = async (query: Record<string, string>, accountId = 'aurora-wa') => {
    const url = `${world.sandbox.url}/webhooks/meta/${accountId}?${new URLSearchParams(query)}`;
    const response = await fetch(url);
    const body = await response.text();
    return { status: response.status, type: response.headers.get('content-type'), body, code: codeIn(body) };
  };
  const mode = 'subscribe';

  test('with the right token: its challenge, as plain text', async () => {
    const token = world.credentials('aurora-wa').verifyToken;
    const answer = await ask({
      'hub.mode': mode,
      'hub.verify_token': token,
      'hub.challenge': '<b>1158201444',
    });
    expect(answer).toMatchObject({ status: 200, body: '<b>1158201444' });
    expect(answer.type).toMatch(/^text\/plain/);
  });

  test.each([
    ['a wrong token', { 'hub.mode': mode, 'hub.verify_token': 'guess', 'hub.challenge': '1' }],
    ['no token', { 'hub.mode': mode, 'hub.challenge': '1' }],
    ['nothing at all', {}],
  ])('with %s: 403, and nothing is echoed', async (_, query) => {
    expect(await ask(query)).toMatchObject({ status: 403, code: 'VERIFICATION_FAILED' });
  });

  test("with another account's token: 403", async () => {
    const token = world.credentials('riverside-wa').verifyToken;
    const query = { 'hub.mode': mode, 'hub.verify_token': token, 'hub.challenge': '1' };
    expect(await ask(query)).toMatchObject({ status: 403, code: 'VERIFICATION_FAILED' });
  });

  test('for an account that does not exist: 404', async () => {
    expect(await ask({}, 'nobody')).toMatchObject({ status: 404, code: 'UNKNOWN_ACCOUNT' });
  });
});

describe('a delivery that is not proved to be the provider’s is refused and not kept', () => {
  const body = () => envelope(messagesChange(world, { messages: [textFrom(world, 'p1', 'oi')] }));
  const cases: readonly [string, (body: string) => Partial<Post>][] = [
    ['no signature', () => ({ signatures: [] })],
    ["another secret's signature", (given) => ({ signatures: [signatureOf('other', given)] })],
    ["another body's signature", () => ({ signatures: [signatureOf(secret, '{}')] })],
    ['two signatures', (given) => ({ signatures: [signatureOf(secret, given), signatureOf(secret, given)] })],
    ['half a signature', (given) => ({ signatures: [signatureOf(secret, given).slice(0, 39)] })],
    ['an older algorithm', (given) => ({ signatures: [signatureOf(secret, given).replace('256', '1')] })],
    [
      'a signature over the same JSON, written otherwise',
      (given) => ({
        body: JSON.stringify(JSON.parse(given), undefined, 1),
        signatures: [signatureOf(secret, given)],
      }),
    ],
  ];

  test.each(cases)('%s: 401', async (_, change) => {
    const given = body();
    expect(await deliver(world, { body: given, ...change(given) })).toMatchObject({
      status: 401,
      code: 'BAD_SIGNATURE',
    });
    expect(await kept(given)).toBe(0);
  });

  test.each(['/webhooks/meta/nobody', '/webhooks/telegram/aurora-wa', '/webhooks/meta/__proto__'])(
    '%s: 404',
    async (path) => {
      const given = body();
      expect(await deliver(world, { body: given, path })).toMatchObject({
        status: 404,
        code: 'UNKNOWN_ACCOUNT',
      });
      expect(await kept(given)).toBe(0);
    },
  );

  test('and counted', async () => {
    expect(await world.counted('vestibule_deliveries_refused')).toBeGreaterThanOrEqual(cases.length);
  });
});

describe('what is rightly signed is kept and acknowledged, whatever it is', () => {
  const unreadable: readonly (readonly [string, string | Uint8Array])[] = [
    ['malformed JSON', '{"object":"whatsapp_business_account","entry":['],
    ['JSON that is no envelope', '{"object":"page","entry":[]}'],
    ['no object', '[1,2,3]'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ];

  test.each(unreadable)('%s', async (_, body) => {
    expect(await deliver(world, { body })).toMatchObject({ status: 200, body: '' });
    expect(await kept(body)).toBe(1);
  });

  test('what cannot be read becomes a dead letter, and others are answered', async () => {
    const dead = () => world.query(`select 1 from pgboss.job where name = 'ingest-dead'`);
    await world.eventually(async () => (await dead()).length === unreadable.length, 'the dead letters');
    expect(world.logged()).toContain('"code":"UNREADABLE_DELIVERY"');
    const body = envelope(messagesChange(world, { messages: [textFrom(world, 'p2', 'oi')] }));
    expect((await deliver(world, { body })).status).toBe(200);
    await greeted('p2');
  });

  test('an unknown field and an unknown kind of message are counted, and the patient is answered', async () => {
    const before = await world.counted('vestibule_channel_events_unknown');
    const hologram = messageFrom(world, 'p3', { type: 'hologram', hologram: { id: 1 } });
    const body = envelope(
      { field: 'quantum_updates', value: { event: 'SPIN' } },
      messagesChange(world, { messages: [hologram] }),
    );
    expect((await deliver(world, { body })).status).toBe(200);
    await greeted('p3');
    await world.settled();
    expect(await world.counted('vestibule_channel_events_unknown')).toBe(before + 2);
  });
});

describe('repeats', () => {
  test('the same delivery ten times at once and again later is read once and answered once', async () => {
    const body = envelope(messagesChange(world, { messages: [textFrom(world, 'p4', 'oi')] }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(world, { body })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    await greeted('p4');
    expect((await deliver(world, { body })).status).toBe(200);
    expect(await kept(body)).toBe(1);
    await world.settled();
    expect(world.patient('p4').heard()).toHaveLength(1);
  });

  test('the same message in another delivery is one message', async () => {
    const message = textFrom(world, 'p6', 'oi');
    const alone = envelope(messagesChange(world, { messages: [message] }));
    const together = envelope(messagesChange(world, { messages: [message, message] }));
    await Promise.all([deliver(world, { body: alone }), deliver(world, { body: together })]);
    await greeted('p6');
    const next = envelope(messagesChange(world, { messages: [textFrom(world, 'p6', '1')] }));
    await deliver(world, { body: next });
    await world.patient('p6').until(({ messages }) => messages.length === 2, 'the second answer');
    await world.settled();
    const read = (await world.timeline()).filter(({ type }) => type === 'MessagesRead');
    expect(Math.max(...read.map(({ data }) => (Array.isArray(data.kinds) ? data.kinds.length : 0)))).toBe(1);
  });
});

test('a batch of several patients’ messages and statuses in one body is sorted to each', async () => {
  const reader = world.patient('maria');
  await reader.says('oi');
  await world.settled();
  const [read] = reader.heard();
  const body = envelope(
    messagesChange(world, { messages: ['p7', 'p8', 'p9'].map((id) => textFrom(world, id, 'oi')) }),
    messagesChange(world, {
      statuses: [
        statusOf(world, read?.id ?? '', 'read'),
        statusOf(world, 'wamid.of-nobody', 'delivered'),
        statusOf(world, 'wamid.of-nobody', 'sideways'),
      ],
    }),
    messagesChange(world, { messages: [textFrom(world, 'p8', 'bom dia')] }),
  );
  expect((await deliver(world, { body })).status).toBe(200);
  await Promise.all(['p7', 'p8', 'p9'].map((id) => greeted(id)));
  await world.settled();
  for (const id of ['p7', 'p8', 'p9']) expect(world.patient(id).heard()).toHaveLength(1);
  await world.eventually(
    async () => (await world.query(`select 1 from views_messages where status = 'read'`)).length === 1,
    'the status',
  );
});

describe('size', () => {
  const padded = (bytes: number) => envelope({ field: 'padding', value: { text: 'x'.repeat(bytes) } });

  test('three megabytes are taken', async () => {
    expect((await deliver(world, { body: padded(3 * 1024 * 1024) })).status).toBe(200);
  });

  test('five are not', async () => {
    const body = padded(5 * 1024 * 1024);
    expect(await deliver(world, { body })).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    expect(await kept(body)).toBe(0);
  });
});

describe('events for another number of the same app', () => {
  const addresses = async (practiceId: string) => {
    const sql =
      'select count(distinct conversation_id)::int as n from conversation_addresses where practice_id = $1';
    const [row] = await world.query<{ n: number }>(sql, [practiceId]);
    return row?.n ?? 0;
  };

  test('reach the practice that the number belongs to, and no other', async () => {
    const before = await addresses('aurora');
    const message = textFrom(world, 'p10', 'hi', 'riverside-wa');
    const body = envelope(messagesChange(world, { messages: [message] }, 'riverside-wa'));
    expect((await deliver(world, { body })).status).toBe(200);
    await greeted('p10', 'riverside');
    await world.settled();
    expect(await addresses('riverside')).toBe(1);
    expect(await addresses('aurora')).toBe(before);
    expect(world.patient('p10').heard()).toEqual([]);
  });

  test('of nobody’s number reach nobody', async () => {
    const before = [await addresses('aurora'), await addresses('riverside')];
    const misrouted = await world.counted('vestibule_channel_events_misrouted');
    const change = messagesChange(world, { messages: [textFrom(world, 'p11', 'oi')] });
    const body = envelope(change).replace(world.credentials('aurora-wa').phoneNumberId, '100000000000001');
    expect((await deliver(world, { body })).status).toBe(200);
    await world.eventually(
      async () => (await world.counted('vestibule_channel_events_misrouted')) > misrouted,
      'the count',
    );
    await world.settled();
    expect([await addresses('aurora'), await addresses('riverside')]).toEqual(before);
  });
});

describe('HTTP that is none', () => {
  test.each([
    ['words', 'hello there\r\n\r\n'],
    ['a broken header', 'GET /health/live HTTP/1.1\r\nHost localhost\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
  ])('%s: 400, and the connection is closed', async (_, words) => {
    expect(await speak(words)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('half a request and then silence: 408, and the connection is closed', async () => {
    expect(await fellSilent).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('after all of it the program is well', async () => {
    const response = await fetch(`${world.sandbox.url}/health/ready`);
    expect(response.status).toBe(200);
  });
});
