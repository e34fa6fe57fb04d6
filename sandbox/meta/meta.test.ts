import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { IdentityMode, MetaAccount, WhatsAppUser } from './accounts.ts';
import { type Callback, startCallback, updatesIn } from './callback.ts';
import { standingClock } from './clock.ts';
import { type Meta, type MetaOptions, startMeta } from './index.ts';

/** Whatever came over the wire: the expectation is its check. */
type Wire = ReturnType<typeof JSON.parse>;

const secret = 'app-secret-of-a-test';
const verifyToken = 'verify-me';
const account: MetaAccount = {
  wabaId: '200000000000001',
  phoneNumberId: '100000000000001',
  displayPhone: '+55 11 5555-0100',
  accessToken: 'token-of-a-test',
  webhookUrl: '',
  verifyToken,
};
const phone = '5511955500001';

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function user(identity: IdentityMode): WhatsAppUser {
  return { id: 'u1', profileName: 'Maria', country: 'BR', phone, username: 'maria.s', identity };
}

async function world(
  identity: IdentityMode = 'phone+bsuid',
  more: Partial<MetaOptions> = {},
  accountMore: Partial<MetaAccount> = {},
) {
  const clock = standingClock();
  const callback = await startCallback(secret, verifyToken);
  cleanUps.push(() => callback.close());
  const meta = await start(callback, clock, more, accountMore);
  meta.directory.put(user(identity));
  await meta.ready();
  const write = () => meta.receive('u1', account.phoneNumberId, { type: 'text', text: { body: 'oi' } });
  return { clock, callback, meta, write, send: sender(meta) };
}

async function start(
  callback: Callback,
  clock: ReturnType<typeof standingClock>,
  more: Partial<MetaOptions> = {},
  accountMore: Partial<MetaAccount> = {},
): Promise<Meta> {
  const meta = await startMeta({
    clock,
    apps: [
      {
        appId: '300',
        appSecrets: [secret],
        accounts: [{ ...account, webhookUrl: callback.url, ...accountMore }],
      },
    ],
    delays: { sentMs: 0, deliveredMs: 0 },
    ...more,
  });
  cleanUps.push(() => meta.stop());
  return meta;
}

type Call = { token?: string; version?: string; id?: string; body?: unknown; signal?: AbortSignal };

function sender(meta: Meta) {
  return async (call: Call = {}): Promise<{ status: number; json: Wire }> => {
    const response = await fetch(
      `${meta.url}/${call.version ?? 'v26.0'}/${call.id ?? account.phoneNumberId}/messages`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${call.token ?? account.accessToken}`,
          'content-type': 'application/json',
        },
        body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body ?? text('hello')),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      },
    );
    const body = await response.text();
    return { status: response.status, json: body.startsWith('{') ? JSON.parse(body) : body };
  };
}

function text(body: string, more: object = {}) {
  return { messaging_product: 'whatsapp', to: `+${phone}`, type: 'text', text: { body }, ...more };
}

const read = async (meta: Meta, path: string, token = account.accessToken) => {
  const response = await fetch(path.startsWith('http') ? path : `${meta.url}${path}`, {
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
};

const statusesIn = (callback: Callback): Wire[] =>
  updatesIn(callback.received).flatMap((value: Wire) => value.statuses ?? []);
const messagesIn = (callback: Callback): Wire[] =>
  updatesIn(callback.received).flatMap((value: Wire) => value.messages ?? []);

test.each([
  ['an unknown token', { token: 'wrong' }, 401, 190, undefined],
  ['an unknown number', { id: '999' }, 400, 100, 33],
  ['an expired version', { version: 'v20.0' }, 400, 2500, undefined],
  ['a version to come', { version: 'v99.0' }, 400, 2500, undefined],
  ['a body that is no JSON', { body: '{"messaging_product"' }, 400, 1, undefined],
  ['a number that is not on WhatsApp', { body: text('x', { to: '+5511955509999' }) }, 400, 131026, undefined],
  ['a message to itself', { body: text('x', { to: account.displayPhone }) }, 400, 131021, undefined],
  [
    'an answer to a message that is not there',
    { body: text('x', { context: { message_id: 'wamid.x' } }) },
    400,
    131009,
    undefined,
  ],
  [
    'a template',
    {
      body: {
        messaging_product: 'whatsapp',
        to: `+${phone}`,
        type: 'template',
        template: { name: 'a', language: { code: 'en' } },
      },
    },
    404,
    132001,
    undefined,
  ],
])("refuses %s in Meta's words", async (_, call, status, code, subcode) => {
  const { send, write } = await world();
  write();
  const answer = await send(call);
  expect(answer.status).toBe(status);
  expect(answer.json.error).toMatchObject({
    code,
    message: expect.any(String),
    type: expect.any(String),
    fbtrace_id: expect.any(String),
  });
  expect(answer.json.error.error_subcode).toBe(subcode);
});

test('an error carries its details', async () => {
  const { send, write } = await world();
  write();
  const { json } = await send({ body: text('x'.repeat(4097)) });
  expect(json.error).toMatchObject({
    message: '(#100) Invalid parameter',
    type: 'OAuthException',
    error_data: { messaging_product: 'whatsapp', details: expect.stringContaining('4096') },
  });
});

test('a send is accepted, and its statuses echo our id with the price of today', async () => {
  const { callback, send, write } = await world();
  write();
  const { status, json } = await send({ body: text('hello', { biz_opaque_callback_data: 'm-1' }) });
  expect(status).toBe(200);
  expect(json).toEqual({
    messaging_product: 'whatsapp',
    contacts: [{ input: `+${phone}`, wa_id: phone }],
    messages: [{ id: expect.stringMatching(/^wamid\./) }],
  });
  expect(Buffer.from(json.messages[0].id.slice(6), 'base64').toString('latin1')).toContain(phone);
  await callback.until(() => statusesIn(callback).length === 2);
  const [first] = statusesIn(callback).filter(({ status }) => status === 'sent');
  expect(first).toEqual({
    id: json.messages[0].id,
    status: 'sent',
    timestamp: expect.stringMatching(/^\d{10}$/),
    recipient_id: phone,
    recipient_user_id: expect.stringMatching(/^BR\.\d+$/),
    biz_opaque_callback_data: 'm-1',
    pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'service' },
  });
  expect(
    statusesIn(callback)
      .map(({ status }) => status)
      .toSorted(),
  ).toEqual(['delivered', 'sent']);
});

test("a number without + and country code gets the business's own", async () => {
  const { send, write } = await world();
  write();
  expect((await send({ body: text('hi', { to: '(11) 95550-0001' }) })).json.contacts[0].wa_id).toBe(phone);
});

test('before October 2026 messages inside the window were free', async () => {
  const callback = await startCallback(secret, verifyToken);
  cleanUps.push(() => callback.close());
  const meta = await start(callback, standingClock('2026-09-30T12:00:00Z'));
  meta.directory.put(user('phone'));
  meta.receive('u1', account.phoneNumberId, { type: 'text', text: { body: 'oi' } });
  await sender(meta)();
  await callback.until(() => statusesIn(callback).length === 2);
  expect(statusesIn(callback)[0].pricing.type).toBe('free_customer_service');
});

test('a webhook is signed over its exact bytes, and nothing in them is beyond ASCII', async () => {
  const { callback, meta } = await world();
  meta.receive('u1', account.phoneNumberId, { type: 'text', text: { body: 'Olá 👋 a/b' } });
  const [received] = await callback.until((all) => all.length === 1);
  expect(received?.signed).toBe(true);
  expect(received?.raw.every((byte) => byte < 0x80)).toBe(true);
  expect(received?.raw.toString()).toContain('Ol\\u00e1 \\ud83d\\udc4b a\\/b');
  expect(messagesIn(callback)[0].text.body).toBe('Olá 👋 a/b');
});

test('non-ASCII can also be sent as it is', async () => {
  const { callback, meta } = await world('phone', { escape: false });
  meta.receive('u1', account.phoneNumberId, { type: 'text', text: { body: 'Olá' } });
  const [received] = await callback.until((all) => all.length === 1);
  expect(received?.signed).toBe(true);
  expect(received?.raw.toString()).toContain('Olá');
});

test('what a user writes arrives in the documented envelope', async () => {
  const { callback, write } = await world();
  const { id } = write();
  const [received] = await callback.until((all) => all.length === 1);
  expect(JSON.parse(String(received?.raw))).toEqual({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: account.wabaId,
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '551155550100', phone_number_id: account.phoneNumberId },
              contacts: [
                {
                  profile: { name: 'Maria', username: 'maria.s' },
                  wa_id: phone,
                  user_id: expect.any(String),
                },
              ],
              messages: [
                {
                  from: phone,
                  from_user_id: expect.any(String),
                  id,
                  timestamp: expect.any(String),
                  type: 'text',
                  text: { body: 'oi' },
                },
              ],
            },
          },
        ],
      },
    ],
  });
});

test('a user with a username shares no phone number, and is answered by their id', async () => {
  const { callback, send, write } = await world('bsuid');
  write();
  await callback.until((all) => all.length === 1);
  expect(callback.received[0]?.raw.toString()).not.toContain(phone);
  const { from_user_id: bsuid, from } = messagesIn(callback)[0];
  expect(from).toBeUndefined();
  const { json } = await send({
    body: { messaging_product: 'whatsapp', recipient: bsuid, type: 'text', text: { body: 'hi' } },
  });
  expect(json.contacts).toEqual([{ input: bsuid, user_id: bsuid }]);
  await callback.until(() => statusesIn(callback).length === 2);
  for (const status of statusesIn(callback)) {
    expect(status).not.toHaveProperty('recipient_id');
    expect(status.recipient_user_id).toBe(bsuid);
  }
});

test('a user of the old kind has no id but the phone number', async () => {
  const { callback, send, write } = await world('phone');
  write();
  await send();
  await callback.until((all) => all.length === 3);
  expect(callback.received.map(({ raw }) => raw.toString()).join()).not.toContain('user_id');
});

test('outside the service window nothing but a template may be sent', async () => {
  const { clock, send, write } = await world();
  expect((await send()).json.error.code).toBe(131047);
  write();
  clock.advance(24 * 3_600_000 - 1);
  expect((await send()).status).toBe(200);
  clock.advance(1);
  expect((await send()).json.error.code).toBe(131047);
});

test('a late refusal is accepted and fails by webhook', async () => {
  const { callback, send } = await world('phone', { refuseBy: 'webhook' });
  expect((await send()).status).toBe(200);
  expect((await send({ body: text('x', { to: '+5511955509999' }) })).status).toBe(200);
  await callback.until(() => statusesIn(callback).length === 2);
  expect(
    statusesIn(callback)
      .map(({ status, errors }) => [status, errors[0].code])
      .toSorted(),
  ).toEqual([
    ['failed', 131026],
    ['failed', 131047],
  ]);
});

test('one user takes a burst of 45, then one message in six seconds', async () => {
  const { clock, send, write } = await world();
  write();
  for (let sent = 0; sent < 45; sent += 1) expect((await send()).status).toBe(200);
  expect((await send()).json.error.code).toBe(131056);
  clock.advance(6_000);
  expect((await send()).status).toBe(200);
  expect((await send()).json.error.code).toBe(131056);
});

test('a number takes no more than its throughput', async () => {
  const { clock, send, write } = await world('phone', {}, { messagesPerSecond: 3 });
  write();
  expect((await send()).status).toBe(200);
  expect((await send()).status).toBe(200);
  expect((await send()).json.error.code).toBe(130429);
  clock.advance(1_000);
  expect((await send()).status).toBe(200);
});

test('a read receipt may show that someone is typing', async () => {
  const { clock, meta, send, write } = await world();
  const { id } = write();
  const receipt = {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: id,
    typing_indicator: { type: 'text' },
  };
  expect(await send({ body: receipt })).toEqual({ status: 200, json: { success: true } });
  expect(meta.chats.get(id)?.readAt).toBe(clock.now());
  expect(meta.chats.chat(account.phoneNumberId, 'u1').typingUntil).toBe(clock.now() + 25_000);
  expect((await send({ body: { ...receipt, message_id: 'wamid.unknown' } })).json.error.code).toBe(131009);
  await send();
  expect(meta.chats.chat(account.phoneNumberId, 'u1').typingUntil).toBeUndefined();
});

test('what the user has seen is told as read, once', async () => {
  const { callback, meta, send, write } = await world();
  write();
  await send();
  meta.seen('u1', account.phoneNumberId);
  meta.seen('u1', account.phoneNumberId);
  await callback.until(() => statusesIn(callback).length === 3);
  const reads = statusesIn(callback).filter(({ status }) => status === 'read');
  expect(reads).toHaveLength(1);
  expect(reads[0]).not.toHaveProperty('pricing');
});

test('a webhook that is not taken comes again, at once and then ever later, for seven days', async () => {
  const { callback, clock, meta, write } = await world();
  callback.answer(500, 204, 503);
  write();
  await expect.poll(() => meta.ledger.deliveries.length).toBe(2);
  expect(callback.received.map(({ status }) => status)).toEqual([500, 204]);
  clock.advance(1_000);
  meta.wake();
  await expect.poll(() => meta.ledger.deliveries.length).toBe(3);
  clock.advance(10_000);
  meta.wake();
  await callback.until((all) => all.length === 4);
  expect(callback.received[3]).toMatchObject({ status: 200, raw: callback.received[0]?.raw });
});

test('a webhook is given up after seven days', async () => {
  const { callback, clock, meta, write } = await world();
  callback.answer(500, 500, 500);
  write();
  await expect.poll(() => meta.ledger.deliveries.length).toBe(2);
  clock.advance(8 * 24 * 3_600_000);
  meta.wake();
  await callback.until((all) => all.length === 3);
  await expect.poll(() => meta.waiting()).toBe(0);
  expect(meta.ledger.counts()).toMatchObject({ webhooksDropped: 1, webhooksDelivered: 0 });
});

test('a restart finds the chats and the undelivered webhooks again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meta-'));
  cleanUps.push(async () => rmSync(folder, { recursive: true }));
  const { callback, clock, meta, send, write } = await world('phone', { store: folder });
  write();
  await callback.until((all) => all.length === 1);
  callback.answer(...Array.from({ length: 4 }, () => 503));
  await send();
  await callback.until((all) => all.length === 5);
  await meta.stop();
  const again = await start(callback, clock, { store: folder });
  await callback.until(() => callback.received.filter(({ status }) => status === 200).length === 3);
  expect(again.ledger.messages().map(({ direction }) => direction)).toEqual(['in', 'out']);
  expect((await sender(again)()).status).toBe(200);
});

test('a killed process loses no message and no webhook', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meta-'));
  cleanUps.push(async () => rmSync(folder, { recursive: true }));
  const apps = [
    { appId: '300', appSecrets: [secret], accounts: [{ ...account, webhookUrl: 'http://127.0.0.1:9/' }] },
  ];
  const program = `
    const { startMeta } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const meta = await startMeta({ clock: { now: () => Date.now() }, store: ${JSON.stringify(folder)}, apps: ${JSON.stringify(apps)} });
    meta.directory.put(${JSON.stringify(user('phone'))});
    meta.receive('u1', '${account.phoneNumberId}', { type: 'text', text: { body: 'oi' } });
    process.stdout.write('written');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  const callback = await startCallback(secret, verifyToken);
  cleanUps.push(() => callback.close());
  const again = await start(callback, standingClock(new Date(Date.now() + 3_600_000).toISOString()), {
    store: folder,
  });
  await callback.until((all) => all.length === 1);
  expect(messagesIn(callback)[0].text.body).toBe('oi');
  expect(again.ledger.messages()).toHaveLength(1);
});

test('nothing is sent to a callback that does not echo the challenge', async () => {
  const callback = await startCallback(secret, 'another token');
  cleanUps.push(() => callback.close());
  const meta = await start(callback, standingClock());
  meta.directory.put(user('phone'));
  meta.receive('u1', account.phoneNumberId, { type: 'text', text: { body: 'oi' } });
  await expect.poll(() => meta.ledger.verifications.length).toBeGreaterThan(0);
  expect(meta.ledger.verifications[0]?.problem).toBe('HTTP Status Code = 403');
  expect(callback.received).toEqual([]);
  expect(meta.waiting()).toBe(1);
});

test('media: a URL for five minutes, behind the token, for seven days', async () => {
  const { clock, meta } = await world();
  const bytes = Buffer.from('a picture');
  const file = meta.media.add({ phoneNumberId: account.phoneNumberId, mimeType: 'image/png', bytes });
  const node = JSON.parse((await read(meta, `/v26.0/${file.id}`)).bytes.toString());
  expect(node).toEqual({
    messaging_product: 'whatsapp',
    url: expect.stringContaining(meta.url),
    mime_type: 'image/png',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    file_size: String(bytes.length),
    id: file.id,
  });
  expect((await read(meta, node.url)).bytes).toEqual(bytes);
  expect((await read(meta, node.url, '')).status).toBe(401);
  expect((await read(meta, `${node.url}x`)).status).toBe(404);
  clock.advance(5 * 60_000);
  expect((await read(meta, node.url)).status).toBe(404);
  clock.advance(7 * 24 * 3_600_000);
  expect((await read(meta, `/v26.0/${file.id}`)).status).toBe(400);
});

test('the nodes that show whether an account is connected', async () => {
  const { meta } = await world();
  const json = async (path: string) => JSON.parse((await read(meta, path)).bytes.toString());
  expect(await json(`/v26.0/${account.phoneNumberId}?fields=display_phone_number,quality_rating`)).toEqual({
    id: account.phoneNumberId,
    display_phone_number: account.displayPhone,
    quality_rating: 'GREEN',
  });
  expect((await json(`/v26.0/${account.wabaId}/subscribed_apps`)).data[0].whatsapp_business_api_data.id).toBe(
    '300',
  );
  expect((await json(`/v26.0/${account.wabaId}/phone_numbers`)).data[0].id).toBe(account.phoneNumberId);
  expect((await json(`/debug_token?input_token=${account.accessToken}`)).data.is_valid).toBe(true);
  expect((await json('/debug_token?input_token=other')).data.is_valid).toBe(false);
});

test('a WABA can send its webhooks elsewhere, once the other callback has proved itself', async () => {
  const { callback, meta, write } = await world();
  const other = await startCallback(secret, 'other token');
  cleanUps.push(() => other.close());
  const subscribe = (token: string) =>
    fetch(`${meta.url}/v26.0/${account.wabaId}/subscribed_apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ override_callback_uri: other.url, verify_token: token }),
    });
  expect((await subscribe('wrong')).status).toBe(400);
  expect((await subscribe('other token')).status).toBe(200);
  write();
  await other.until((all) => all.length === 1);
  expect(callback.received).toEqual([]);
});

test.each([
  ['timeout-before', 0],
  ['timeout-after', 1],
] as const)('%s: no answer; done %i times', async (fault, done) => {
  const { meta, send, write } = await world();
  write();
  meta.faults.set(fault);
  const caller = new AbortController();
  const call = send({ signal: caller.signal });
  await expect.poll(() => meta.ledger.requests.length).toBe(1);
  caller.abort();
  await expect(call).rejects.toThrow();
  expect(meta.ledger.requests[0]?.status).toBeUndefined();
  expect(meta.ledger.messages({ direction: 'out' })).toHaveLength(done);
  expect((await send()).status).toBe(200);
});

test.each([
  ['http-500', 500, 131000],
  ['throttled', 400, 130429],
  ['html', 502, undefined],
] as const)('%s: refused, not done, then well again', async (fault, status, code) => {
  const { meta, send, write } = await world();
  write();
  meta.faults.set(fault, { count: 2 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.json.error?.code).toBe(code);
  }
  expect(meta.ledger.messages({ direction: 'out' })).toEqual([]);
  expect((await send()).status).toBe(200);
});

test('failed-after-sent: the status says why', async () => {
  const { callback, meta, send, write } = await world();
  write();
  meta.faults.set('failed-after-sent', { code: 131053 });
  await send();
  await callback.until(() => statusesIn(callback).length === 2);
  const failed = statusesIn(callback).find(({ status }) => status === 'failed');
  expect(failed.errors[0]).toMatchObject({ code: 131053, title: 'Media upload error' });
  expect(failed).not.toHaveProperty('recipient_user_id');
});

test('read-without-delivered: read is all that follows sent', async () => {
  const { callback, meta, send, write } = await world();
  write();
  meta.faults.set('read-without-delivered');
  await send();
  await callback.until(() => statusesIn(callback).length === 2);
  expect(
    statusesIn(callback)
      .map(({ status }) => status)
      .toSorted(),
  ).toEqual(['read', 'sent']);
});

test('duplicate: the same bytes twice', async () => {
  const { callback, meta, write } = await world();
  meta.faults.set('duplicate');
  write();
  const [first, second] = await callback.until((all) => all.length === 2);
  expect(second?.raw).toEqual(first?.raw);
});

test('wrong-signature: refused once, right on the retry', async () => {
  const { callback, meta, write } = await world();
  meta.faults.set('wrong-signature');
  write();
  await callback.until((all) => all.length === 2);
  expect(callback.received.map(({ signed }) => signed)).toEqual([false, true]);
});

test('delay: the webhook comes when its time has come', async () => {
  const { callback, clock, meta, write } = await world();
  meta.faults.set('delay', { delayMs: 60_000 });
  const late = write();
  const prompt = write();
  await callback.until((all) => all.length === 1);
  clock.advance(60_000);
  meta.wake();
  await callback.until((all) => all.length === 2);
  expect(messagesIn(callback).map(({ id }) => id)).toEqual([prompt.id, late.id]);
});

test('reorder: the last comes first', async () => {
  const { callback, meta, write } = await world();
  meta.faults.set('reorder', { count: 3 });
  const ids = [write().id, write().id, write().id];
  await callback.until((all) => all.length === 3);
  expect(messagesIn(callback).map(({ id }) => id)).toEqual(ids.toReversed());
});

test('batch: many updates in one POST with several entries', async () => {
  const { callback, meta, write } = await world();
  meta.faults.set('batch', { count: 25 });
  const ids = Array.from({ length: 25 }, () => write().id);
  const [received] = await callback.until((all) => all.length === 1);
  expect(messagesIn(callback).map(({ id }) => id)).toEqual(ids);
  expect(JSON.parse(String(received?.raw)).entry).toHaveLength(3);
  write();
  await callback.until((all) => all.length === 2);
});

test('the ledger counts', async () => {
  const { callback, meta, send, write } = await world();
  write();
  await send();
  await send({ body: text('') });
  await callback.until((all) => all.length === 3);
  await expect
    .poll(() => meta.ledger.counts())
    .toMatchObject({
      inbound: 1,
      sendsAccepted: 1,
      sendsRefused: 1,
      webhooksDelivered: 3,
      webhooksFailed: 0,
    });
});
