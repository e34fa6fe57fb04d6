import { accountsOf, webhookRoutes } from '#channels/index.ts';
import { systemClock } from '#platform/clock.ts';
import { createHttp } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { openMetrics } from '#platform/metrics.ts';
import { answerQuestions } from './children.ts';
import { account, practiceId } from './setting.ts';

/** The baseline of `ingest`: the product's own server and webhook route, which check the signature and store nothing. */

async function listen(appSecret: string): Promise<{ port: number }> {
  const metrics = await openMetrics(0);
  const log = createLog('warn');
  const app = await createHttp({
    log,
    metrics,
    apiToken: undefined,
    sandbox: false,
    version: 'bench',
  });
  const config = {
    practiceId,
    ...account,
    wabaId: '800100200300402',
    baseUrl: 'http://127.0.0.1:9',
    apiVersion: 'v26.0',
    appSecrets: [appSecret],
    verifyToken: 'none',
    accessToken: 'none',
  };
  const accounts = accountsOf([{ practiceId, id: account.id, channel: 'meta', config }]);
  const deliveries = { store: async () => {}, hasRoom: () => true };
  webhookRoutes(app, {
    accounts,
    deliveries,
    metrics,
    publicUrl: 'http://localhost',
    log,
    clock: systemClock,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: Number(new URL(url).port) };
}

answerQuestions(listen);
