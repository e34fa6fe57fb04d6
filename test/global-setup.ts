import type { TestProject } from 'vitest/node';
import { startTestServer } from './database-server.ts';
import { createTemplate, execute } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the run's server. */
    databaseServer: string;
    /** The name of the migrated database to copy. */
    databaseTemplate: string;
  }
}

/** Vitest calls this once before the project's first test; what it returns, after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  try {
    const template = await createTemplate(server.url);
    project.provide('databaseServer', server.url);
    project.provide('databaseTemplate', template);
    return async () => {
      await execute(server.url, `drop database ${template} with (force)`);
      await server.stop();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
