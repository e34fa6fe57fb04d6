import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Files } from '../provider/files.ts';
import type { TwilioAccount } from './accounts.ts';
import { errorBody, TwilioError } from './errors.ts';
import type { Faults } from './faults.ts';
import { listed, type Message } from './messages.ts';
import { readSend, type Send } from './send.ts';

export type ServerParts = {
  readonly accounts: readonly TwilioAccount[];
  readonly faults: Faults;
  readonly messages: () => readonly Message[];
  readonly files: Files;
  /** Shows that an answer is being written, and marks the message as read. */
  readonly typing: (sid: string) => void;
  readonly take: (send: Send, account: TwilioAccount) => Message;
};

/** Twilio's HTTP face: both of its hosts, for their paths do not meet. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 1024 * 1024 });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, new URLSearchParams(String(body))),
  );
  app.setErrorHandler((error, _, reply) => {
    const refusal = error instanceof TwilioError ? error : new TwilioError(20500);
    void reply.code(refusal.status).send(errorBody(refusal));
  });
  app.setNotFoundHandler(() => {
    throw new TwilioError(20404);
  });
  const path = '/2010-04-01/Accounts/:account/Messages.json';
  app.post(path, (request, reply) => send(parts, request, reply));
  app.get(path, async (request) => {
    if (parts.faults.take('list-500') !== undefined) throw new TwilioError(20500);
    const { accountSid } = authenticated(parts, request, true);
    const own = parts.messages().filter((message) => message.account_sid === accountSid);
    const [before = '', query = ''] = request.url.split('?');
    return listed(own, new URLSearchParams(query), before);
  });
  app.get(path.replace('.json', '/:sid.json'), async (request) => {
    const { accountSid } = authenticated(parts, request, true);
    if (parts.faults.take('list-500') !== undefined) throw new TwilioError(20500);
    // The route names the parameter.
    const { sid } = request.params as { sid: string };
    const found = parts.messages().find((each) => each.sid === sid && each.account_sid === accountSid);
    if (found === undefined) throw new TwilioError(20404);
    return found;
  });
  app.post('/v2/Indicators/Typing.json', async (request) => {
    const account = authenticated(parts, request, false);
    const params = paramsOf(request);
    const isKnown = parts
      .messages()
      .some(
        ({ sid, account_sid, direction }) =>
          sid === params.get('messageId') && account_sid === account.accountSid && direction === 'inbound',
      );
    if (!isKnown || params.get('channel') !== 'whatsapp') throw new TwilioError(20404);
    parts.typing(params.get('messageId') ?? '');
    return { success: true };
  });
  mediaRoutes(app, parts);
  return app;
}

type File = { Params: { account: string; message: string; media: string } };

/** A file lies in a storage of its own, whose address anybody may call for a while: Twilio redirects there. */
function mediaRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { files } = parts;
  const path = '/2010-04-01/Accounts/:account/Messages/:message/Media/:media';
  app.get<File>(path, (request, reply) => {
    const { senders } = authenticated(parts, request, true);
    const file = files.get(request.params.media.slice(2));
    if (file === undefined || !senders.some(({ number }) => number === file.line))
      throw new TwilioError(20404);
    return reply.redirect(`/storage/${file.id}`, 307);
  });
  app.delete<File>(path, (request, reply) => {
    authenticated(parts, request, true);
    if (!files.remove(request.params.media.slice(2))) throw new TwilioError(20404);
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>('/storage/:id', ({ params }, reply) => {
    const file = files.get(params.id);
    if (file === undefined) throw new TwilioError(20404);
    return reply.type(file.mimeType).send(Buffer.from(file.bytes));
  });
}

async function send(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { faults } = parts;
  if (faults.take('timeout-before') !== undefined) return neverAnswered(request, reply);
  if (faults.take('html') !== undefined) {
    return reply.code(502).type('text/html').send('<html><body>Bad Gateway</body></html>');
  }
  if (faults.take('throttled') !== undefined) {
    void reply.header('retry-after', '1');
    throw new TwilioError(20429);
  }
  if (faults.take('http-500') !== undefined) throw new TwilioError(20500);
  const account = authenticated(parts, request, true);
  const message = parts.take(readSend(paramsOf(request), account), account);
  if (faults.take('timeout-after') !== undefined) return neverAnswered(request, reply);
  if (faults.take('http-500-after') !== undefined) throw new TwilioError(20500);
  return reply.code(201).send({ ...message });
}

/** The connection stays open until the caller gives it up. */
function neverAnswered(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.unref();
  return reply;
}

function paramsOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}

function authenticated(parts: ServerParts, request: FastifyRequest, byPath: boolean): TwilioAccount {
  const [scheme, credentials = ''] = (request.headers.authorization ?? '').split(' ');
  const given = Buffer.from(credentials, 'base64').toString();
  const account = parts.accounts.find(
    ({ accountSid, authToken, apiKey, apiSecret }) =>
      given === `${apiKey}:${apiSecret}` || given === `${accountSid}:${authToken}`,
  );
  if (scheme !== 'Basic' || account === undefined) throw new TwilioError(20003);
  // The route names the parameter.
  const { account: named } = request.params as { account?: string };
  if (byPath && named !== account.accountSid) throw new TwilioError(20404);
  return account;
}
