import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `int` uses a real PostgreSQL, started once by the global set-up. */
export default defineConfig({
  test: {
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
