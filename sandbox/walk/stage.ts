import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Bubble, Phone } from '../phone/index.ts';
import { isAllSent, type WalkEvent } from './legs.ts';
import type { Act } from './patient.ts';

/** The walk got stuck: what was waited for did not come in time. */
export class Stuck extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'Stuck';
  }
}

export type StageOptions = {
  /** Where the product's web role listens, with the sandbox world beside it. */
  readonly productUrl: string;
  readonly apiToken: string;
  readonly practiceId: string;
  readonly phone: Phone;
  readonly patientId: string;
  readonly accountId: string;
  readonly signal: AbortSignal;
};

/** What a walk sees and does. */
export type Stage = {
  readonly bubbles: () => readonly Bubble[];
  readonly events: () => readonly WalkEvent[];
  readonly act: (act: Act) => void;
  /** Waits until `check` holds; it is asked again at every change. @throws Stuck */
  readonly until: (check: () => boolean, what: string) => Promise<void>;
  /** Waits until what is to be heard was heard; goes on without it in the end. */
  readonly settle: () => Promise<void>;
  /** Moves the clock of everything to this instant (milliseconds), where it is not there yet. */
  readonly moveClockTo: (instant: number) => Promise<void>;
  readonly now: () => Promise<number>;
};

/** Milliseconds that anything may take, on a busy machine. */
const patienceMs = 60_000;
const settleMs = 5_000;

/** Milliseconds between two looks at what does not tell of itself. */
const lookEveryMs = 100;

const timelinePage = z.object({
  events: z.array(z.object({ at: z.string(), stream: z.string(), type: z.string(), data: z.unknown() })),
  next: z.string(),
});

const clock = z.object({ now: z.iso.datetime() });

export function openStage(options: StageOptions): Stage {
  const { productUrl, phone, patientId, accountId, signal } = options;
  const events: WalkEvent[] = [];
  let next: string | undefined;

  async function ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(new URL(path, productUrl), { ...init, signal });
    if (!response.ok) throw new Error(`${path.split('?')[0]}: ${response.status}`);
    return await response.json();
  }

  async function readTimeline(): Promise<void> {
    for (;;) {
      const query = new URLSearchParams({ practice: options.practiceId, limit: '1000' });
      if (next !== undefined) query.set('after', next);
      const headers = { authorization: `Bearer ${options.apiToken}` };
      const page = timelinePage.parse(await ask(`/api/timeline?${query}`, { headers }));
      events.push(...page.events);
      next = page.next;
      if (page.events.length === 0) return;
    }
  }

  const bubbles = () => phone.chat(patientId, accountId).messages;

  /** False when the time is over. */
  async function holds(check: () => boolean, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      await readTimeline();
      if (check()) return true;
      if (performance.now() > deadline) return false;
      await wait(lookEveryMs, undefined, { signal });
    }
  }

  const now = async () => Date.parse(clock.parse(await ask('/sandbox/api/world')).now);

  return {
    bubbles,
    events: () => events,
    act(act) {
      const content =
        act.do === 'say'
          ? ({ kind: 'text', text: act.text } as const)
          : ({ kind: 'tap', messageId: act.messageId, choiceId: act.choice.id } as const);
      phone.seen(patientId, accountId);
      phone.send(patientId, accountId, content);
    },
    async until(check, what) {
      if (!(await holds(check, patienceMs))) throw new Stuck(what);
    },
    async settle() {
      await holds(() => isAllSent(events), settleMs);
    },
    now,
    async moveClockTo(instant) {
      const advanceSeconds = Math.ceil((instant - (await now())) / 1000);
      if (advanceSeconds < 1) return;
      await ask('/sandbox/api/clock', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advanceSeconds }),
      });
    },
  };
}
