import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mediaKinds } from '../capabilities.ts';
import type { OutboundContent } from '../channel.ts';
import { list, record } from '../meta/json.ts';
import type { BirdAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';

const account = JSON.parse(
  readFileSync(new URL('./testdata/account.json', import.meta.url), 'utf8'),
) as BirdAccount; // our own file

const receivedAt = '2026-11-18T11:06:45.000Z';
const phone = { phone: '12025550143' };

function sent(content: OutboundContent, to: { phone?: string; userId?: string } = phone) {
  const result = render({ id: 'm-0001', to, content }, account);
  if ('refused' in result) return { refused: result.refused };
  return record(JSON.parse(result.body ?? ''));
}

function ask(count: number, titleChars: number, descriptionChars?: number): OutboundContent {
  const choices = Array.from({ length: count }, (_, index) => ({
    id: `c${index}`,
    title: String(index).padEnd(titleChars, 'x'),
    ...(descriptionChars !== undefined && { description: 'd'.repeat(descriptionChars) }),
  }));
  return { kind: 'choices', text: 'Which one?', choices, listLabel: 'Choose' };
}

function shapeOf(content: OutboundContent): string {
  const body = record(sent(content).body);
  return list(record(body.text).actions).length > 0 ? 'buttons' : String(body.type);
}

function received(body: unknown, contact: unknown, meta: unknown = {}) {
  const payload = { id: 'm-1', sender: { contact }, body, meta };
  const delivery = { service: 'channels', event: 'whatsapp.inbound', payload };
  const [event] = parse({ body: Buffer.from(JSON.stringify(delivery)), receivedAt });
  return event?.type === 'message' ? event : undefined;
}

const number = { identifierKey: 'phonenumber', identifierValue: '+12025550143' };

describe('what is offered is there, and what is not is said otherwise or refused', () => {
  test('buttons', () => {
    const { buttons } = capabilities;
    if (buttons === 'numbered') throw new Error('expected buttons');
    expect(shapeOf(ask(buttons.max, buttons.titleChars))).toBe('buttons');
    expect(shapeOf(ask(buttons.max + 1, buttons.titleChars))).not.toBe('buttons');
    expect(shapeOf(ask(buttons.max, buttons.titleChars + 1))).not.toBe('buttons');
  });

  test('lists', () => {
    const rows = capabilities.list;
    if (rows === 'numbered') throw new Error('expected a list');
    expect(shapeOf(ask(rows.rows, rows.titleChars))).toBe('list');
    expect(shapeOf(ask(rows.rows + 1, rows.titleChars))).toBe('text');
    expect(shapeOf(ask(rows.rows, rows.titleChars + 1))).toBe('text');
    expect(shapeOf(ask(rows.rows, rows.titleChars, rows.descriptionChars + 1))).toBe('text');
  });

  test('texts', () => {
    expect(sent({ kind: 'text', text: 'x'.repeat(capabilities.textChars) })).toHaveProperty('body');
    expect(sent({ kind: 'text', text: 'x'.repeat(capabilities.textChars + 1) })).toEqual({
      refused: 'TOO_LONG',
    });
  });

  test('templates, as projects', () => {
    const template = { kind: 'template', name: 'closed_today', language: 'es' } as const;
    const content = { ...template, variables: [], payloads: [], text: 'x', labels: [] };
    expect(capabilities.templates).toBe('project');
    expect(record(sent(content).template).projectId).toBe(account.templates[2]?.projectId);
    expect(sent({ ...content, name: 'other' })).toEqual({ refused: 'NOT_OFFERED' });
  });

  test('read receipts and typing', () => {
    expect([capabilities.readReceipts, capabilities.typing]).toEqual([false, false]);
    for (const typing of [false, true]) {
      expect(sent({ kind: 'read', externalId: 'm', typing })).toEqual({ refused: 'NOT_OFFERED' });
    }
  });

  test('user ids, both ways', () => {
    const userId = 'US.48213306590127745521';
    expect([capabilities.bsuidIn, capabilities.bsuidOut]).toEqual([true, true]);
    expect(JSON.stringify(sent({ kind: 'text', text: 'Hello' }, { userId }))).toContain(userId);
    const extraInformation = { whatsappbsuid: userId };
    expect(received({}, number, { extraInformation })?.from).toEqual({ userId, phone: '12025550143' });
  });

  test('answers of forms', () => {
    expect(capabilities.flows).toBe('with-content');
    const meta = { formResponse: { jsonResponse: { ok: true } } };
    expect(received({ type: 'text', text: { text: 'x' } }, number, meta)?.content.kind).toBe('form');
  });

  test('media of every kind, with a size for each', () => {
    expect(capabilities.media.kinds).toEqual(mediaKinds);
    const types = {
      image: 'image/jpeg',
      audio: 'audio/ogg',
      video: 'video/mp4',
      document: 'application/pdf',
    };
    const mimes: Readonly<Record<string, string>> = { ...types, sticker: 'image/webp' };
    for (const kind of capabilities.media.kinds) {
      expect(capabilities.media.maxBytes[kind]).toBeGreaterThan(0);
      const file = { mediaUrl: 'https://media.api.bird.com/x', contentType: mimes[kind] };
      const body = { type: 'file', file: { files: [file] } };
      expect(received(body, number)?.content).toMatchObject({ kind: 'media', media: kind });
    }
  });

  test('our id, as a reference that comes back', () => {
    expect(capabilities.idempotency).toBe('reference');
    expect(sent({ kind: 'text', text: 'Hello' }).reference).toBe('m-0001');
    const payload = { id: 'x', status: 'sent', reference: 'm-0001' };
    const body = Buffer.from(JSON.stringify({ service: 'channels', event: 'whatsapp.outbound', payload }));
    expect(parse({ body, receivedAt })).toMatchObject([{ type: 'status', ourId: 'm-0001' }]);
  });
});

test('every source is a page, every gap is a sentence', () => {
  for (const source of capabilities.sources) expect(new URL(source).protocol).toBe('https:');
  for (const gap of [...capabilities.unconfirmed, capabilities.inboundRetries, capabilities.feePerMessage])
    expect(gap).toMatch(/^[A-Z].+\.$/);
});
