import { expect, test } from 'vitest';
import {
  addPending,
  changePending,
  deskOf,
  dropPending,
  type Pending,
  setDraft,
  setLost,
  stillPending,
  takeBack,
} from './drafts.ts';

const pending = (key: string, more: Partial<Pending> = {}): Pending => ({
  key,
  kind: 'reply',
  text: `text of ${key}`,
  at: '2026-11-24T12:00:00Z',
  state: 'sending',
  ...more,
});

test('each conversation has its own draft, for the patient and for colleagues', () => {
  setDraft('a', { reply: 'Hello' });
  setDraft('a', { note: 'call her', mode: 'note' });
  setDraft('b', { reply: 'Olá' });
  expect(deskOf('a').draft).toEqual({ reply: 'Hello', note: 'call her', mode: 'note' });
  expect(deskOf('b').draft).toEqual({ reply: 'Olá', note: '', mode: 'reply' });
  expect(deskOf('never-opened').draft.reply).toBe('');
});

test('what could not be said goes back before what was typed since', () => {
  addPending('c', pending('k1'));
  setDraft('c', { reply: 'and more' });
  takeBack('c', 'k1');
  expect(deskOf('c')).toMatchObject({ pending: [], draft: { reply: 'text of k1\nand more' } });
  addPending('c', pending('k2', { kind: 'note', text: 'a note' }));
  takeBack('c', 'k2');
  expect(deskOf('c').draft).toMatchObject({ note: 'a note', mode: 'note' });
});

test('a template that could not be sent is not typed text', () => {
  addPending('d', pending('k', { kind: 'template', templateId: 't' }));
  takeBack('d', 'k');
  expect(deskOf('d')).toMatchObject({ pending: [], draft: { reply: '' } });
});

test('a message is shown as pending until the server shows it itself', () => {
  addPending('e', pending('k1'));
  addPending('e', pending('k2'));
  changePending('e', 'k1', { state: 'sent', messageId: 'm1' });
  const keys = (shown: string[]) => stillPending(deskOf('e').pending, new Set(shown)).map(({ key }) => key);
  expect(keys([])).toEqual(['k1', 'k2']);
  expect(keys(['m1'])).toEqual(['k2']);
  dropPending('e', 'k2');
  expect(keys(['m1'])).toEqual([]);
});

test('a lost conversation is marked, and its draft stays', () => {
  setDraft('f', { reply: 'half a sen' });
  setLost('f', true);
  expect(deskOf('f')).toMatchObject({ lost: true, draft: { reply: 'half a sen' } });
  setLost('f', false);
  expect(deskOf('f').lost).toBe(false);
});
