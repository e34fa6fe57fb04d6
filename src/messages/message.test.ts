import { describe, expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { accepted, rejected, retry, unknown } from '#kernel/outcome.ts';
import { given } from '../../test/given.ts';
import type { MessageEvent } from './events.ts';
import { maxAttempts, message } from './message.ts';

const at = '2026-11-22T10:00:00.000Z';
const content = { kind: 'text', text: 'And your date of birth?' } as const;

const queued: MessageEvent = {
  type: 'MessageQueued',
  data: { conversationId: 'c1', purpose: 'reply', dataClass: 'none', kind: 'text', at },
  phi: { content },
};
const claimed: MessageEvent = { type: 'MessageClaimed', data: { attempt: 1, at } };
const taken: MessageEvent = { type: 'MessageAccepted', data: { at }, phi: { externalId: 'wamid.1' } };
const doubtful: MessageEvent = { type: 'MessageOutcomeUnknown', data: { code: 'TIMEOUT', at } };
const status = (value: 'sent' | 'delivered' | 'read' | 'failed', code?: string): MessageEvent => ({
  type: 'MessageStatusChanged',
  data: { status: value, ...(code === undefined ? {} : { code }), at },
});
const report = (value: 'sent' | 'delivered' | 'read' | 'failed') =>
  ({ type: 'RecordStatus', status: value, externalId: 'wamid.1', at }) as const;

describe('sending', () => {
  test('what the message says is patient data, that it exists is not', () =>
    given(message)
      .when({ type: 'QueueMessage', conversationId: 'c1', purpose: 'reply', dataClass: 'none', content, at })
      .then(queued));

  test('a message is claimed once: the second worker is refused', () =>
    given(message, queued, claimed).when({ type: 'ClaimMessage', at }).refused('NOT_QUEUED'));

  test('an answer that takes it settles it', () =>
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: accepted({ externalId: 'wamid.1' }), at })
      .then(taken));

  test('a refusal for good is not tried again', () =>
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: rejected('OUTSIDE_WINDOW'), at })
      .then({ type: 'MessageRejected', data: { code: 'OUTSIDE_WINDOW', at } }));

  test('what was provably not sent waits as long as the provider says', () =>
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: retry('PAIR_RATE', 6_000), at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'PAIR_RATE', notBefore: '2026-11-22T10:00:06.000Z', at },
      }));

  test('without a word from the provider the wait doubles', () => {
    const third: MessageEvent = { type: 'MessageClaimed', data: { attempt: 3, at } };
    given(message, queued, third)
      .when({ type: 'RecordOutcome', outcome: retry('UNAVAILABLE'), at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'UNAVAILABLE', notBefore: '2026-11-22T10:00:08.000Z', at },
      });
  });

  test('after the last attempt it is given up', () => {
    const last: MessageEvent = { type: 'MessageClaimed', data: { attempt: maxAttempts, at } };
    given(message, queued, last)
      .when({ type: 'RecordOutcome', outcome: retry('UNAVAILABLE'), at })
      .then({ type: 'MessageRejected', data: { code: 'UNAVAILABLE', at } });
  });
});

describe('in doubt', () => {
  test('an ambiguous answer parks the message instead of sending it again', () => {
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: unknown('TIMEOUT'), at })
      .then(doubtful);
    given(message, queued, claimed, doubtful).when({ type: 'ClaimMessage', at }).refused('NOT_QUEUED');
  });

  test('a claim whose process died is in doubt too', () =>
    given(message, queued, claimed)
      .when({ type: 'DoubtClaim', at })
      .then({ type: 'MessageOutcomeUnknown', data: { code: 'NO_OUTCOME', at } }));

  test('a status that carries our id proves that the provider took it', () =>
    given(message, queued, claimed, doubtful).when(report('sent')).then(taken, status('sent')));

  test('a status may overtake the answer of the very call that sent it', () => {
    given(message, queued, claimed).when(report('sent')).then(taken, status('sent'));
    given(message, queued, claimed, taken, status('sent'))
      .when({ type: 'RecordOutcome', outcome: accepted({ externalId: 'wamid.1' }), at })
      .then();
    given(message, queued, claimed, taken, status('sent'))
      .when({ type: 'RecordOutcome', outcome: unknown('TIMEOUT'), at })
      .then();
  });

  test('when no status came in time it may be sent again, but not for ever', () => {
    given(message, queued, claimed, doubtful)
      .when({ type: 'StopWaiting', waitedSeconds: 30, at })
      .then({ type: 'MessageGivenUpWaiting', data: { waitedSeconds: 30, at } });
    const last: MessageEvent = { type: 'MessageClaimed', data: { attempt: maxAttempts, at } };
    given(message, queued, last, doubtful)
      .when({ type: 'StopWaiting', waitedSeconds: 30, at })
      .then({ type: 'MessageRejected', data: { code: 'GAVE_UP', at } });
  });
});

describe('statuses never go backwards', () => {
  const orders = [
    ['sent', 'delivered', 'read'],
    ['read', 'delivered', 'sent'],
    ['delivered', 'sent', 'read', 'sent', 'delivered'],
    ['read', 'read', 'failed'],
  ] as const;

  test.each(orders.map((order) => [order.join(', '), order] as const))('%s ends as read', (_, order) => {
    const events = order.reduce<MessageEvent[]>(
      (past, value) => {
        const decided = message.decide(report(value), fold(message, past));
        return 'refused' in decided ? past : past.concat(decided);
      },
      [queued, claimed, taken],
    );
    expect(fold(message, events).status).toBe('read');
  });

  test('a failure may follow sent, with the code that says why', () =>
    given(message, queued, claimed, taken, status('sent'))
      .when({ ...report('failed'), code: '131026' })
      .then(status('failed', '131026')));

  test('a status for a message that was never sent changes nothing', () => {
    given(message).when(report('sent')).then();
    const blocked: MessageEvent = { type: 'MessageBlocked', data: { reason: 'OPTED_OUT', at } };
    given(message, queued, blocked).when(report('sent')).then();
  });
});
