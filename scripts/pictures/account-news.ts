import { hearNews } from '#channels/index.ts';
import type { Sandbox } from '../../src/cli/sandbox.ts';

/** What the provider has said of a practice's number: what the settings then show. */
export async function playAccountNews(sandbox: Sandbox, practiceId: string): Promise<void> {
  const accountId = sandbox.accountOf(practiceId);
  if (accountId === undefined) throw new Error('the practice has no account');
  const { app, world } = sandbox;
  const ago = (minutes: number) => new Date(world.clock.now() - minutes * 60_000).toISOString();
  const where = { channel: 'meta', accountId };
  const template = { template: 'visit_reminder', language: 'pt_BR' };
  await app.db.tx(practiceId, (tx) =>
    hearNews(
      tx,
      app.store,
      [
        {
          ...where,
          identity: '1',
          at: ago(3_000),
          news: { kind: 'name', decision: 'approved', name: 'Clínica Aurora' },
        },
        { ...where, identity: '2', at: ago(1_600), news: { kind: 'quality', quality: 'medium' } },
        {
          ...where,
          identity: '3',
          at: ago(95),
          news: { kind: 'template', ...template, status: 'paused', reason: 'FIRST_PAUSE' },
        },
      ],
      ago(0),
    ),
  );
}
