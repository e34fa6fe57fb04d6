import type { Channel, Customer } from './accounts.ts';
import { ApiError, invalid, missing } from './errors.ts';
import { isObject, type Json, list, object, text } from './fields.ts';
import { checkInteractive } from './interactive.ts';

export type Send = {
  readonly channel: Channel;
  /** Digits. */
  readonly to: string;
  readonly type: string;
  readonly content: Json;
  readonly source?: Json;
  readonly reportUrl?: string;
  /** A template may be sent outside of the service window. */
  readonly isTemplate: boolean;
};

/** Reads the body of `POST /v1/send`, and refuses it as MessageBird or WhatsApp would. */
export function readSend(body: unknown, customer: Customer): Send {
  if (!isObject(body)) throw new ApiError(21);
  const from = text(body.from, 'from', 64);
  const channel = customer.channels.find(({ id }) => id === from);
  if (channel === undefined) throw new ApiError(20, 'from', 'channel not found');
  const to = /^\+?(\d{5,15})$/.exec(text(body.to, 'to', 200))?.[1];
  if (to === undefined) throw invalid('to', 'is not a phone number');
  const type = text(body.type, 'type', 64);
  const content = object(body.content, 'content');
  checkContent(type, content, channel);
  return {
    channel,
    to,
    type,
    content,
    isTemplate: type === 'hsm',
    ...(isObject(body.source) && { source: body.source }),
    ...(body.reportUrl !== undefined && { reportUrl: httpsUrl(body.reportUrl) }),
  };
}

/** Loopback counts as https: the simulator's own receivers have no certificate. */
function httpsUrl(value: unknown): string {
  const url = text(value, 'reportUrl', 2048);
  if (!/^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost)[:/])/.test(url))
    throw invalid('reportUrl', 'must be HTTPS');
  return url;
}

function checkContent(type: string, content: Json, channel: Channel): void {
  switch (type) {
    case 'text':
      text(content.text, 'content.text', 4096);
      return;
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      text(object(content[type], `content.${type}`).url, `content.${type}.url`, 2048);
      return;
    case 'location':
      checkLocation(object(content.location, 'content.location'));
      return;
    case 'interactive':
      checkInteractive(content.interactive);
      return;
    case 'hsm':
      checkTemplate(object(content.hsm, 'content.hsm'), channel);
      return;
    default:
      throw invalid('type', 'is not supported');
  }
}

function checkLocation({ latitude, longitude }: Json): void {
  if (typeof latitude !== 'number' || Math.abs(latitude) > 90) throw invalid('latitude', 'is out of range');
  if (typeof longitude !== 'number' || Math.abs(longitude) > 180)
    throw invalid('longitude', 'is out of range');
}

function checkTemplate(hsm: Json, channel: Channel): void {
  if (text(hsm.namespace, 'content.hsm.namespace', 200) !== channel.namespace)
    throw invalid('content.hsm.namespace', "is not the account's");
  const name = text(hsm.templateName, 'content.hsm.templateName', 512);
  const language = object(hsm.language, 'content.hsm.language');
  if (language.policy !== 'deterministic')
    throw invalid('content.hsm.language.policy', 'must be deterministic');
  const code = text(language.code, 'content.hsm.language.code', 20);
  const found = channel.templates.find((each) => each.name === name && each.language === code);
  if (found === undefined)
    throw invalid('content.hsm.templateName', 'is no approved template in this language');
  if (hsm.params !== undefined && hsm.components !== undefined)
    throw invalid('content.hsm', 'has params and components');
  const { variables, buttons } = hsm.components === undefined ? readParams(hsm) : readComponents(hsm);
  if (variables !== found.variables) throw invalid('content.hsm', `needs ${found.variables} variables`);
  if (buttons > found.buttons) throw invalid('content.hsm', `has ${found.buttons} buttons`);
}

function readParams(hsm: Json): { variables: number; buttons: number } {
  if (!Array.isArray(hsm.params)) throw missing('content.hsm.params');
  for (const param of hsm.params) oneLine(object(param, 'content.hsm.params').default);
  return { variables: hsm.params.length, buttons: 0 };
}

function readComponents(hsm: Json): { variables: number; buttons: number } {
  const at = 'content.hsm.components';
  let variables = 0;
  let buttons = 0;
  for (const each of list(hsm.components, at, 12)) {
    const component = object(each, at);
    const parameters = list(component.parameters, `${at}.parameters`, 100).map((one) => object(one, at));
    if (component.type === 'body') {
      for (const { type, text: said } of parameters) {
        if (type !== 'text') throw invalid(`${at}.parameters.type`, 'must be text');
        oneLine(said);
      }
      variables += parameters.length;
    } else if (component.type === 'button') {
      if (component.sub_type !== 'quick_reply') throw invalid(`${at}.sub_type`, 'is not supported');
      if (component.index !== buttons) throw invalid(`${at}.index`, 'is out of order');
      text(parameters[0]?.payload, `${at}.parameters.payload`, 128);
      buttons += 1;
    } else throw invalid(`${at}.type`, 'is not supported');
  }
  return { variables, buttons };
}

function oneLine(value: unknown): void {
  const said = text(value, 'content.hsm parameter', 1024);
  if (/[\n\r\t]| {5}/.test(said)) throw invalid('content.hsm parameter', 'must be one line');
}
