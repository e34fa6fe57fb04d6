import { expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('an empty environment is the sandbox on one machine', () => {
  expect(readConfig({})).toMatchObject({
    production: false,
    port: 8080,
    host: '127.0.0.1',
    publicUrl: 'http://localhost:8080',
    databaseUrl: undefined,
    dataDir: './.vestibule',
    keys: 'file:./.vestibule/keys.json',
    metricsPort: 9464,
    limits: { maxSockets: 4096, deliveryMemoryBytes: 48 * 1024 * 1024, otherMemoryBytes: 16 * 1024 * 1024 },
  });
});

test('a variable that is set to nothing counts as absent', () => {
  expect(readConfig({ DATABASE_URL: '', PORT: '' }).port).toBe(8080);
});

test('all problems are told at once: which setting, what was expected, never its value', () => {
  const problems = problemsOf({
    PORT: 'eighty',
    DATABASE_URL: 'mysql://secret@host',
    LOG_LEVEL: 'loud',
    VESTIBULE_API_TOKEN: 'hunter2',
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'PORT',
    'DATABASE_URL',
    'VESTIBULE_API_TOKEN',
    'LOG_LEVEL',
  ]);
  expect(problems.join()).not.toMatch(/secret|hunter2|eighty|loud/);
  expect(problems.join()).toContain('postgresql://user:password@host:5432/vestibule');
});

test('production refuses generated keys, the sandbox and a plain address', () => {
  const problems = problemsOf({ NODE_ENV: 'production' });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'VESTIBULE_KEYS',
    'VESTIBULE_PRACTICES',
    'PUBLIC_URL',
  ]);
  const right = {
    NODE_ENV: 'production',
    VESTIBULE_KEYS: 'file:/etc/vestibule/keys.json',
    VESTIBULE_PRACTICES: '/etc/vestibule/practices',
  };
  expect(problemsOf({ ...right, PUBLIC_URL: 'http://intake.example' })).toHaveLength(1);
  expect(problemsOf({ ...right, PUBLIC_URL: 'https://intake.example' })).toEqual([]);
});
