/**
 * Places for calls that are under way at the same time. Whoever finds none waits, as long as others leave: a system that answers
 * serves them all in a while. Where nobody leaves, nobody waits, so that no worker stands in a queue before a system that hangs.
 */
export type Turnstile = {
  /** False where no place came free: the call is to be made later. */
  readonly enter: () => Promise<boolean>;
  readonly leave: () => void;
};

/** Milliseconds without anybody leaving after which waiting is given up. */
export const patienceMs = 1_000;

type Waiter = { readonly go: (entered: boolean) => void };

export function createTurnstile(places: number): Turnstile {
  let taken = 0;
  let waiting: Waiter[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Nobody left for as long as patience lasts: those who come now do not wait. */
  let isStuck = false;

  function giveUp(): void {
    isStuck = true;
    const all = waiting;
    waiting = [];
    for (const { go } of all) go(false);
  }

  return {
    async enter() {
      if (taken < places) {
        taken += 1;
        return true;
      }
      if (isStuck) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      waiting.push({ go: resolve });
      timer ??= setTimeout(giveUp, patienceMs);
      return await promise;
    },

    leave() {
      isStuck = false;
      clearTimeout(timer);
      timer = undefined;
      const [next, ...others] = waiting;
      waiting = others;
      if (next === undefined) taken -= 1;
      else next.go(true);
      if (waiting.length > 0) timer = setTimeout(giveUp, patienceMs);
    },
  };
}
