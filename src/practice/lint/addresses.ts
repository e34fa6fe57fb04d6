import { type Advice, advise, type Placed, told } from './advice.ts';

/** Where we send to, and where providers are told to send: an address that is nearly right loses messages without a word. */

/** @param publicUrl where providers reach this installation; undefined where it is not known here */
export function lintAddresses({ account, place }: Placed, publicUrl: string | undefined): readonly Advice[] {
  const values = new Map<string, unknown>(Object.entries(account));
  const plain = ['baseUrl', 'messagingUrl', 'updateBaseUrl'].flatMap((field) => {
    const value = values.get(field);
    const url = typeof value === 'string' ? URL.parse(told(value) ?? '') : null;
    if (url === null || url.protocol === 'https:') return [];
    const problem = 'without https, what patients write could be read on the way; production refuses it';
    return [advise('careful', `${place}.${field}`, problem, `${field}: https://${url.host}`)];
  });
  return [...plain, ...lintCallback({ account, place }, publicUrl)];
}

/** Where statuses are sent: to the account's own webhook, or they are lost. */
function lintCallback({ account, place }: Placed, publicUrl: string | undefined): readonly Advice[] {
  const field = account.provider === 'twilio' ? 'statusCallbackUrl' : 'reportUrl';
  const value =
    account.provider === 'twilio'
      ? account.statusCallbackUrl
      : account.provider === 'messagebird'
        ? account.reportUrl
        : undefined;
  const url = URL.parse(told(value) ?? '');
  if (url === null) return [];
  const path = `/webhooks/${account.provider}/${account.id}`;
  const own = `${publicUrl ?? url.origin}${path}`;
  const at = `${place}.${field}`;
  if (url.hash !== '') {
    const problem = 'what follows # is set by the program itself';
    return [advise('wrong', at, problem, `${field}: ${own}`)];
  }
  if (`${url.origin}${url.pathname}` !== own) {
    const problem =
      "this is not the account's own webhook, so what became of its messages would not be known here";
    return [advise('wrong', at, problem, `leave it out, or ${field}: ${own}`)];
  }
  if (url.protocol === 'https:') return [];
  return [advise('careful', at, 'providers are to call by https', `${field}: https://${url.host}${path}`)];
}
