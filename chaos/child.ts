import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Processes of the world under fire: each is asked, tells, and may be killed at any moment. */
export type Child = {
  readonly pid: number;
  /** Rejects when the process ends before it has answered. */
  readonly ask: <Answer>(question: object) => Promise<Answer>;
  /** Says something that needs no answer; nothing happens where nobody lives. */
  readonly tell: (message: object) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
  readonly isAlive: () => boolean;
};

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote to standard error. */
  readonly said: string;
};

export class ChildEnded extends Error {
  readonly said: string;

  constructor(script: string, said: string) {
    super(`${script} ended before it answered`);
    this.name = 'ChildEnded';
    this.said = said;
  }
}

/** Where the program keeps what Node compiled: a process that is started again and again begins sooner. */
const compileCache = fileURLToPath(new URL('../node_modules/.cache/vestibule', import.meta.url));

/** Characters of standard error that are kept. */
const keptOutput = 4_000;

type Answered = { readonly id: number; readonly answer?: unknown; readonly failed?: string };

/**
 * Starts a script of this folder. Its environment is all that it sees: a setting of the developer's changes no run.
 * @param logFile where its standard error is written too
 */
export function startChild(script: string, env: Readonly<Record<string, string>>, logFile?: string): Child {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: {
      PATH,
      HOME,
      NODE_COMPILE_CACHE: compileCache,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-keptOutput);
    if (logFile !== undefined) appendFileSync(logFile, chunk);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, said }));
    child.once('error', () => resolve({ code: null, signal: null, said }));
  });
  return {
    pid: child.pid ?? 0,
    ask: asker(child, script, ended),
    tell: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    kill: (signal) => void child.kill(signal),
    ended,
    isAlive: () => child.exitCode === null && child.signalCode === null,
  };
}

function asker(child: ChildProcess, script: string, ended: Promise<Ended>): Child['ask'] {
  let lastId = 0;
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  child.on('message', (message) => {
    // Both ends of the channel are written here.
    const { id, answer, failed } = message as Answered;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (failed === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(`${script}: ${failed}`));
  });
  void ended.then(({ said }) => {
    for (const { reject } of waiting.values()) reject(new ChildEnded(script, said));
  });
  return async <Answer>(question: object) => {
    if (!child.connected) throw new ChildEnded(script, (await ended).said);
    lastId += 1;
    const id = lastId;
    const answered = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    child.send({ id, question }, () => undefined);
    // The script of this name answers this question with this type.
    return (await answered) as Answer;
  };
}

/** The child's side: answers questions, several at once, and ends with its parent. */
export function answerParent<Question>(
  answer: (question: Question) => unknown | Promise<unknown>,
  onTold: (message: Readonly<Record<string, unknown>>) => void = () => {},
): void {
  const reply = (id: number, rest: object) => process.send?.({ id, ...rest });
  process.on('message', (message) => {
    // As `ask` and `tell` sent it.
    const { id, question } = message as { id?: number; question?: Question };
    if (id === undefined || question === undefined) return onTold(message as Record<string, unknown>);
    Promise.resolve()
      .then(() => answer(question))
      .then(
        (value) => reply(id, { answer: value ?? null }),
        (error: unknown) => reply(id, { failed: error instanceof Error ? error.message : 'failed' }),
      );
  });
  process.on('disconnect', () => process.exit());
}

/** Ends a process that may be gone already, and waits for its end. */
export async function endChild(child: Child, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.isAlive()) child.kill(signal);
  await child.ended;
}
