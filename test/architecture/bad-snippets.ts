/** Each rule with a piece of code that breaks it: `[path, code, the sentence that must be reported]`. */
export const badSnippets: readonly (readonly [path: string, code: string, sentence: string])[] = [
  [
    'src/consent/consent.ts',
    `import type { Slot } from '#scheduling/slot.ts';`,
    'consent may not import scheduling',
  ],
  ['src/platform/log.ts', `import { seal } from '#security/index.ts';`, 'platform may not import security'],
  [
    'src/kernel/event.ts',
    `import type { Sql } from '#platform/db/sql.ts';`,
    'kernel may not import platform',
  ],
  ['src/policy/index.ts', `export * from '#messages/index.ts';`, 'policy may not import messages'],
  ['src/policy/index.ts', `import '#messages/index.ts';`, 'policy may not import messages'],
  ['src/policy/index.ts', `await import('#messages/index.ts');`, 'policy may not import messages'],
  [
    'src/policy/jobs.ts',
    `import {\n  a,\n  type B,\n} from '#messages/index.ts';`,
    'policy may not import messages',
  ],
  [
    'src/handoff/jobs.ts',
    `import { readThread, channels as all } from '#channels/index.ts';`,
    'handoff may not import channels of channels: only messages sends',
  ],
  [
    'src/conversation/jobs.ts',
    `import { render } from '#channels/meta/render.ts';`,
    'conversation may not import render of channels: only messages sends',
  ],
  [
    'src/messages/jobs.ts',
    `import { latest } from '#consent/views.ts';`,
    '#consent/views.ts is not what consent shares: import #consent/index.ts',
  ],
  [
    'src/consent/index.ts',
    `import { decide } from '#consent/consent.ts';`,
    'inside consent, write a relative path instead of #consent/consent.ts',
  ],
  [
    'src/consent/index.ts',
    `import { x } from '../policy/policy.ts';`,
    '../policy/policy.ts climbs out of consent',
  ],
  [
    'src/channels/meta/parse.ts',
    `import x from '../../../test/given.ts';`,
    '../../../test/given.ts climbs out of channels',
  ],
  ['src/analytics/views.ts', `import { x } from '#messages/index.ts';`, 'analytics may not import messages'],
  ['src/app.ts', `import { world } from '../sandbox/index.ts';`, 'sandbox may be imported only dynamically'],
  [
    'sandbox/meta/server.ts',
    `import { parse } from '#channels/index.ts';`,
    'sandbox may not import channels',
  ],
  [
    'sandbox/meta/server.ts',
    `import { x } from '../../src/app.ts';`,
    '../../src/app.ts climbs out of sandbox',
  ],
  ['web/inbox/Thread.tsx', `import { x } from '#handoff/index.ts';`, 'web may not import #handoff/index.ts'],
  [
    'src/intake/step.ts',
    `import { db } from '#platform/db/db.ts';`,
    'it is pure and may not import #platform/db/db.ts',
  ],
  [
    'src/intake/step.ts',
    `import { find } from '#mpi/index.ts';`,
    'it is pure and may not import #mpi/index.ts',
  ],
  [
    'src/intake/step.ts',
    `import { type Patient } from '#mpi/index.ts';`,
    'it is pure and may not import #mpi/index.ts',
  ],
  ['src/intake/step.ts', `import { list } from './views.ts';`, 'it is pure and may not import ./views.ts'],
  [
    'src/intake/step.ts',
    `import { readFile } from 'node:fs/promises';`,
    'it is pure and may not import node:fs/promises',
  ],
  ['src/intake/step.ts', `import pg from 'pg';`, 'it is pure and may not import pg'],
  ['src/kernel/ids.ts', `const at = Date.now();`, 'it is pure and may not use Date.now'],
  ['src/kernel/ids.ts', `const at = new Date();`, 'it is pure and may not use new Date()'],
  ['src/kernel/ids.ts', `const at = Temporal.Now.instant();`, 'it is pure and may not use Temporal.Now'],
  ['src/kernel/ids.ts', `const at = performance.now();`, 'it is pure and may not use performance.now'],
  ['src/kernel/ids.ts', `const id = Math.random();`, 'it is pure and may not use Math.random'],
  ['src/kernel/ids.ts', `const id = randomUUID();`, 'it is pure and may not use a random source'],
  ['src/kernel/ids.ts', `const port = process.env.PORT;`, 'it is pure and may not use process'],
  ['src/kernel/ids.ts', `const page = await fetch(url);`, 'it is pure and may not use fetch'],
  ['src/kernel/ids.test.ts', `test.only('x', () => {});`, 'a test may not be .only'],
  ['web/inbox/Thread.test.tsx', `describe.concurrent.skip('x', () => {});`, 'a test may not be .skip'],
];

/** What the rules allow, so that they do not become stricter unnoticed: `[path, code]`. */
export const goodSnippets: readonly (readonly [path: string, code: string])[] = [
  [
    'src/messages/jobs.ts',
    `import { latest } from '#consent/index.ts';\nimport { channel } from '#channels/index.ts';`,
  ],
  ['src/conversation/turn.ts', `import type { ConsentState } from '#consent/consent.ts';`],
  ['src/conversation/jobs.ts', `import { readThread, type Thread } from '#channels/index.ts';`],
  ['src/conversation/turn.ts', `import { messageStatuses } from '#channels/channel.ts';`],
  ['src/analytics/views.ts', `import { schema } from '#messages/events.ts';`],
  ['src/channels/meta/parse.ts', `import type { Channel } from '../channel.ts';`],
  ['src/channels/meta/parse.ts', `import { z } from 'zod';\nimport { createHmac } from 'node:crypto';`],
  ['src/consent/commands.ts', `import { db } from '#platform/db/db.ts';\nconst at = Date.now();`],
  [
    'src/kernel/words.ts',
    `// Date.now() belongs to the shell\nconst at = new Date(given); // https://x/ Math.random`,
  ],
  ['src/app.ts', `const { world } = await import('../sandbox/index.ts');`],
  [
    'sandbox/meta/server.ts',
    `import type { HttpRequest } from '#kernel/http.ts';\nimport { world } from '../world.ts';`,
  ],
  [
    'web/api.ts',
    `import type { Thread } from '#handoff/contract.ts';\nimport { maskPhone } from '#kernel/phi.ts';`,
  ],
  ['test/scenarios/books.ts', `import { send } from '#channels/index.ts';`],
];
