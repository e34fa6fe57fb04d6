import { type RunningProduct, startHelper, startProduct } from './children.ts';
import { account, type Setting, webhookPath } from './setting.ts';
import type { WorldAnswer, WorldQuestion } from './turns-world.ts';
import type { Target } from './webhooks.ts';

/** Patients and a provider in a process of their own, and products that reach them. */
export type World = {
  /** What is answered depends on the question; most are answered with a run. */
  readonly ask: <Answer = WorldAnswer>(question: WorldQuestion) => Promise<Answer>;
  readonly start: (roles: string) => Promise<RunningProduct & { readonly target: Target }>;
};

export async function openWorld(
  setting: Setting,
  defer: (stop: () => Promise<void>) => void,
): Promise<World> {
  const { appSecret } = setting;
  const { phoneNumberId } = account;
  const world = startHelper('./turns-world.ts');
  defer(world.stop);
  const provider = await world.ask<{ port: number }>({ kind: 'listen' } satisfies WorldQuestion);
  const env = { ...setting.env, BENCH_PROVIDER_URL: `http://127.0.0.1:${provider.port}` };
  return {
    ask: (question) => world.ask(question),
    async start(roles) {
      const product = await startProduct(['--roles', roles], env);
      defer(product.stop);
      return { ...product, target: { port: product.port, path: webhookPath, appSecret, phoneNumberId } };
    },
  };
}
