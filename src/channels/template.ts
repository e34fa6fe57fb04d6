import type { TemplatesCapability } from './capabilities.ts';
import type { OutboundContent, RenderRefusal } from './channel.ts';
import { tooLong, tooMany } from './refusal.ts';

export type Template = Extract<OutboundContent, { kind: 'template' }>;

/** WhatsApp's. https://developers.facebook.com/documentation/business-messaging/whatsapp/templates */
const maxNameChars = 512;

/** A value as it may stand in a template: WhatsApp refuses line breaks, tabs and more than four spaces in a row. */
export function oneLine(value: string): string {
  return value.toWellFormed().replaceAll(/\s+/g, ' ').trim();
}

/** What is wrong with a template whose variables are `variables`, each on one line, whichever way the provider names it. */
export function refusalOf(
  content: Template,
  variables: readonly string[],
  limits: TemplatesCapability,
): RenderRefusal | undefined {
  const { name, language, text, payloads } = content;
  if (name === '') return { refused: 'EMPTY', field: 'name' };
  if (name.length > maxNameChars) return tooLong('name', maxNameChars, name.length);
  if (language === '') return { refused: 'EMPTY', field: 'language' };
  const empty = variables.indexOf('');
  if (empty !== -1) return { refused: 'EMPTY', field: `variables.${empty}` };
  if (text.length > limits.bodyChars) return tooLong('text', limits.bodyChars, text.length);
  if (payloads.length > limits.buttons) return tooMany('payloads', limits.buttons, payloads.length);
  return refusalOfPayloads(payloads, limits.payloadChars);
}

function refusalOfPayloads(payloads: readonly string[], maxChars: number): RenderRefusal | undefined {
  for (const [index, payload] of payloads.entries()) {
    const field = `payloads.${index}`;
    if (payload === '') return { refused: 'EMPTY', field };
    if (payload.length > maxChars) return tooLong(field, maxChars, payload.length);
    // The tap says which button it was by the payload alone.
    if (payloads.indexOf(payload) !== index) return { refused: 'DUPLICATE_ID', field };
  }
  return undefined;
}
