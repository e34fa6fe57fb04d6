import { defineConfig } from 'vitest/config';

/** A time limit ends a test that hangs; how fast a thing is, benchmarks say. So it is generous: a slow machine is no failure. */
const patience = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // A second by default.
  expect: { poll: { timeout: 120_000 } },
};

/** `unit` needs nothing but Node; `int` uses a real PostgreSQL, started once by the global set-up. */
export default defineConfig({
  test: {
    // Much of a run is waiting, for time-outs and for other processes; two cores would get one worker by default.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          // Their subjects are pure, so files share what is loaded: half of the processor time went into loading it anew for each.
          isolate: false,
          include: ['{src,sandbox,test,scripts,web,chaos}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.int.test.ts', 'test/scenarios/**'],
          ...patience,
        },
      },
      {
        test: {
          name: 'int',
          include: ['{src,sandbox,test,scripts}/**/*.int.test.ts', 'test/scenarios/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          ...patience,
        },
      },
    ],
  },
});
