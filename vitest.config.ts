import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `int` uses a real PostgreSQL, started once by the global set-up. */
export default defineConfig({
  test: {
    // Much of a run is waiting, for time-outs and for other processes; by default two cores would get one worker.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,sandbox,test,scripts,web}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.int.test.ts', 'test/scenarios/**'],
        },
      },
      {
        test: {
          name: 'int',
          include: ['{src,sandbox,test,scripts}/**/*.int.test.ts', 'test/scenarios/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
