import { expect, test } from 'vitest';
import type { OutboundContent } from './channel.ts';
import { lifeMs } from './lives.ts';

const hourMs = 3_600_000;
const text: OutboundContent = { kind: 'text', text: 'Até amanhã' };
const template = (name: string): OutboundContent => ({
  kind: 'template',
  name,
  language: 'pt_BR',
  variables: [],
  payloads: [],
  text: '',
  labels: [],
});

test('what nobody said otherwise of lives for 30 days, as WhatsApp has it', () => {
  expect(lifeMs({ channel: 'meta' }, text)).toBe(720 * hourMs);
  expect(lifeMs({ channel: 'twilio' }, template('visit_reminder'))).toBe(720 * hourMs);
});

test('a practice’s own time holds for all messages, and a template’s own for that template', () => {
  const lives = { messagesMs: 24 * hourMs, templatesMs: { visit_reminder: 12 * hourMs } };
  expect(lifeMs({ channel: 'vonage', lives }, text)).toBe(24 * hourMs);
  expect(lifeMs({ channel: 'vonage', lives }, template('visit_reminder'))).toBe(12 * hourMs);
  expect(lifeMs({ channel: 'vonage', lives }, template('welcome'))).toBe(24 * hourMs);
  expect(lifeMs({ channel: 'bird', lives: { templatesMs: { visit_reminder: 1 } } }, text)).toBe(720 * hourMs);
});
