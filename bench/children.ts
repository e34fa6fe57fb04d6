import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Child processes of a benchmark: what is measured, and what measures, share no event loop. */

/** Starts a script of this folder that answers questions; see `answerQuestions`. */
export function startHelper(script: string, env: Readonly<Record<string, string>> = {}): Helper {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), { env: { ...process.env, ...env } });
  return {
    pid: child.pid ?? 0,
    async ask(question) {
      child.send({ question });
      const answered = new AbortController();
      const { signal } = answered;
      const [answer] = await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(() =>
          Promise.reject(new Error(`${script} ended before it answered`)),
        ),
      ]).finally(() => answered.abort());
      if ('failed' in answer) throw new Error(`${script}: ${answer.failed}`);
      return answer.answer;
    },
    stop: () => end(child),
  };
}

export type Helper = {
  readonly pid: number;
  /** One question at a time. The caller knows the type of the answer: both ends are written here. */
  readonly ask: <Answer>(question: unknown) => Promise<Answer>;
  readonly stop: () => Promise<void>;
};

/** The helper's side: answers each question of the benchmark, one after the other. */
export function answerQuestions<Question>(answer: (question: Question) => Promise<unknown>): void {
  process.on('message', ({ question }: { question: Question }) => {
    answer(question).then(
      (value) => process.send?.({ answer: value ?? null }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.message : 'failed' }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export type RunningProduct = {
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
};

/** Starts the product as an operator does, and waits until it says that it is ready. */
export async function startProduct(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningProduct> {
  const nodeArgs = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== '');
  const child = spawn(process.execPath, [...nodeArgs, main, 'start', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const ready = /ready in [^\n]*\n/.exec(said)?.[0];
      // A process that serves nothing names no port.
      if (ready !== undefined) resolve(Number(/:(\d+)\n/.exec(ready)?.[1] ?? 0));
    });
    child.once('exit', () => reject(new Error('the product ended before it was ready')));
  });
  return { pid: child.pid ?? 0, port, stop: () => end(child) };
}
