import { describe, expect, test } from 'vitest';
import { type News, topicOf } from '../news.ts';
import { factsOf, latestNews, type Noted, problemsOf } from './health.ts';

const now = '2026-11-23T10:00:00.000Z';
const context = { now, usesTemplate: (name: string) => name === 'visit_reminder' };

let count = 0;
const noted = (news: News, at = '2026-11-23T09:00:00.000Z'): Noted => ({
  key: `k${++count}`,
  topic: topicOf(news),
  at,
  news,
});

const codes = (...all: Noted[]) => problemsOf(all, context).map(({ code, level }) => `${level} ${code}`);

const template = { template: 'visit_reminder', language: 'pt_BR' };
const other = { template: 'newsletter', language: 'pt_BR' };

describe('what each kind of news means', () => {
  const cases: readonly (readonly [string, News, readonly string[]])[] = [
    ['deleted', { kind: 'deleted' }, ['stop deleted']],
    ['disabled', { kind: 'disabled', scheduled: false }, ['stop disabled']],
    [
      'to be disabled',
      { kind: 'disabled', scheduled: true, from: '2026-12-01T00:00:00.000Z' },
      ['warn will-be-disabled'],
    ],
    [
      'disabled as announced',
      { kind: 'disabled', scheduled: true, from: '2026-11-20T00:00:00.000Z' },
      ['stop disabled'],
    ],
    ['reinstated', { kind: 'reinstated' }, []],
    [
      'restricted, one of two over',
      {
        kind: 'restricted',
        restrictions: [
          { what: 'RESTRICTED_BIZ_INITIATED_MESSAGING', until: '2026-11-25T00:00:00.000Z' },
          { what: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION', until: '2026-11-22T00:00:00.000Z' },
        ],
      },
      ['warn restricted-reminders'],
    ],
    [
      'no answers either',
      { kind: 'restricted', restrictions: [{ what: 'RESTRICTED_CUSTOMER_INITIATED_MESSAGING' }] },
      ['stop restricted-replies'],
    ],
    [
      'a new restriction',
      { kind: 'restricted', restrictions: [{ what: 'RESTRICTED_SOMETHING' }] },
      ['note restricted'],
    ],
    ['disconnected', { kind: 'disconnected' }, ['warn disconnected']],
    ['connected', { kind: 'connected' }, []],
    ['violation', { kind: 'violation', violation: 'HEALTHCARE' }, ['warn violation']],
    ['review', { kind: 'review', decision: 'rejected' }, ['warn review-rejected']],
    ['low quality', { kind: 'quality', quality: 'low' }, ['warn quality-low']],
    ['medium quality', { kind: 'quality', quality: 'medium' }, ['note quality-medium']],
    ['high quality', { kind: 'quality', quality: 'high' }, []],
    ['name', { kind: 'name', decision: 'rejected', reason: 'NAME_TOO_GENERIC' }, ['warn name-rejected']],
    ['our template', { kind: 'template', ...template, status: 'paused' }, ['warn template-paused']],
    ['another template', { kind: 'template', ...other, status: 'disabled' }, []],
    ['approved', { kind: 'template', ...template, status: 'approved' }, []],
    [
      'low template',
      { kind: 'template-quality', ...template, quality: 'low' },
      ['note template-quality-low'],
    ],
    [
      'marketing',
      { kind: 'template-category', ...template, category: 'marketing', before: 'utility' },
      ['warn template-marketing'],
    ],
    [
      'always was',
      { kind: 'template-category', ...template, category: 'marketing', before: 'marketing' },
      [],
    ],
    ['security', { kind: 'security', event: 'pin-changed' }, ['warn security']],
    ['another app', { kind: 'standby' }, ['warn another-app']],
    ['handed over', { kind: 'handover', event: 'control-passed' }, []],
    ['alert', { kind: 'alert', alert: 'OBA_APPROVED', severity: 'informational' }, []],
    [
      'critical',
      { kind: 'alert', alert: 'INCREASED_CAPABILITIES_DENIED', severity: 'critical', status: 'active' },
      ['warn alert'],
    ],
    ['over', { kind: 'alert', alert: 'PROFILE_PICTURE_LOST', severity: 'critical', status: 'resolved' }, []],
    ['paused', { kind: 'paused', code: 'TOKEN_EXPIRED' }, ['stop paused']],
    ['failing', { kind: 'failing', code: 'PAYMENT_PROBLEM' }, ['stop paused']],
    ['silent', { kind: 'silent', since: '2026-11-23T08:00:00.000Z', expected: 12 }, ['warn silent']],
    [
      'statuses',
      { kind: 'statuses-silent', since: '2026-11-23T08:00:00.000Z', messages: 4 },
      ['warn statuses-silent'],
    ],
    ['other', { kind: 'other', what: 'account_update.AD_ACCOUNT_LINKED' }, []],
  ];
  test.each(cases)('%s', (_, news, expected) => expect(codes(noted(news))).toEqual(expected));
});

const earlier = '2026-11-22T09:00:00.000Z';

test.each<[string, News, News]>([
  ['a ban', { kind: 'disabled', scheduled: false }, { kind: 'reinstated' }],
  [
    'a template',
    { kind: 'template', ...template, status: 'paused' },
    { kind: 'template', ...template, status: 'approved' },
  ],
  ['a pause', { kind: 'paused', code: 'PAYMENT_PROBLEM' }, { kind: 'resumed' }],
  ['a disconnection', { kind: 'disconnected' }, { kind: 'connected' }],
  ['low quality', { kind: 'quality', quality: 'low' }, { kind: 'quality', quality: 'high' }],
])('%s ends by later news, in whatever order they come', (_, begins, ends) => {
  expect(codes(noted(begins, earlier), noted(ends))).toEqual([]);
  expect(codes(noted(ends), noted(begins, earlier))).toEqual([]);
  expect(codes(noted(ends, earlier), noted(begins))).toHaveLength(1);
});

test('a silence is over with the first message, though nobody has written down its end yet', () => {
  const silence = noted({ kind: 'silent', since: earlier, expected: 12 });
  const untold = noted({ kind: 'statuses-silent', since: earlier, messages: 4 });
  const seen = { ...context, lastInboundAt: now, lastStatusAt: now };
  expect(problemsOf([silence, untold], seen)).toEqual([]);
  expect(
    problemsOf([silence, untold], { ...context, lastInboundAt: earlier, lastStatusAt: earlier }),
  ).toHaveLength(2);
});

test('what failed afterwards is over once something is delivered', () => {
  const failing = noted({ kind: 'failing', code: 'PAYMENT_PROBLEM' }, earlier);
  expect(
    problemsOf([failing], { ...context, now: '2026-11-22T20:00:00.000Z', lastDeliveredAt: now }),
  ).toEqual([]);
  expect(problemsOf([failing], { ...context, now: '2026-11-22T20:00:00.000Z' })).toHaveLength(1);
  expect(problemsOf([failing], context)).toEqual([]);
});

test('the worst comes first; what nobody ends is shown for a while only', () => {
  const old = '2026-10-20T09:00:00.000Z';
  const all = [
    noted({ kind: 'quality', quality: 'medium' }),
    noted({ kind: 'violation', violation: 'DRUGS' }, old),
    noted({ kind: 'security', event: 'pin-changed' }, old),
    noted({ kind: 'standby' }, old),
    noted({ kind: 'template', ...template, status: 'rejected' }, old),
    noted({ kind: 'paused', code: 'TOKEN_EXPIRED' }),
  ];
  expect(codes(...all)).toEqual(['stop paused', 'warn template-rejected', 'note quality-medium']);
});

/** Every order of a short list. */
function orders<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

test('the same news in any order and any number of times lead to the same state', () => {
  const all: readonly Noted[] = [
    noted({ kind: 'disabled', scheduled: false }, earlier),
    noted({ kind: 'reinstated' }),
    // At one and the same moment.
    noted({ kind: 'template', ...template, status: 'paused' }),
    noted({ kind: 'template', ...template, status: 'approved' }),
    noted({ kind: 'limit', dailyRecipients: 250 }, earlier),
    noted({ kind: 'limit', dailyRecipients: 'none', number: '5511' }),
  ];
  const state = (list: readonly Noted[]) => ({
    latest: [...latestNews(list)].toSorted(([a], [b]) => a.localeCompare(b)),
    problems: problemsOf(list, context),
    facts: factsOf(list),
  });
  const expected = state(all);
  expect(expected.facts.dailyRecipients).toBe('none');
  for (const order of orders(all)) {
    expect(state(order)).toEqual(expected);
    expect(state([...order, ...order.slice(2), ...order])).toEqual(expected);
  }
});
