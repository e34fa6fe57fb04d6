import { expect, test } from 'vitest';
import { patients } from './patients.ts';
import { answerTo } from './persona-answer.ts';
import cases from './testdata/answers.json' with { type: 'json' };
import type { Bubble } from './transcript.ts';

type Case = {
  case: string;
  persona: string;
  text: string;
  choices?: string[];
  list?: string[];
  asked?: number;
  expect: string | null;
};

// The rows of the table have different keys, which the imported type keeps apart.
const table: readonly Case[] = cases as Case[];

function bubble({ text, choices, list }: Case): Bubble {
  const options = (titles: string[]) => titles.map((title) => ({ id: `id of ${title}`, title }));
  return {
    id: 'wamid.q',
    side: 'practice',
    at: '2026-11-23T09:00:00.000Z',
    kind: 'text',
    text,
    ...(choices === undefined ? {} : { buttons: options(choices) }),
    ...(list === undefined ? {} : { list: { label: 'Choose', sections: [{ rows: options(list) }] } }),
  };
}

test.each(table)('$case', (given) => {
  const patient = patients.find(({ user }) => user.id === given.persona);
  if (patient === undefined) throw new Error(`no patient ${given.persona}`);
  const reply = answerTo(bubble(given), patient.persona, () => given.asked ?? 0);
  const content = reply?.content;
  if (content?.kind === 'tap') expect(content.choiceId).toBe(`id of ${given.expect}`);
  else expect(content?.kind === 'text' ? content.text : null).toBe(given.expect);
});
