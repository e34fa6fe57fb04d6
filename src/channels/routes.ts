import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RawWebhook } from '#kernel/http.ts';
import type { Clock } from '#platform/clock.ts';
import { NotTaken } from '#platform/coalescer.ts';
import { HttpError } from '#platform/http/errors.ts';
import { errorCode, errorPlace, type Log } from '#platform/log.ts';
import type { Metrics } from '#platform/metrics.ts';
import { type Account, type Accounts, isSigned, subscribed } from './accounts.ts';
import type { DeliveryStore } from './commands.ts';
import { channels } from './registry.ts';

const params = z.object({ channel: z.string().max(40), account: z.string().max(40) });

const parameters = { schema: { params }, config: { access: 'provider' as const } };

type Options = {
  readonly accounts: Accounts;
  readonly deliveries: DeliveryStore;
  readonly metrics: Pick<Metrics, 'count'>;
  /** Where the provider reaches us: some sign the URL. */
  readonly publicUrl: string;
  readonly log: Log;
  readonly clock: Clock;
};

const rawType = 'application/octet-stream';

type Refused = 'unknown-account' | 'bad-signature' | 'busy' | 'not-stored' | 'outcome-unknown';

/**
 * `/webhooks/:channel/:account`: verify the signature over the raw bytes, store, answer 200. Nothing is parsed here, so a
 * parser's bug costs a replay and never a message. What cannot be stored now is answered 503, and before its body is read where
 * that is known; the provider repeats it.
 */
export function webhookRoutes(app: FastifyInstance, options: Options): void {
  const { accounts, deliveries, metrics } = options;

  const refused = (reason: Refused) => metrics.count('vestibule_deliveries_refused', { reason });

  function accountOf({ params: given }: FastifyRequest): Account {
    // Of the routes below, which have both; whatever they hold is looked up and not used otherwise.
    const { channel, account } = given as z.infer<typeof params>;
    const found = accounts.find(channel, account);
    if (found === undefined) {
      refused('unknown-account');
      throw new HttpError('UNKNOWN_ACCOUNT', {
        field: 'account',
        expected: 'the id of an account in channels.yaml',
      });
    }
    return found;
  }

  /** Said before the body is read: a flood for which there is no room costs no more than its heads. */
  function assertWelcome(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
    accountOf(request);
    // Whatever it is called, it is read as bytes; a type with parameters would be taken apart anew for each request.
    const { headers } = request.raw;
    if (headers['content-type'] !== undefined) headers['content-type'] = rawType;
    const isWelcome = deliveries.hasRoom();
    if (!isWelcome) refused('busy');
    done(isWelcome ? undefined : new HttpError('UNAVAILABLE'));
  }

  // Its own scope, so that every content type stays raw bytes here and nowhere else.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([rawType, '*'], app.readRaw);

    scope.get('/webhooks/:channel/:account', parameters, async (request, reply) => {
      const account = accountOf(request);
      if (channels[account.channel].subscribe === undefined) throw new HttpError('NOT_FOUND');
      // The query's type is not declared: a provider may send what it likes, and the codec looks only for its own.
      const challenge = subscribed(account, request.query as Readonly<Record<string, unknown>>);
      if (challenge === undefined) {
        throw new HttpError('VERIFICATION_FAILED', {
          field: 'hub.verify_token',
          expected: 'the verify token of this account in channels.yaml',
        });
      }
      return reply.type('text/plain').send(challenge);
    });

    const posted = { ...parameters, onRequest: assertWelcome };
    scope.post('/webhooks/:channel/:account', posted, (request, reply) =>
      receive(accountOf(request), request, reply),
    );
  });

  async function receive(
    account: Account,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const webhook = {
      method: request.method,
      url: `${options.publicUrl}${request.url}`,
      headers: signedHeaders(request),
      body,
    };
    if (!(await isSigned(account, webhook, options.clock.now()))) notSigned(account, webhook);
    const query = channels[account.channel].readsQuery ? queryOf(request.url) : '';
    await deliveries.store(account, { body, query }).catch(notStored);
    return reply.code(200).type('text/plain').send('');
  }

  function notSigned({ channel }: Account, webhook: RawWebhook): never {
    refused('bad-signature');
    if (channels[channel].mayForgetToSign?.(webhook)) throw new HttpError('UNAVAILABLE');
    throw new HttpError('BAD_SIGNATURE', { expected: "the provider's signature over the raw body" });
  }

  /** Whatever kept it from being stored: the provider is to repeat it. Of a commit whose outcome nobody knows, the repeat is known. */
  function notStored(error: unknown): never {
    const reason = error instanceof NotTaken ? error.reason : 'failed';
    refused(reason === 'full' ? 'busy' : reason === 'unknown' ? 'outcome-unknown' : 'not-stored');
    if (reason === 'failed')
      options.log.error('delivery not stored', { code: errorCode(error), what: errorPlace(error) });
    throw new HttpError('UNAVAILABLE');
  }
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** Node joins most repeated headers with a comma; a signature that was sent twice must stay visible as two. */
function signedHeaders(
  request: FastifyRequest,
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const { headers, rawHeaders } = request.raw;
  // As a rule nothing is repeated; names and values take turns in the raw ones.
  if (rawHeaders.length === 2 * Object.keys(headers).length) return headers;
  const distinct = request.raw.headersDistinct;
  return Object.fromEntries(
    Object.entries(distinct).map(([name, values]) => [name, values?.length === 1 ? values[0] : values]),
  );
}
