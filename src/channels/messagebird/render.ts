import { unreachable } from '#kernel/decider.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { ChannelUser, OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { numbered, type Question, refusalOf, wellFormed } from '../question.ts';
import { isRefusal, tooLong } from '../refusal.ts';
import type { MessageBirdAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { controls } from './choices.ts';
import { maxRefChars } from './limits.ts';
import { refParameter } from './parse.ts';
import { template } from './template.ts';

type Sender = Pick<
  MessageBirdAccount,
  'baseUrl' | 'channelId' | 'accessKey' | 'templateNamespace' | 'reportUrl'
>;

/**
 * The request that sends the message (`POST /v1/send`), or why it cannot be said. Nothing is ever cut off to make it fit. Not
 * `/v1/conversations/start`: that one answers with the conversation's id, by which no status could be found.
 * https://developers.messagebird.com/api/conversations/
 */
export function render(message: OutboundMessage, account: Sender): HttpRequest | RenderRefusal {
  const { id, to, content } = message;
  if (content.kind === 'read') return { refused: 'NOT_OFFERED', field: 'kind' };
  if (id === '') return { refused: 'EMPTY', field: 'id' };
  const ref = id.toWellFormed();
  if (ref.length > maxRefChars) return tooLong('id', maxRefChars, ref.length);
  const phone = digitsOf(to);
  if (phone === undefined) return { refused: 'NO_RECIPIENT', field: 'to' };
  const said = saying(content, account.templateNamespace);
  if (isRefusal(said)) return said;
  return {
    method: 'POST',
    url: `${account.baseUrl.replace(/\/+$/, '')}/v1/send`,
    headers: {
      authorization: `AccessKey ${account.accessKey}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({
      to: `+${phone}`,
      from: account.channelId,
      ...said,
      source: { ref },
      ...(account.reportUrl && { reportUrl: withRef(account.reportUrl, ref) }),
    }),
  };
}

/** A user id is never searched for digits: what came out would be a stranger's number. */
function digitsOf(user: ChannelUser): string | undefined {
  return /^\+?(\d{5,20})$/.exec(user.phone ?? '')?.[1];
}

/** Appended by hand: the rest of the address has to stay as it was configured, since its hash is in the signature that comes back. */
function withRef(reportUrl: string, ref: string): string {
  const separator = reportUrl.includes('?') ? '&' : '?';
  return `${reportUrl}${separator}${refParameter}=${encodeURIComponent(ref)}`;
}

function saying(
  content: Exclude<OutboundContent, { kind: 'read' }>,
  namespace: string,
): Json | RenderRefusal {
  switch (content.kind) {
    case 'text':
      return plain(content.text);
    case 'choices':
      return question(content);
    case 'template': {
      const hsm = template(content, namespace);
      return isRefusal(hsm) ? hsm : { type: 'hsm', content: { hsm } };
    }
    case 'contact-request':
      return saying(content.otherwise, namespace);
    default:
      return unreachable(content);
  }
}

function plain(text: string): Json | RenderRefusal {
  const said = text.toWellFormed();
  if (said.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (said.length > capabilities.textChars) return tooLong('text', capabilities.textChars, said.length);
  // No preview: fetching the page behind a private one-time link would be its one use.
  return { type: 'text', content: { text: said, disableUrlPreview: true } };
}

function question(asked: Question): Json | RenderRefusal {
  const wrong = refusalOf(asked);
  if (wrong !== undefined) return wrong;
  const said = wellFormed(asked);
  const interactive = controls(said);
  return interactive === undefined
    ? plain(numbered(said))
    : { type: 'interactive', content: { interactive } };
}
