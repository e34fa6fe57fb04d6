import { describe, expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { accepted, accountRetry, rejected, retry, retryAtMost, unknown } from '#kernel/outcome.ts';
import { given } from '../../test/given.ts';
import type { MessageEvent } from './events.ts';
import { heldUp, type MessageCommand, maxAttempts, message } from './message.ts';

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
const open: MessageEvent = { type: 'MessageUnresolved', data: { waitedSeconds: 30, at } };
const again: MessageEvent = { type: 'MessageSendAgainAsked', data: { by: 's1', at } };
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
      .when({ type: 'RecordOutcome', outcome: accepted({ externalId: 'wamid.1' }), attempt: 1, at })
      .then(taken));

  test('a refusal for good is not tried again', () =>
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: rejected('OUTSIDE_WINDOW'), attempt: 1, at })
      .then({ type: 'MessageRejected', data: { code: 'OUTSIDE_WINDOW', at } }));

  test('what was provably not sent waits as long as the provider says', () =>
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: retry('PAIR_RATE', 6_000), attempt: 1, at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'PAIR_RATE', notBefore: '2026-11-22T10:00:06.000Z', at },
      }));

  test('without a word from the provider the wait doubles', () => {
    const third: MessageEvent = { type: 'MessageClaimed', data: { attempt: 3, at } };
    given(message, queued, third)
      .when({ type: 'RecordOutcome', outcome: retry('UNAVAILABLE'), attempt: 3, at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'UNAVAILABLE', notBefore: '2026-11-22T10:00:08.000Z', at },
      });
  });

  test('after the last attempt it is given up', () => {
    const last: MessageEvent = { type: 'MessageClaimed', data: { attempt: maxAttempts, at } };
    given(message, queued, last)
      .when({ type: 'RecordOutcome', outcome: retry('UNAVAILABLE'), attempt: maxAttempts, at })
      .then({ type: 'MessageRejected', data: { code: 'UNAVAILABLE', at } });
  });

  test('an answer that is final after some times is counted by itself', () => {
    const claim = (attempt: number): MessageEvent => ({ type: 'MessageClaimed', data: { attempt, at } });
    const put = (code: string): MessageEvent => ({
      type: 'MessageDeferred',
      data: { code, notBefore: at, at },
    });
    const busy = [1, 2, 3].flatMap((n) => [claim(n), put('THROUGHPUT_REACHED')]);
    const past = [queued, ...busy, claim(4), put('SOMETHING_WENT_WRONG'), claim(5)] as const;
    const outcome = retryAtMost('SOMETHING_WENT_WRONG', 3);
    given(message, ...past)
      .when({ type: 'RecordOutcome', outcome, attempt: 5, at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'SOMETHING_WENT_WRONG', notBefore: '2026-11-22T10:00:32.000Z', at },
      });
    given(message, ...past, put('SOMETHING_WENT_WRONG'), claim(6))
      .when({ type: 'RecordOutcome', outcome, attempt: 6, at })
      .then({ type: 'MessageRejected', data: { code: 'SOMETHING_WENT_WRONG', at } });
    // A person who has it sent again gives it all its attempts.
    given(message, ...past, put('SOMETHING_WENT_WRONG'), claim(6), doubtful, open, again, claim(7))
      .when({ type: 'RecordOutcome', outcome, attempt: 7, at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'SOMETHING_WENT_WRONG', notBefore: '2026-11-22T10:00:02.000Z', at },
      });
  });
});

describe('in doubt', () => {
  test('an ambiguous answer parks the message instead of sending it again', () => {
    given(message, queued, claimed)
      .when({ type: 'RecordOutcome', outcome: unknown('TIMEOUT'), attempt: 1, at })
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
      .when({ type: 'RecordOutcome', outcome: accepted({ externalId: 'wamid.1' }), attempt: 1, at })
      .then();
    given(message, queued, claimed, taken, status('sent'))
      .when({ type: 'RecordOutcome', outcome: unknown('TIMEOUT'), attempt: 1, at })
      .then();
  });

  test('a status that says it did not arrive is a refusal with its code', () =>
    given(message, queued, claimed, doubtful)
      .when({ ...report('failed'), code: 'UNDELIVERABLE' })
      .then(
        { type: 'MessageRejected', data: { code: 'UNDELIVERABLE', at } },
        status('failed', 'UNDELIVERABLE'),
      ));

  test('when no status came in time it is reported, and not sent again', () => {
    given(message, queued, claimed, doubtful).when({ type: 'StopWaiting', waitedSeconds: 30, at }).then(open);
    given(message, queued, claimed, doubtful, open).when({ type: 'ClaimMessage', at }).refused('NOT_QUEUED');
  });

  test('a status that comes after the report settles it all the same', () => {
    given(message, queued, claimed, doubtful, open)
      .when(report('delivered'))
      .then(taken, status('delivered'));
    given(message, queued, claimed, doubtful, open)
      .when({ ...report('failed'), code: '131026' })
      .then({ type: 'MessageRejected', data: { code: '131026', at } }, status('failed', '131026'));
  });

  test('a person may have it sent again, and nobody else', () => {
    given(message, queued, claimed, doubtful, open).when({ type: 'SendAgain', by: 's1', at }).then(again);
    given(message, queued, claimed, doubtful, open, again)
      .when({ type: 'ClaimMessage', at })
      .then({ type: 'MessageClaimed', data: { attempt: 2, at } });
    for (const past of [[queued], [queued, claimed], [queued, claimed, doubtful], [queued, claimed, taken]]) {
      given(message, ...past)
        .when({ type: 'SendAgain', by: 's1', at })
        .refused('NOT_UNRESOLVED');
    }
  });

  test('a status that comes before the second send saves it', () => {
    given(message, queued, claimed, doubtful, open, again).when(report('sent')).then(taken, status('sent'));
    given(message, queued, claimed, doubtful, open, again, taken, status('sent'))
      .when({ type: 'ClaimMessage', at })
      .refused('NOT_QUEUED');
    // That the first did not arrive is what the second is for.
    given(message, queued, claimed, doubtful, open, again).when(report('failed')).then();
  });
});

describe('an answer that comes late', () => {
  const second: MessageEvent = { type: 'MessageClaimed', data: { attempt: 2, at } };
  const answer = (outcome: Extract<MessageCommand, { type: 'RecordOutcome' }>['outcome']) =>
    ({ type: 'RecordOutcome', outcome, attempt: 1, at }) as const;
  const yes = answer(accepted({ externalId: 'wamid.1' }));

  test('"taken" is true whenever it is learned', () => {
    for (const past of [
      [doubtful],
      [doubtful, open],
      [doubtful, open, again],
      [doubtful, open, again, second],
    ])
      given(message, queued, claimed, ...past)
        .when(yes)
        .then(taken);
  });

  test('"not sent" proves that it may be sent, also after the report', () =>
    given(message, queued, claimed, doubtful, open)
      .when(answer(retry('HELD_UP', 0)))
      .then({ type: 'MessageDeferred', data: { code: 'HELD_UP', notBefore: at, at } }));

  test('"not sent" of the first says nothing of the second', () =>
    given(message, queued, claimed, doubtful, open, again, second)
      .when(answer(retry('HELD_UP', 0)))
      .refused('NOT_CLAIMED'));

  test('a call that was not made is no attempt, however often', () => {
    const past = Array.from({ length: maxAttempts + 1 }, (_, n): MessageEvent[] => [
      { type: 'MessageClaimed', data: { attempt: n + 1, at } },
      { type: 'MessageDeferred', data: { code: heldUp, notBefore: at, at } },
    ]).flat();
    const attempt = maxAttempts + 2;
    given(message, queued, ...past, { type: 'MessageClaimed', data: { attempt, at } })
      .when({ type: 'RecordOutcome', outcome: retry(heldUp, 0), attempt, at })
      .then({ type: 'MessageDeferred', data: { code: heldUp, notBefore: at, at } });
  });

  test('an account that may not send costs a message none of its attempts', () => {
    const locked = { code: 'ACCOUNT_LOCKED', notBefore: at, paused: true, at } as const;
    const past = Array.from({ length: maxAttempts + 1 }, (_, n): MessageEvent[] => [
      { type: 'MessageClaimed', data: { attempt: n + 1, at } },
      { type: 'MessageDeferred', data: locked },
    ]).flat();
    const attempt = maxAttempts + 2;
    given(message, queued, ...past, { type: 'MessageClaimed', data: { attempt, at } })
      .when({ type: 'RecordOutcome', outcome: accountRetry('ACCOUNT_LOCKED', 0), attempt, at })
      .then({ type: 'MessageDeferred', data: locked });
    // Its own troubles still count from the first.
    given(message, queued, ...past, { type: 'MessageClaimed', data: { attempt, at } })
      .when({ type: 'RecordOutcome', outcome: retry('API_SERVICE', 0), attempt, at })
      .then({ type: 'MessageDeferred', data: { code: 'API_SERVICE', notBefore: at, at } });
  });

  test('attempts before a person asked again count no more', () => {
    const last: MessageEvent = { type: 'MessageClaimed', data: { attempt: maxAttempts, at } };
    const one: MessageEvent = { type: 'MessageClaimed', data: { attempt: maxAttempts + 1, at } };
    given(message, queued, last, doubtful, open, again, one)
      .when({ type: 'RecordOutcome', outcome: retry('UNAVAILABLE'), attempt: maxAttempts + 1, at })
      .then({
        type: 'MessageDeferred',
        data: { code: 'UNAVAILABLE', notBefore: '2026-11-22T10:00:02.000Z', at },
      });
  });
});

test('an older release sent again after the wait: what it left behind still leaves', () =>
  given(message, queued, claimed, doubtful, {
    type: 'MessageGivenUpWaiting',
    data: { waitedSeconds: 30, at },
  })
    .when({ type: 'ClaimMessage', at })
    .then({ type: 'MessageClaimed', data: { attempt: 2, at } }));

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

describe('what never arrived', () => {
  const until = '2026-11-23T10:00:00.000Z';
  const claim: MessageEvent = { type: 'MessageClaimed', data: { attempt: 1, until, at } };
  const gone: MessageEvent = { type: 'MessageExpired', data: { at: until } };
  const expire = { type: 'ExpireMessage', at: until } as const;

  test('is given up when its life is over, and not before', () => {
    given(message, queued, claim, taken, status('sent')).when(expire).then(gone);
    given(message, queued, claim, taken).when(expire).then(gone);
    given(message, queued, claim, taken)
      .when({ ...expire, at: '2026-11-23T09:59:59.999Z' })
      .refused('NOT_ON_ITS_WAY');
    given(message, queued, claim, taken, gone).when(expire).refused('NOT_ON_ITS_WAY');
  });

  test('its life begins with the claim, whose release wrote it down; before, all lived for 30 days', () => {
    given(message, queued).when({ type: 'ClaimMessage', until, at }).then(claim);
    given(message, queued, claimed, taken)
      .when({ type: 'ExpireMessage', at: '2026-12-22T09:59:59.999Z' })
      .refused('NOT_ON_ITS_WAY');
    const month = '2026-12-22T10:00:00.000Z';
    given(message, queued, claimed, taken)
      .when({ type: 'ExpireMessage', at: month })
      .then({ type: 'MessageExpired', data: { at: month } });
  });

  test('nothing else expires: what arrived, failed, is in doubt or was never taken', () => {
    for (const past of [
      [queued],
      [queued, claim],
      [queued, claim, doubtful],
      [queued, claim, doubtful, open],
      [queued, claim, taken, status('delivered')],
      [queued, claim, taken, status('failed')],
    ])
      given(message, ...past)
        .when(expire)
        .refused('NOT_ON_ITS_WAY');
  });

  test('a late word of its arrival corrects it, and so does its failure; that it was sent is no news', () => {
    const lateWith = (...more: MessageEvent[]) => fold(message, [queued, claim, taken, gone, ...more]);
    given(message, queued, claim, taken, gone).when(report('delivered')).then(status('delivered'));
    expect(lateWith(status('delivered'))).toMatchObject({ state: 'accepted', status: 'delivered' });
    expect(lateWith(status('failed'))).toMatchObject({ state: 'accepted', status: 'failed' });
    expect(lateWith(status('sent'))).toMatchObject({ state: 'expired', status: 'sent' });
  });

  test('it is not sent again by the button for what is in doubt', () =>
    given(message, queued, claim, taken, gone)
      .when({ type: 'SendAgain', by: 's1', at })
      .refused('NOT_UNRESOLVED'));
});
