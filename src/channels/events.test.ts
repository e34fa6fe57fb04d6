import { expect, test } from 'vitest';
import type { AccountEvent } from './events.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';
const where = { channel: 'meta', accountId: 'aurora-front-desk', at };

/** One of every kind, as today's program writes it. */
const today: readonly AccountEvent[] = [
  {
    type: 'AccountNewsHeard',
    data: { ...where, topic: 'template/visit_reminder/pt_BR', kind: 'template', code: 'rejected' },
    phi: {
      news: {
        kind: 'template',
        template: 'visit_reminder',
        language: 'pt_BR',
        status: 'rejected',
        reason: 'INVALID_FORMAT',
        details: 'Do not end with a variable.',
      },
    },
  },
  {
    type: 'AccountNewsHeard',
    data: { ...where, topic: 'restrictions', kind: 'restricted' },
    phi: {
      news: { kind: 'restricted', restrictions: [{ what: 'RESTRICTED_BIZ_INITIATED_MESSAGING', until: at }] },
    },
  },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
