import { afterEach, describe, expect, test } from 'vitest';
import { createPhone } from '../phone/index.ts';
import type { MetaAccount } from './accounts.ts';
import { type Callback, startCallback, updatesIn } from './callback.ts';
import { standingClock } from './clock.ts';
import { type Meta, startMeta } from './index.ts';

/** Whatever came over the wire: the expectation is its check. */
type Wire = ReturnType<typeof JSON.parse>;

const secret = 'app-secret-of-a-test';
const wabaId = '200000000000001';
const phoneNumberId = '100000000000001';
const token = 'token-of-a-test';
const phone = '5511955500001';

const reminder = {
  name: 'visit_reminder',
  language: 'pt_BR',
  category: 'UTILITY' as const,
  body: 'Olá, {{1}}! Sua consulta é às {{2}}, até lá.',
  buttons: ['Confirmar', 'Cancelar'],
};

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function world(templates: MetaAccount['templates'] = [reminder]) {
  const clock = standingClock();
  const callback = await startCallback(secret, 'verify-me');
  cleanUps.push(() => callback.close());
  const account = {
    wabaId,
    phoneNumberId,
    displayPhone: '+55 11 5555-0100',
    accessToken: token,
    webhookUrl: callback.url,
    verifyToken: 'verify-me',
    templates,
  };
  const meta = await startMeta({
    clock,
    apps: [{ appId: '300', appSecrets: [secret], accounts: [account] }],
    delays: { sentMs: 0, deliveredMs: 0 },
  });
  cleanUps.push(() => meta.stop());
  meta.directory.put({ id: 'u1', profileName: 'Maria', country: 'BR', phone, identity: 'phone+bsuid' });
  await meta.ready();
  return { clock, callback, meta };
}

async function call(meta: Meta, method: string, path: string, body?: unknown) {
  const response = await fetch(`${meta.url}/v26.0/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json: Wire = await response.json();
  return { status: response.status, json };
}

const texts = (...values: readonly string[]) => values.map((text) => ({ type: 'text', text }));
const button = (index: number, payload: string) => ({
  type: 'button',
  sub_type: 'quick_reply',
  index: String(index),
  parameters: [{ type: 'payload', payload }],
});

const send = (
  meta: Meta,
  components: readonly unknown[] = [
    { type: 'body', parameters: texts('Maria', '10:30') },
    button(0, 'r:confirm:a1:1'),
    button(1, 'r:cancel:a1:1'),
  ],
  template: object = {},
) =>
  call(meta, 'POST', `${phoneNumberId}/messages`, {
    messaging_product: 'whatsapp',
    to: `+${phone}`,
    type: 'template',
    template: { name: reminder.name, language: { code: reminder.language }, components, ...template },
  });

const statusesIn = (callback: Callback): Wire[] =>
  updatesIn(callback.received).flatMap((value: Wire) => value.statuses ?? []);
const messagesIn = (callback: Callback): Wire[] =>
  updatesIn(callback.received).flatMap((value: Wire) => value.messages ?? []);

test('a template reaches who never wrote, and its price is a utility’s', async () => {
  const { meta, callback } = await world();
  const { status, json } = await send(meta);
  expect([status, json.messages[0].id]).toEqual([200, expect.stringMatching(/^wamid\./)]);
  await callback.until(() => statusesIn(callback).length >= 2);
  expect(statusesIn(callback).map((each) => [each.status, each.pricing?.category])).toEqual([
    ['sent', 'utility'],
    ['delivered', 'utility'],
  ]);
});

test('the phone shows it filled in, and a tap comes back with its payload', async () => {
  const { meta, callback } = await world();
  const { json } = await send(meta);
  const [patient] = (await import('../phone/patients.ts')).patients.filter(
    ({ user }) => user.country === 'BR',
  );
  if (patient === undefined) throw new Error('the sandbox has no patient in Brazil');
  const user = { ...patient.user, id: 'u1', phone, identity: 'phone+bsuid' as const };
  const accounts = { 'aurora-wa': { provider: meta.provider, line: phoneNumberId } };
  const phones = createPhone({ accounts, patients: [{ ...patient, user }] });
  const [bubble] = phones.chat('u1', 'aurora-wa').messages;
  expect(bubble).toMatchObject({
    kind: 'template',
    text: 'Olá, Maria! Sua consulta é às 10:30, até lá.',
    buttons: [
      { id: 'r:confirm:a1:1', title: 'Confirmar' },
      { id: 'r:cancel:a1:1', title: 'Cancelar' },
    ],
  });
  const messageId = json.messages[0].id;
  phones.send('u1', 'aurora-wa', { kind: 'tap', messageId, choiceId: 'r:cancel:a1:1' });
  await callback.until(() => messagesIn(callback).length > 0);
  expect(messagesIn(callback)[0]).toMatchObject({
    type: 'button',
    button: { payload: 'r:cancel:a1:1', text: 'Cancelar' },
    context: { id: messageId },
  });
  expect(phones.chat('u1', 'aurora-wa').messages.at(-1)).toMatchObject({ kind: 'text', text: 'Cancelar' });
});

test('a button without a payload of ours sends its label', async () => {
  const { meta } = await world();
  await send(meta, [{ type: 'body', parameters: texts('Maria', '10:30') }]);
  const [message] = meta.chats.messages({ direction: 'out' });
  expect(message?.payload).toMatchObject({
    rendered: { buttons: [{ payload: 'Confirmar' }, { payload: 'Cancelar' }] },
  });
});

describe('a send is refused', () => {
  const body = (...values: readonly string[]) => [{ type: 'body', parameters: texts(...values) }];
  test.each<[string, readonly unknown[], object, number, number]>([
    ['of a name that is not there', [], { name: 'other' }, 404, 132001],
    ['of a language that is not there', [], { language: { code: 'fr' } }, 404, 132001],
    ['with a variable too few', body('Maria'), {}, 400, 132000],
    ['with one too many', body('Maria', '10:30', 'x'), {}, 400, 132000],
    ['with a line break in a variable', body('Maria', '10\n30'), {}, 400, 132018],
    ['with five spaces in a row', body('Maria', '10     30'), {}, 400, 132018],
    [
      'with a variable of another kind',
      [{ type: 'body', parameters: [{ type: 'currency' }] }],
      {},
      400,
      132012,
    ],
    ['that is too long once filled in', body('M'.repeat(1000), '10:30'), {}, 400, 132005],
    ['for a button that is not there', [...body('Maria', '10:30'), button(2, 'x')], {}, 400, 132018],
    [
      'with a payload that is too long',
      [...body('Maria', '10:30'), button(0, 'p'.repeat(129))],
      {},
      400,
      100,
    ],
  ])('%s', async (_, components, template, status, code) => {
    const { meta } = await world();
    const answer = await send(meta, components, template);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(meta.chats.messages({ direction: 'out' })).toEqual([]);
  });

  test.each([
    ['PENDING', 132001],
    ['REJECTED', 132001],
    ['PAUSED', 132015],
    ['DISABLED', 132016],
  ] as const)('while it is %s', async (status, code) => {
    const { meta } = await world();
    meta.templates.setStatus(wabaId, reminder.name, status);
    expect((await send(meta)).json.error.code).toBe(code);
  });
});

describe('templates are made', () => {
  const components = [
    { type: 'BODY', text: 'Hello {{1}}, see you.', example: { body_text: [['Maria']] } },
    { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] },
  ];
  const fresh = { name: 'hello', language: 'en_US', category: 'UTILITY', components };
  const create = (meta: Meta, changes: object = {}) =>
    call(meta, 'POST', `${wabaId}/message_templates`, { ...fresh, ...changes });
  const listed = async (meta: Meta, query = '') =>
    (await call(meta, 'GET', `${wabaId}/message_templates${query}`)).json;

  test('reviewed at once, and may then be sent', async () => {
    const { meta } = await world();
    expect((await create(meta)).json).toMatchObject({ status: 'PENDING', category: 'UTILITY' });
    expect((await listed(meta, '?name=hello')).data).toMatchObject([
      {
        name: 'hello',
        language: 'en_US',
        status: 'APPROVED',
        components: [{ type: 'BODY' }, { type: 'BUTTONS' }],
      },
    ]);
    const answer = await send(meta, [{ type: 'body', parameters: texts('Maria') }], {
      name: 'hello',
      language: { code: 'en_US' },
    });
    expect(answer.status).toBe(200);
  });

  test.each([
    ['template-rejected', 'REJECTED'],
    ['template-pending', 'PENDING'],
  ] as const)('with the fault %s it is %s', async (fault, status) => {
    const { meta } = await world();
    meta.faults.set(fault);
    await create(meta);
    expect((await listed(meta, '?name=hello')).data).toMatchObject([{ status }]);
  });

  test('page by page', async () => {
    const { meta } = await world();
    await create(meta);
    const first = await listed(meta, '?limit=1');
    const second = await listed(meta, `?limit=1&after=${first.paging.cursors.after}`);
    expect([first.data[0].name, second.data[0].name]).toEqual(['hello', 'visit_reminder']);
    expect((await listed(meta, '?after=nonsense')).error.code).toBe(131059);
  });

  test('deleted, it is not there', async () => {
    const { meta } = await world();
    const gone = await call(meta, 'DELETE', `${wabaId}/message_templates?name=visit_reminder`);
    expect(gone.json).toEqual({ success: true });
    expect((await send(meta)).json.error.code).toBe(132001);
  });

  const body = (text: string, samples: readonly string[]) => ({
    components: [{ type: 'BODY', text, example: { body_text: [samples] } }],
  });
  test.each<[string, object, number | undefined]>([
    ['a name with capitals', { name: 'Hello' }, undefined],
    ['an unknown category', { category: 'SERVICE' }, undefined],
    ['a text that begins with a variable', body('{{1}} hello', ['Maria']), 2388299],
    ['a text that ends with one', body('Hello {{1}}', ['Maria']), 2388299],
    ['a gap in the variables', body('Hello {{2}}, bye', ['Maria']), undefined],
    ['a sample too few', body('Hello {{1}}, bye', []), undefined],
    ['what is there already', { name: reminder.name, language: reminder.language }, 2388024],
  ])('but not with %s', async (_, changes, subcode) => {
    const { meta } = await world();
    const { status, json } = await create(meta, changes);
    expect([status, json.error.code, json.error.error_subcode]).toEqual([400, 100, subcode]);
  });

  test('of one’s own WABA only', async () => {
    const { meta } = await world();
    expect((await call(meta, 'GET', '999/message_templates')).json.error.code).toBe(100);
  });
});
