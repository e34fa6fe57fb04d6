import { describe, expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { given } from '../../test/given.ts';
import { type ConsentCommand, type ConsentEvent, type ConsentState, consent } from './consent.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const matter = { purpose: 'care', channel: 'whatsapp', wording: 'care-1', language: 'pt' } as const;
const at = (minute: number) => `2026-11-22T12:0${minute}:00.000Z`;

const asked: ConsentEvent = { type: 'OptInAsked', data: { ...matter, because: 'first', at: at(0) } };
const agreed: ConsentEvent = {
  type: 'OptInGiven',
  data: { ...matter, how: 'tapped', at: at(1) },
  phi: { externalId: 'wamid.1' },
};
const stopped: ConsentEvent = {
  type: 'OptedOut',
  data: { scope: 'all', channel: 'whatsapp', at: at(2) },
  phi: { externalId: 'wamid.2' },
};

const give = (how: 'tapped' | 'start-word', minute: number): ConsentCommand => ({
  type: 'GiveOptIn',
  ...matter,
  how,
  externalId: 'wamid.3',
  at: at(minute),
});
const stop: ConsentCommand = { type: 'OptOut', channel: 'whatsapp', externalId: 'wamid.2', at: at(2) };
const ask = (because: 'first' | 'start-word' | 'changed-mind'): ConsentCommand => ({
  type: 'AskOptIn',
  ...matter,
  because,
  at: at(3),
});

describe('opting in', () => {
  test('keeps the message that said so as evidence, apart from what may be logged', () =>
    given(consent, asked)
      .when(give('tapped', 1))
      .then({
        type: 'OptInGiven',
        data: { ...matter, how: 'tapped', at: at(1) },
        phi: { externalId: 'wamid.3' },
      }));

  test('is asked once', () => given(consent, asked).when(ask('first')).then());

  test('given twice is given once', () => given(consent, asked, agreed).when(give('tapped', 3)).then());

  test('declined, it can be asked again when the patient comes back', () =>
    given(consent, { type: 'OptInDeclined', data: { ...matter, how: 'tapped', at: at(1) } } as ConsentEvent)
      .when(ask('changed-mind'))
      .then({ type: 'OptInAsked', data: { ...matter, because: 'changed-mind', at: at(3) } }));
});

describe('opting out', () => {
  test('ends everything', () => given(consent, asked, agreed).when(stop).then(stopped));

  test('works before anything was asked', () => given(consent).when(stop).then(stopped));

  test('twice is once', () => given(consent, asked, agreed, stopped).when(stop).then());

  test('is not undone by an old button', () =>
    given(consent, asked, agreed, stopped).when(give('tapped', 3)).refused('STOPPED'));

  test('is not undone by being asked again', () =>
    given(consent, asked, agreed, stopped).when(ask('first')).refused('STOPPED'));

  test('is undone by START', () =>
    given(consent, asked, agreed, stopped)
      .when(give('start-word', 3))
      .then({
        type: 'OptInGiven',
        data: { ...matter, how: 'start-word', at: at(3) },
        phi: { externalId: 'wamid.3' },
      }));

  test('wins over a START of the same moment', () =>
    given(consent, asked, agreed, stopped).when(give('start-word', 2)).refused('STOPPED_LATER'));

  test('keeps which wording had been agreed to', () => {
    const state: ConsentState = fold(consent, [asked, agreed, stopped]);
    expect(state).toEqual({ status: 'withdrawn', since: at(2), wording: 'care-1', language: 'pt' });
  });
});

test('the shape of every event is frozen', () => {
  // The file holds each event as the first release wrote it; a change here is a change of history.
  const events = frozen as readonly ConsentEvent[];
  expect(events.map((event) => consent.evolve({ status: 'none' }, event).status)).toEqual([
    'asked',
    'given',
    'declined',
    'withdrawn',
  ]);
});
