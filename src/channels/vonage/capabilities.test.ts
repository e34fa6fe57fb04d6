import { expect, test } from 'vitest';
import type { OutboundContent } from '../channel.ts';
import { record } from '../meta/json.ts';
import { capabilities } from './capabilities.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';

/** What the capabilities promise, the codec keeps; what they do not, it says in another way or refuses. */
const account = { baseUrl: 'https://api.nexmo.com', number: '12025550100' };
const receivedAt = '2026-11-18T11:07:00.000Z';

function body(content: OutboundContent, to = { phone: '12025550143' } as object): Record<string, unknown> {
  const result = render({ id: 'm', to, content }, account);
  if ('refused' in result) throw new Error(result.refused);
  return record(JSON.parse(result.body ?? ''));
}

function asked(count: number, titleChars: number, descriptionChars = 0): OutboundContent {
  const choices = Array.from({ length: count }, (_, index) => ({
    id: `c:${index}`,
    title: String(index).padStart(titleChars, 'x'),
    ...(descriptionChars > 0 && { description: 'd'.repeat(descriptionChars) }),
  }));
  return { kind: 'choices', text: 'Which?', listLabel: 'Choose', choices };
}

function shownAs(content: OutboundContent): unknown {
  const said = body(content);
  return record(record(said.custom).interactive).type ?? said.message_type;
}

test('buttons, lists and numbered text, each up to its limit', () => {
  const { buttons, list } = capabilities;
  if (buttons === 'numbered' || list === 'numbered') throw new Error('expected controls');
  expect(shownAs(asked(buttons.max, buttons.titleChars))).toBe('button');
  expect(shownAs(asked(buttons.max + 1, buttons.titleChars))).toBe('list');
  expect(shownAs(asked(buttons.max, buttons.titleChars + 1))).toBe('list');
  expect(shownAs(asked(list.rows, list.titleChars, list.descriptionChars))).toBe('list');
  expect(shownAs(asked(list.rows + 1, list.titleChars))).toBe('text');
  expect(shownAs(asked(list.rows, list.titleChars + 1))).toBe('text');
  expect(shownAs(asked(2, 5, list.descriptionChars + 1))).toBe('text');
});

test('a text up to its limit', () => {
  const { textChars } = capabilities;
  expect(body({ kind: 'text', text: 'a'.repeat(textChars) }).text).toHaveLength(textChars);
  const tooLong: OutboundContent = { kind: 'text', text: 'a'.repeat(textChars + 1) };
  expect(render({ id: 'm', to: { phone: '12025550143' }, content: tooLong }, account)).toEqual({
    refused: 'TOO_LONG',
    field: 'text',
    limit: textChars,
    actual: textChars + 1,
  });
});

test('read receipts and typing', () => {
  expect([capabilities.readReceipts, capabilities.typing]).toEqual([true, true]);
  const read = body({ kind: 'read', externalId: 'aaaaaaaa-0000-4000-8000-000000000001', typing: true });
  expect(read).toEqual({ status: 'read', replying_indicator: { show: true, type: 'text' } });
});

test('templates by name, with the payloads of their buttons', () => {
  expect(capabilities.templates).toBe('named');
  const { custom } = body({
    kind: 'template',
    name: 'visit_reminder',
    language: 'es',
    variables: ['Ana'],
    payloads: ['p:1'],
    text: 'Hola Ana',
    labels: ['Ok'],
  });
  expect(record(record(custom).template)).toMatchObject({ name: 'visit_reminder', language: { code: 'es' } });
});

test('business-scoped user ids both ways, whole', () => {
  expect([capabilities.bsuidIn, capabilities.bsuidOut]).toEqual([true, true]);
  const userId = 'US.48213306590127745521';
  expect(body({ kind: 'text', text: 'hi' }, { userId }).to).toBe(userId);
  const raw = { channel: 'whatsapp', message_uuid: 'u', from: userId, message_type: 'text', text: 'hi' };
  const [event] = parse({ body: Buffer.from(JSON.stringify(raw)), receivedAt });
  expect(event).toMatchObject({ type: 'message', from: { userId } });
  expect(event).not.toHaveProperty('from.phone');
});

test('every kind of media, and reactions, come in', () => {
  const given = { channel: 'whatsapp', message_uuid: 'u', from: '12025550143' };
  const contentOf = (fields: object) => {
    const [event] = parse({ body: Buffer.from(JSON.stringify({ ...given, ...fields })), receivedAt });
    return event?.type === 'message' ? event.content : undefined;
  };
  for (const kind of capabilities.media.kinds) {
    const type = kind === 'document' ? 'file' : kind;
    const media = { url: 'https://api-us.nexmo.com/v3/media/0c9a4d4e-0000-4000-8000-000000000001' };
    expect(contentOf({ message_type: type, [type]: media })).toMatchObject({ kind: 'media', media: kind });
    expect(capabilities.media.maxBytes[kind]).toBeGreaterThan(0);
  }
  expect(capabilities.reactionsIn).toBe(true);
  const reaction = { reaction: { action: 'react', emoji: '👍' }, context: { message_uuid: 't' } };
  expect(contentOf({ message_type: 'reaction', ...reaction })).toMatchObject({
    kind: 'reaction',
    targetId: 't',
  });
});

test('our reference comes back in a status', () => {
  expect(capabilities.idempotency).toBe('reference');
  const { client_ref } = body({ kind: 'text', text: 'hi' });
  const status = { message_uuid: 'u', status: 'delivered', channel: 'whatsapp', client_ref };
  expect(parse({ body: Buffer.from(JSON.stringify(status)), receivedAt })).toMatchObject([{ ourId: 'm' }]);
});
