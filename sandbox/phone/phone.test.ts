import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Callback, startCallback, updatesIn } from '../meta/callback.ts';
import { standingClock, startMeta } from '../meta/index.ts';
import { createPhone, type Phone, PhoneError, playPersona } from './index.ts';
import { patients } from './patients.ts';

/** Whatever came over the wire: the expectation is its check. */
type Wire = ReturnType<typeof JSON.parse>;

const secret = 'app-secret-of-a-test';
const phoneNumberId = '100000000000001';
const displayPhone = '+55 11 5555-0100';
const accessToken = 'token-of-a-test';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function world(store?: string) {
  const clock = standingClock();
  const callback = await startCallback(secret, 'verify');
  cleanUps.push(() => callback.close());
  const meta = await startMeta({
    clock,
    delays: { sentMs: 0, deliveredMs: 0 },
    apps: [
      {
        appId: '300',
        appSecrets: [secret],
        accounts: [
          {
            wabaId: '200',
            phoneNumberId,
            displayPhone,
            accessToken,
            webhookUrl: callback.url,
            verifyToken: 'verify',
          },
        ],
      },
    ],
    ...(store === undefined ? {} : { store }),
  });
  cleanUps.push(() => meta.stop());
  const phone = createPhone({ accounts: { aurora: { provider: meta.provider, line: phoneNumberId } } });
  await meta.ready();
  return { clock, callback, meta, phone, say: practice(meta.url, phone) };
}

/** The practice writes, by the provider's API. */
function practice(url: string, phone: Phone) {
  return async (patientId: string, content: object): Promise<string> => {
    const patient = phone.patients.find(({ user }) => user.id === patientId);
    const response = await fetch(`${url}/v26.0/${phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messaging_product: 'whatsapp', to: `+${patient?.user.phone}`, ...content }),
    });
    const json: Wire = await response.json();
    return json.messages[0].id;
  };
}

const text = (body: string) => ({ type: 'text', text: { body } });

const buttons = (body: string, ...titles: string[]) => ({
  type: 'interactive',
  interactive: {
    type: 'button',
    body: { text: body },
    action: { buttons: titles.map((title) => ({ type: 'reply', reply: { id: `b-${title}`, title } })) },
  },
});

const list = (body: string, ...titles: string[]) => ({
  type: 'interactive',
  interactive: {
    type: 'list',
    body: { text: body },
    action: {
      button: 'Choose',
      sections: [{ rows: titles.map((title) => ({ id: `r-${title}`, title, description: 'd' })) }],
    },
  },
});

const last = (callback: Callback): Wire =>
  updatesIn(callback.received)
    .flatMap((value: Wire) => value.messages ?? [])
    .at(-1);

describe('what a phone sends', () => {
  test.each([
    ['text', { kind: 'text', text: 'oi' }, { type: 'text', text: { body: 'oi' } }],
    [
      'location',
      { kind: 'location', latitude: -23.55, longitude: -46.63 },
      { type: 'location', location: { latitude: -23.55, longitude: -46.63 } },
    ],
    [
      'contacts',
      { kind: 'contacts', contacts: [{ name: 'Ana Exemplo', phone: '+55 11 95550-0109' }] },
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Ana Exemplo', first_name: 'Ana', last_name: 'Exemplo' },
            phones: [{ phone: '+55 11 95550-0109', wa_id: '5511955500109', type: 'CELL' }],
            origin: 'other',
          },
        ],
      },
    ],
    [
      'reaction taken back',
      { kind: 'reaction', messageId: 'wamid.x', emoji: '' },
      { type: 'reaction', reaction: { message_id: 'wamid.x' } },
    ],
    [
      'unsupported',
      { kind: 'unsupported', what: 'poll_creation' },
      {
        type: 'unsupported',
        unsupported: { type: 'poll_creation' },
        errors: [expect.objectContaining({ code: 131051 })],
      },
    ],
    [
      'raw',
      { kind: 'raw', fields: { type: 'order', order: { catalog_id: '1' }, referral: { source_id: '2' } } },
      { type: 'order', order: { catalog_id: '1' }, referral: { source_id: '2' } },
    ],
  ] as const)('%s', async (_, content, fields) => {
    const { callback, phone } = await world();
    const { id } = phone.send('maria', 'aurora', content);
    await callback.until((all) => all.length === 1);
    expect(last(callback)).toEqual({
      from: '5511955500101',
      from_user_id: expect.stringMatching(/^BR\./),
      id,
      timestamp: expect.stringMatching(/^\d+$/),
      ...fields,
    });
  });

  test.each(['image', 'audio', 'document', 'sticker'] as const)(
    'a sample %s that can be downloaded',
    async (kind) => {
      const { callback, phone } = await world();
      phone.send('maria', 'aurora', { kind });
      await callback.until((all) => all.length === 1);
      const media = last(callback)[kind];
      const response = await fetch(media.url, { headers: { authorization: `Bearer ${accessToken}` } });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('base64')).toBe(media.sha256);
      expect(response.headers.get('content-type')).toContain(media.mime_type.split(';')[0]);
    },
  );

  test('a patient with a username sends no number', async () => {
    const { callback, phone } = await world();
    phone.send('joao', 'aurora', { kind: 'text', text: 'oi' });
    const [received] = await callback.until((all) => all.length === 1);
    expect(received?.raw.toString()).not.toContain('5511955500102');
    const [value]: Wire[] = updatesIn(callback.received);
    expect(value.contacts).toEqual([
      { profile: { name: 'João', username: 'joao.exemplo' }, user_id: last(callback).from_user_id },
    ]);
  });
});

describe('taps', () => {
  test('on a button and on a row, with the message they answer', async () => {
    const { callback, phone, say } = await world();
    phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
    const asked = await say('maria', buttons('Tudo bem?', 'Sim', 'Não'));
    phone.send('maria', 'aurora', { kind: 'tap', messageId: asked, choiceId: 'b-Sim' });
    await callback.until(() => last(callback).type === 'interactive');
    expect(last(callback)).toMatchObject({
      context: { from: '551155550100', id: asked },
      interactive: { type: 'button_reply', button_reply: { id: 'b-Sim', title: 'Sim' } },
    });
    const listed = await say('maria', list('Qual?', 'A', 'B'));
    phone.send('maria', 'aurora', { kind: 'tap', messageId: listed, choiceId: 'r-B' });
    await callback.until(() => last(callback).interactive?.type === 'list_reply');
    expect(last(callback).interactive.list_reply).toEqual({ id: 'r-B', title: 'B', description: 'd' });
    expect(
      phone.chat('maria', 'aurora').messages.map(({ kind, text, replyTo }) => [kind, text, replyTo?.text]),
    ).toEqual([
      ['text', 'oi', undefined],
      ['buttons', 'Tudo bem?', undefined],
      ['text', 'Sim', 'Tudo bem?'],
      ['list', 'Qual?', undefined],
      ['text', 'B', 'Qual?'],
    ]);
  });

  test("on the button that shares the number: the patient's own card", async () => {
    const { callback, phone, say } = await world();
    phone.send('joao', 'aurora', { kind: 'text', text: 'oi' });
    await callback.until((all) => all.length === 1);
    const name = 'request_contact_info';
    const request = { type: name, body: { text: 'Qual número?' }, action: { name } };
    const asked = await say('joao', { type: 'interactive', interactive: request });
    const [bubble] = phone.chat('joao', 'aurora').messages.filter(({ id }) => id === asked);
    expect(bubble).toMatchObject({ kind: 'contact-request', text: 'Qual número?' });
    const choiceId = bubble?.buttons?.[0]?.id ?? '';
    phone.send('joao', 'aurora', { kind: 'tap', messageId: asked, choiceId });
    await callback.until(() => last(callback).type === 'contacts');
    expect(last(callback).contacts).toMatchObject([
      { origin: 'contact_request', phones: [{ phone: '+5511955500102', wa_id: '5511955500102' }] },
    ]);
  });

  test('on something that is not there are refused', async () => {
    const { phone, say } = await world();
    phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
    const asked = await say('maria', buttons('Tudo bem?', 'Sim'));
    const tap = (messageId: string, choiceId: string) => () =>
      phone.send('maria', 'aurora', { kind: 'tap', messageId, choiceId });
    expect(tap('wamid.unknown', 'b-Sim')).toThrow(PhoneError);
    expect(tap(asked, 'other')).toThrow(PhoneError);
  });
});

test('ticks: sent, delivered, read, failed', async () => {
  const { clock, meta, phone, say } = await world();
  phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
  await say('maria', text('olá'));
  const status = () => phone.chat('maria', 'aurora').messages.at(-1)?.status;
  expect(status()).toBe('delivered');
  phone.seen('maria', 'aurora');
  expect(status()).toBe('read');
  meta.faults.set('failed-after-sent', { code: 131026 });
  await say('maria', text('olá?'));
  clock.advance(1);
  expect(phone.chat('maria', 'aurora').messages.at(-1)).toMatchObject({
    status: 'failed',
    error: 'Message undeliverable (131026)',
  });
});

test('typing shows until the answer or 25 seconds have come', async () => {
  const { clock, meta, phone, say } = await world();
  const { id } = phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
  const show = () =>
    fetch(`${meta.url}/v26.0/${phoneNumberId}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: id,
        typing_indicator: { type: 'text' },
      }),
    });
  const typing = () => phone.chat('maria', 'aurora').typing;
  await show();
  expect([typing(), phone.chat('maria', 'aurora').messages[0]?.status]).toEqual([true, 'read']);
  clock.advance(25_000);
  expect(typing()).toBe(false);
  await show();
  await say('maria', text('olá'));
  expect(typing()).toBe(false);
});

test('the window ends a day after the patient last wrote', async () => {
  const { clock, phone } = await world();
  expect(phone.chat('maria', 'aurora').windowEndsAt).toBeUndefined();
  phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
  expect(phone.chat('maria', 'aurora').windowEndsAt).toBe(new Date(clock.now() + 86_400_000).toISOString());
});

test('the chats survive a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'phone-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const first = await world(folder);
  first.phone.send('maria', 'aurora', { kind: 'text', text: 'oi' });
  await first.say('maria', text('olá'));
  const before = first.phone.chat('maria', 'aurora');
  await first.meta.stop();
  const again = await world(folder);
  expect(again.phone.chat('maria', 'aurora')).toEqual(before);
});

test.each([
  ['maria', ['Qual é o nome completo?', 'Maria Exemplo']],
  ['rosa', ['¿Cuál es el nombre completo?', 'Rosa Ejemplo']],
  ['jordan', ['What is your full name?', 'Jordan Sample']],
] as const)('%s plays by themselves', async (id, [question, answer]) => {
  const { phone, say } = await world();
  const patient = patients.find(({ user }) => user.id === id);
  if (patient === undefined) throw new Error('no such patient');
  const script = [
    buttons('Hello, which language?', 'Português', 'Español', 'English'),
    text(question),
    text('Thank you.'),
  ];
  const pending = new Set<number>();
  phone.events.on('change', ({ patientId }) => {
    const { messages } = phone.chat(patientId, 'aurora');
    const own = messages.filter(({ side }) => side === 'patient').length;
    const asked = messages.length - own;
    // One question at a time, as the practice does it.
    if (own > asked && script[asked] !== undefined && !pending.has(asked)) {
      pending.add(asked);
      void say(patientId, script[asked]);
    }
  });
  const { done, transcript } = await playPersona({
    phone,
    patientId: id,
    accountId: 'aurora',
    persona: patient.persona,
    until: (messages) => messages.some(({ text }) => text === 'Thank you.'),
    timeoutMs: 120_000,
  });
  expect(done).toBe(true);
  expect(transcript.map(({ text }) => text)).toContain(answer);
  expect(transcript).toHaveLength(6);
});

test('a persona gives up on a question that comes back for ever', async () => {
  const { phone, say } = await world();
  const maria = patients[0];
  if (maria === undefined) throw new Error('no patients');
  let own = 0;
  phone.events.on('change', () => {
    const now = phone.chat('maria', 'aurora').messages.filter(({ side }) => side === 'patient').length;
    if (now > own) {
      own = now;
      void say('maria', text('E a data de nascimento?'));
    }
  });
  const { done, transcript } = await playPersona({
    phone,
    patientId: 'maria',
    accountId: 'aurora',
    persona: maria.persona,
    until: () => false,
    timeoutMs: 120_000,
  });
  expect(done).toBe(false);
  expect(transcript.filter(({ side }) => side === 'patient').map(({ text }) => text)).toEqual([
    'Oi',
    '3 de maio de 1984',
    '03/05/1984',
    '1984-05-03',
  ]);
});
