import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds `package.json`. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export const migrationsDir = join(root, 'migrations');

/** The example practices, which the sandbox runs. */
export const examplePractices = join(root, 'practices');

/** The built page of the sandbox world. */
export const sandboxPageDir = join(root, 'dist', 'sandbox');

/** The built staff app. */
export const staffAppDir = join(root, 'dist', 'staff');
