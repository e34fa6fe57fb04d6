import { expect, test } from 'vitest';
import type { ChannelEvent } from '#channels/channel.ts';
import { newsOf } from './news.ts';

const place = {
  channel: 'meta',
  accountId: 'front-desk',
  receivedAt: '2026-11-23T12:00:00.000Z',
  pausing: new Set(['PAYMENT_PROBLEM']),
};
const at = '2026-11-23T09:10:11.000Z';
const of = (event: ChannelEvent) =>
  newsOf(event, place).map(({ news, identity, at }) => ({ kind: news.kind, identity, at }));

const said = {
  type: 'message',
  externalId: 'w1',
  at,
  from: { phone: '5511' },
  content: { kind: 'text', text: 'oi' },
} as const;
const notice = { type: 'notice', what: 'security', key: 'abc', known: true } as const;
const handover = { kind: 'handover', event: 'control-passed', to: 'ai-agent' } as const;
const status = { type: 'status', externalId: 'w1', at, recipient: { phone: '5511' } } as const;

test.each<[string, ChannelEvent, object[]]>([
  ['a message', said, []],
  [
    'a message for another app',
    { ...said, standby: true },
    [{ kind: 'standby', identity: 'standby/2026-11-23', at }],
  ],
  ['a notice of nothing', notice, []],
  [
    'a notice without a time was so when it came',
    { ...notice, about: { kind: 'security', event: 'pin-changed' } },
    [{ kind: 'security', identity: 'notice/abc', at: place.receivedAt }],
  ],
  [
    'a handover',
    { ...notice, about: handover, at },
    [{ kind: 'handover', identity: 'handover/control-passed/ai-agent/2026-11-23', at }],
  ],
  ['a status', { ...status, status: 'delivered' }, []],
  ['one patient’s failure', { ...status, status: 'failed', code: 'UNDELIVERABLE' }, []],
  [
    'the account’s failure',
    { ...status, status: 'failed', code: 'PAYMENT_PROBLEM' },
    [{ kind: 'failing', identity: 'failing/PAYMENT_PROBLEM/2026-11-23T09', at }],
  ],
])('%s', (_, event, expected) => {
  expect(of(event)).toEqual(expected);
});
