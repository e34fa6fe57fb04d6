import type { RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { tooMany } from '../refusal.ts';
import { oneLine, refusalOf, type Template } from '../template.ts';
import type { BirdAccount, BirdTemplate } from './account.ts';
import { capabilities } from './capabilities.ts';

/**
 * The template's project, version and locale at Bird, with its variables by Bird's names, as the account maps them. One that the
 * account does not map is refused: there is nothing that Bird could send.
 * https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
 */
export function template(
  content: Template,
  account: Pick<BirdAccount, 'templates' | 'templateValues'>,
): Json | RenderRefusal {
  const variables = content.variables.map(oneLine);
  const wrong = refusalOf(content, variables, capabilities.templates);
  if (wrong !== undefined) return wrong;
  const mapped = account.templates.find(
    ({ name, language }) => name === content.name && language === content.language,
  );
  if (mapped === undefined) return { refused: 'NOT_OFFERED', field: 'name' };
  const unlike = firstMismatch(content, mapped);
  if (unlike !== undefined) return unlike;
  const values: [key: string, value: string][] = [
    ...mapped.variables.map((key, index): [string, string] => [key, variables[index] ?? '']),
    ...mapped.payloads.map((key, index): [string, string] => [key, content.payloads[index] ?? '']),
  ];
  const { projectId, version, locale } = mapped;
  return { projectId, version, locale, ...valuesAs(account.templateValues ?? 'parameters', values) };
}

function valuesAs(shape: 'parameters' | 'variables', values: readonly [key: string, value: string][]): Json {
  if (values.length === 0) return {};
  if (shape === 'variables') return { variables: Object.fromEntries(values) };
  return { parameters: values.map(([key, value]) => ({ type: 'string', key, value })) };
}

/** A project whose buttons take no payload is sent without: a tap then says its label. One that takes another number is not ours. */
function firstMismatch({ variables, payloads }: Template, mapped: BirdTemplate): RenderRefusal | undefined {
  if (variables.length > mapped.variables.length) {
    return tooMany('variables', mapped.variables.length, variables.length);
  }
  if (variables.length < mapped.variables.length) {
    return { refused: 'EMPTY', field: `variables.${variables.length}` };
  }
  if (mapped.payloads.length === 0 || mapped.payloads.length === payloads.length) return undefined;
  return payloads.length > mapped.payloads.length
    ? tooMany('payloads', mapped.payloads.length, payloads.length)
    : { refused: 'EMPTY', field: `payloads.${payloads.length}` };
}
