import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HttpError } from '#platform/http/errors.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Account, Accounts } from './accounts.ts';
import type { DeliveryStore } from './commands.ts';
import { verifySubscription } from './meta/verify.ts';
import { channels } from './registry.ts';

const params = z.object({ channel: z.string().max(40), account: z.string().max(40) });

const parameters = { schema: { params }, config: { access: 'provider' as const } };

/**
 * `/webhooks/:channel/:account`: verify the signature over the raw bytes, store, answer 200. Nothing is parsed here, so a
 * parser's bug costs a replay and never a message.
 */
export function webhookRoutes(
  app: FastifyInstance,
  options: {
    readonly accounts: Accounts;
    readonly deliveries: DeliveryStore;
    readonly metrics: Metrics;
    /** Where the provider reaches us: some sign the URL. */
    readonly publicUrl: string;
  },
): void {
  const { accounts, deliveries, metrics } = options;

  function accountOf(request: FastifyRequest): Account {
    const { channel, account } = params.parse(request.params);
    const found = accounts.find(channel, account);
    if (found === undefined) {
      metrics.count('vestibule_deliveries_refused', { reason: 'unknown-account' });
      throw new HttpError('UNKNOWN_ACCOUNT', {
        field: 'account',
        expected: 'the id of an account in channels.yaml',
      });
    }
    return found;
  }

  // Its own scope, so that every content type stays raw bytes here and nowhere else.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    scope.get('/webhooks/:channel/:account', parameters, async (request, reply) => {
      const account = accountOf(request);
      // The query's type is not declared: a provider may send what it likes, and the codec looks only for its own.
      const challenge = verifySubscription(
        request.query as Readonly<Record<string, unknown>>,
        account.config,
      );
      if (challenge === undefined) {
        throw new HttpError('VERIFICATION_FAILED', {
          field: 'hub.verify_token',
          expected: 'the verify token of this account in channels.yaml',
        });
      }
      return reply.type('text/plain').send(challenge);
    });

    scope.post('/webhooks/:channel/:account', parameters, async (request, reply) => {
      const account = accountOf(request);
      return await receive(account, request, reply);
    });
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
    if (!channels[account.channel].verify(webhook, account.config)) {
      metrics.count('vestibule_deliveries_refused', { reason: 'bad-signature' });
      throw new HttpError('BAD_SIGNATURE', { expected: "the provider's signature over the raw body" });
    }
    await deliveries.store(account, body);
    return reply.code(200).type('text/plain').send('');
  }
}

/** Node joins most repeated headers with a comma; a signature that was sent twice must stay visible as two. */
function signedHeaders(
  request: FastifyRequest,
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const distinct = request.raw.headersDistinct;
  return Object.fromEntries(
    Object.entries(distinct).map(([name, values]) => [name, values?.length === 1 ? values[0] : values]),
  );
}
